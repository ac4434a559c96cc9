/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/correlate/incident_summary.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>
#include <xxhash.h>

#include "base/dns_name.h"
#include "base/log.h"
#include "base/shared.h"
#include "base/text.h"
#include "base/time_ns.h"
#include "parsers/dns/dns_codes.h"
#include "parsers/mail/mailbox.h"

/* Matched answers of one kind about one name. */
struct answers {
	uint64_t count; /* of messages, regardless of the number of records */
	int64_t noted_ns;
	int64_t first_ns, last_ns;
	uint32_t ttl; /* the longest: that of the authoritative server, not the rest of it in a
	                 cache */
	int64_t earliest_ns, latest_ns; /* cached until then */
};

struct incident {
	struct dns_name name;
	struct answers answers[KIND_COUNT];
	uint64_t sessions, hidden, senders, recipients, accepted;
	uint64_t session; /* the last one counted: once, regardless of the recipients */
};

/* A sender to a name, or a recipient of it. */
struct noted {
	uint64_t hash; /* of name, role and address; 0: free */
	uint16_t name;
	uint8_t role;
};

enum { ROLE_RECIPIENT, ROLE_SENDER };

struct incident_summary {
	struct incident_summary *const *all; /* of all workers, this one included */
	unsigned workers;
	uint64_t sessions;
	_Atomic size_t count;
	bool full;
	struct incident names[INCIDENT_SUMMARY_NAMES];
	struct noted mailboxes[INCIDENT_SUMMARY_MAILBOXES];
	size_t mailboxes_count;
};

struct incident_summary *incident_summary_new(void)
{
	return shared_new(sizeof(struct incident_summary));
}

void incident_summary_free(struct incident_summary *incident_summary)
{
	shared_free(incident_summary, sizeof(*incident_summary));
}

static struct incident *find(const struct incident_summary *incident_summary, const uint8_t *name,
                             size_t size)
{
	for (size_t i = 0; i < incident_summary->count; i++) {
		if (dns_name_equal(&incident_summary->names[i].name, name, size)) {
			return (struct incident *)&incident_summary->names[i];
		}
	}
	return NULL;
}

static struct incident *find_or_add(struct incident_summary *incident_summary, const uint8_t *name,
                                    size_t size)
{
	struct incident *incident = find(incident_summary, name, size);
	if (incident != NULL) {
		return incident;
	}
	if (incident_summary->count == INCIDENT_SUMMARY_NAMES || size > DNS_NAME_MAX) {
		incident_summary->full = true;
		return NULL;
	}
	incident = &incident_summary->names[incident_summary->count];
	incident->name.size = (uint8_t)size;
	memcpy(incident->name.wire, name, size);
	/* Other workers read it once it is complete. */
	atomic_fetch_add_explicit(&incident_summary->count, 1, memory_order_release);
	return incident;
}

void incident_summary_answer(struct incident_summary *incident_summary,
                             const struct observation *seen)
{
	/* A SOA names the server too, but resolvers do not follow it as a delegation. */
	if (seen->owner == NULL || seen->kind == KIND_NAME || seen->rtype == DNS_TYPE_SOA) {
		return;
	}
	struct incident *incident = find_or_add(incident_summary, seen->owner, seen->owner_size);
	if (incident == NULL) {
		return;
	}
	struct answers *answers = &incident->answers[seen->kind];
	int64_t ttl_ns = seen->ttl < 0x80000000U ? seen->ttl * NS_PER_S : 0;
	int64_t until_ns;
	if (__builtin_add_overflow(seen->time_ns, ttl_ns, &until_ns)) {
		until_ns = INT64_MAX;
	}
	bool first = answers->count == 0;
	if (first || answers->noted_ns != seen->time_ns) {
		answers->count++;
		answers->noted_ns = seen->time_ns;
	}
	if (first || seen->time_ns < answers->first_ns) {
		answers->first_ns = seen->time_ns;
	}
	if (first || seen->time_ns > answers->last_ns) {
		answers->last_ns = seen->time_ns;
	}
	if (first || seen->ttl > answers->ttl ||
	    (seen->ttl == answers->ttl && until_ns < answers->earliest_ns)) {
		answers->ttl = seen->ttl;
		answers->earliest_ns = until_ns;
	}
	if (first || until_ns > answers->latest_ns) {
		answers->latest_ns = until_ns;
	}
}

/* True the first time. */
static bool note_hash(struct incident_summary *incident_summary, const struct noted *noted)
{
	if (incident_summary->mailboxes_count >= INCIDENT_SUMMARY_MAILBOXES / 2) {
		incident_summary->full = true;
		return false;
	}
	size_t at = (noted->hash >> 1) % INCIDENT_SUMMARY_MAILBOXES;
	while (incident_summary->mailboxes[at].hash != 0) {
		if (incident_summary->mailboxes[at].hash == noted->hash) {
			return false;
		}
		at = (at + 1) % INCIDENT_SUMMARY_MAILBOXES;
	}
	incident_summary->mailboxes[at] = *noted;
	incident_summary->mailboxes_count++;
	return true;
}

static bool note_mailbox(struct incident_summary *incident_summary, const struct incident *incident,
                         uint8_t role, const struct transcript_text *address)
{
	uint64_t seed = XXH3_64bits(incident->name.wire, incident->name.size) + role;
	const struct noted noted = {
		.hash = XXH3_64bits_withSeed(address->text, address->size, seed) | 1,
		.name = (uint16_t)(incident - incident_summary->names),
		.role = role,
	};
	return note_hash(incident_summary, &noted);
}

/* True if a worker has seen a matched answer about the name at this time or before. */
static bool is_known(const struct incident_summary *incident_summary, const struct dns_name *name,
                     int64_t time_ns)
{
	for (unsigned i = 0; i < incident_summary->workers; i++) {
		const struct incident *incident =
		        find(incident_summary->all[i], name->wire, name->size);
		for (int kind = 0; incident != NULL && kind < KIND_COUNT; kind++) {
			const struct answers *answers = &incident->answers[kind];
			if (answers->count > 0 && answers->first_ns <= time_ns) {
				return true;
			}
		}
	}
	return false;
}

static struct incident *of_recipient(struct incident_summary *incident_summary,
                                     const struct transcript_text *address, int64_t time_ns)
{
	struct smtp_mailbox box;
	struct dns_name domain;
	if (address->text == NULL || !mailbox_parse(address->text, address->size, &box) ||
	    dns_name_from_host(box.domain.text, box.domain.size, &domain) != DNS_NAME_OK) {
		return NULL;
	}
	return is_known(incident_summary, &domain, time_ns)
	               ? find_or_add(incident_summary, domain.wire, domain.size)
	               : NULL;
}

static struct incident *of_owner(struct incident_summary *incident_summary,
                                 const struct dns_name *owner)
{
	return owner->size > 0 ? find_or_add(incident_summary, owner->wire, owner->size) : NULL;
}

void incident_summary_share(struct incident_summary *incident_summary,
                            struct incident_summary *const *all, unsigned workers)
{
	incident_summary->all = all;
	incident_summary->workers = workers;
}

/* The incident for which mail to this recipient is counted; NULL: not known. */
static struct incident *incident_of(struct incident_summary *incident_summary,
                                    const struct transcript *transcript, size_t recipient,
                                    const struct dns_name *owner, int64_t time_ns)
{
	struct incident *incident =
	        of_recipient(incident_summary, &transcript->recipients[recipient].address, time_ns);
	return incident != NULL ? incident : of_owner(incident_summary, owner);
}

void incident_summary_mail(struct incident_summary *incident_summary,
                           const struct transcript *transcript, const struct dns_name *owner,
                           int64_t time_ns)
{
	for (size_t i = transcript->mail_at; i < transcript->recipients_count; i++) {
		const struct transcript_recipient *recipient = &transcript->recipients[i];
		struct incident *incident =
		        incident_of(incident_summary, transcript, i, owner, time_ns);
		if (incident == NULL) {
			continue;
		}
		incident->recipients += note_mailbox(incident_summary, incident, ROLE_RECIPIENT,
		                                     &recipient->address);
		incident->accepted += recipient->code / 100 == 2;
		if (transcript->mail_from.text != NULL) {
			incident->senders += note_mailbox(incident_summary, incident, ROLE_SENDER,
			                                  &transcript->mail_from);
		}
	}
}

static void note_session(struct incident_summary *incident_summary, struct incident *incident,
                         bool starttls)
{
	if (incident != NULL && incident->session != incident_summary->sessions) {
		incident->session = incident_summary->sessions;
		incident->sessions++;
		incident->hidden += starttls;
	}
}

void incident_summary_session(struct incident_summary *incident_summary,
                              const struct transcript *transcript, const struct dns_name *owner,
                              int64_t time_ns)
{
	incident_summary->sessions++;
	for (size_t i = 0; i < transcript->recipients_count; i++) {
		struct incident *incident =
		        incident_of(incident_summary, transcript, i, owner, time_ns);
		note_session(incident_summary, incident, transcript->starttls);
	}
	if (transcript->recipients_count == 0) {
		note_session(incident_summary, of_owner(incident_summary, owner),
		             transcript->starttls);
	}
}

static void merge_answers(struct answers *to, const struct answers *from)
{
	if (from->count == 0) {
		return;
	}
	struct answers before = *to;
	*to = *from;
	if (before.count == 0) {
		return;
	}
	to->count += before.count;
	to->first_ns = before.first_ns < to->first_ns ? before.first_ns : to->first_ns;
	to->last_ns = before.last_ns > to->last_ns ? before.last_ns : to->last_ns;
	to->latest_ns = before.latest_ns > to->latest_ns ? before.latest_ns : to->latest_ns;
	if (before.ttl > to->ttl ||
	    (before.ttl == to->ttl && before.earliest_ns < to->earliest_ns)) {
		to->ttl = before.ttl;
		to->earliest_ns = before.earliest_ns;
	}
}

static void merge_name(struct incident *to, const struct incident *from)
{
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		merge_answers(&to->answers[kind], &from->answers[kind]);
	}
	to->sessions += from->sessions;
	to->hidden += from->hidden;
	to->accepted += from->accepted;
}

void incident_summary_merge(struct incident_summary *incident_summary,
                            const struct incident_summary *other)
{
	incident_summary->full = incident_summary->full || other->full;
	for (size_t i = 0; i < other->count; i++) {
		const struct incident *from = &other->names[i];
		struct incident *to =
		        find_or_add(incident_summary, from->name.wire, from->name.size);
		if (to != NULL) {
			merge_name(to, from);
		}
	}
	for (size_t i = 0; i < INCIDENT_SUMMARY_MAILBOXES; i++) {
		struct noted noted = other->mailboxes[i];
		const struct dns_name *name = &other->names[noted.name].name;
		struct incident *to =
		        noted.hash != 0 ? find(incident_summary, name->wire, name->size) : NULL;
		if (to == NULL) {
			continue;
		}
		noted.name = (uint16_t)(to - incident_summary->names);
		bool first = note_hash(incident_summary, &noted);
		to->recipients += first && noted.role == ROLE_RECIPIENT;
		to->senders += first && noted.role == ROLE_SENDER;
	}
}

static void report_answers(const char *name, enum observation_kind kind,
                           const struct answers *answers)
{
	char first[TEXT_TIME_MAX], last[TEXT_TIME_MAX];
	char earliest[TEXT_TIME_MAX], latest[TEXT_TIME_MAX];
	*text_time(first, answers->first_ns) = '\0';
	*text_time(last, answers->last_ns) = '\0';
	*text_time(earliest, answers->earliest_ns) = '\0';
	*text_time(latest, answers->latest_ns) = '\0';
	log_info("%s: matched %s answers: %" PRIu64
	         ", first %s, last %s; cached until %s at the earliest, %s at the latest",
	         name, observation_kind_text(kind), answers->count, first, last, earliest, latest);
}

void incident_summary_report(const struct incident_summary *incident_summary)
{
	for (size_t i = 0; i < incident_summary->count; i++) {
		const struct incident *incident = &incident_summary->names[i];
		char name[DNS_NAME_TEXT_MAX];
		(void)dns_name_text(incident->name.wire, name);
		for (int kind = 0; kind < KIND_COUNT; kind++) {
			if (incident->answers[kind].count > 0) {
				report_answers(name, (enum observation_kind)kind,
				               &incident->answers[kind]);
			}
		}
		if (incident->sessions > 0) {
			log_info("%s: mail intercepted: %" PRIu64 " sessions (%" PRIu64
			         " turned to TLS), %" PRIu64 " senders, %" PRIu64
			         " recipients, taken %" PRIu64 " times",
			         name, incident->sessions, incident->hidden, incident->senders,
			         incident->recipients, incident->accepted);
		}
	}
	if (incident_summary->full) {
		log_info("the summary is not complete: more names or mailboxes were hit than it "
		         "can hold");
	}
}
