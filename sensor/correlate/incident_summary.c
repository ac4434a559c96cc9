/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/correlate/incident_summary.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "base/dns_name.h"
#include "base/log.h"
#include "base/secret_hash.h"
#include "base/shared.h"
#include "base/text.h"
#include "base/time_ns.h"
#include "parsers/dns/dns_codes.h"
#include "parsers/mail/mailbox.h"
#include "sensor/events/flow.h"

#define NAME_TEXT_MAX (DNS_NAME_TEXT_MAX + FLOW_NETWORK_MAX + 3)

/* Matched answers of one kind about one name. */
struct answers {
	uint64_t count; /* messages, each counted once regardless of its records */
	int64_t noted_ns;
	int64_t first_ns, last_ns;
	/* the longest TTL, which is that of the authoritative server and not the remaining time
	 * in a cache */
	uint32_t ttl;
	int64_t earliest_ns, latest_ns; /* the times until which records are cached */
};

struct incident {
	struct dns_name name;
	struct network_id network; /* none: networks are not separate */
	struct answers answers[KIND_COUNT];
	uint64_t sessions, hidden, senders, recipients, accepted;
	/* the last counted session, so that a session is counted once regardless of its
	 * recipients */
	uint64_t session;
};

/* A sender to a name, or a recipient of it. */
struct noted {
	uint64_t hash; /* of name, role and address; 0: free */
	uint16_t name;
	uint8_t role;
};

enum { ROLE_RECIPIENT, ROLE_SENDER };

/* It is in memory to which every process may write, so readers check the values. */
struct table {
	uint64_t sessions;
	_Atomic size_t count;
	uint8_t full;
	struct incident names[INCIDENT_SUMMARY_NAMES];
	struct noted mailboxes[INCIDENT_SUMMARY_MAILBOXES];
	size_t mailboxes_count;
};

struct incident_summary {
	struct incident_summary *const *all; /* of all workers, this one included */
	unsigned workers;
	struct table *table;
};

struct incident_summary *incident_summary_new(void)
{
	struct incident_summary *incident_summary = calloc(1, sizeof(*incident_summary));
	if (incident_summary == NULL) {
		return NULL;
	}
	incident_summary->table = shared_new(sizeof(*incident_summary->table));
	if (incident_summary->table == NULL) {
		free(incident_summary);
		return NULL;
	}
	return incident_summary;
}

void incident_summary_free(struct incident_summary *incident_summary)
{
	if (incident_summary != NULL) {
		shared_free(incident_summary->table, sizeof(*incident_summary->table));
		free(incident_summary);
	}
}

static size_t count_of(const struct table *table)
{
	size_t count = atomic_load_explicit(&table->count, memory_order_acquire);
	return MIN(count, INCIDENT_SUMMARY_NAMES);
}

static bool is_in(const struct incident *incident, const struct network_id *network)
{
	return network != NULL ? memcmp(&incident->network, network, sizeof(*network)) == 0
	                       : network_id_is_none(&incident->network);
}

static struct incident *find(const struct table *table, const struct network_id *network,
                             const uint8_t *name, size_t size)
{
	size_t count = count_of(table);
	for (size_t i = 0; i < count; i++) {
		if (dns_name_equal(&table->names[i].name, name, size) &&
		    is_in(&table->names[i], network)) {
			return (struct incident *)&table->names[i];
		}
	}
	return NULL;
}

static struct incident *find_or_add(struct table *table, const struct network_id *network,
                                    const uint8_t *name, size_t size)
{
	struct incident *incident = find(table, network, name, size);
	if (incident != NULL) {
		return incident;
	}
	size_t count = count_of(table);
	if (count == INCIDENT_SUMMARY_NAMES || size > DNS_NAME_MAX) {
		table->full = true;
		return NULL;
	}
	incident = &table->names[count];
	incident->name.size = (uint8_t)size;
	memcpy(incident->name.wire, name, size);
	if (network != NULL) {
		incident->network = *network;
	}
	/* Other workers read the entry only after it is complete. */
	atomic_store_explicit(&table->count, count + 1, memory_order_release);
	return incident;
}

void incident_summary_answer(struct incident_summary *incident_summary,
                             const struct network_id *network, const struct observation *seen)
{
	/* An SOA record names the server, too, but resolvers do not use it as a delegation. */
	if (seen->owner == NULL || seen->kind == KIND_NAME || seen->rtype == DNS_TYPE_SOA) {
		return;
	}
	struct incident *incident =
	        find_or_add(incident_summary->table, network, seen->owner, seen->owner_size);
	if (incident == NULL) {
		return;
	}
	struct answers *answers = &incident->answers[seen->kind];
	int64_t until_ns = time_ns_after(seen->time_ns, seen->ttl * NS_PER_S);
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

/* Returns true the first time. */
static bool note_hash(struct table *table, const struct noted *noted)
{
	if (table->mailboxes_count >= INCIDENT_SUMMARY_MAILBOXES / 2) {
		table->full = true;
		return false;
	}
	size_t at = (noted->hash >> 1) % INCIDENT_SUMMARY_MAILBOXES;
	for (size_t i = 0; i < INCIDENT_SUMMARY_MAILBOXES; i++) {
		struct noted *place = &table->mailboxes[(at + i) % INCIDENT_SUMMARY_MAILBOXES];
		if (place->hash == 0) {
			*place = *noted;
			table->mailboxes_count++;
			return true;
		}
		if (place->hash == noted->hash) {
			return false;
		}
	}
	return false;
}

static bool note_mailbox(struct table *table, const struct incident *incident, uint8_t role,
                         struct smtp_text address)
{
	const uint64_t parts[] = { secret_hash(incident->name.wire, incident->name.size),
		                   secret_hash(&incident->network, sizeof(incident->network)), role,
		                   secret_hash(address.text, address.size) };
	const struct noted noted = {
		.hash = secret_hash(parts, sizeof(parts)) | 1,
		.name = (uint16_t)(incident - table->names),
		.role = role,
	};
	return note_hash(table, &noted);
}

/* Returns true if a worker has seen a matched answer about the name at this time or earlier. */
static bool is_known(const struct incident_summary *incident_summary,
                     const struct incident_name *about, int64_t time_ns)
{
	for (unsigned i = 0; i < incident_summary->workers; i++) {
		const struct incident *incident =
		        find(incident_summary->all[i]->table, about->network, about->owner->wire,
		             about->owner->size);
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
                                     const struct network_id *network,
                                     const struct transcript_mailbox *mailbox, int64_t time_ns)
{
	for (unsigned i = 0; i < mailbox->count; i++) {
		const struct mailbox_reading reading = transcript_reading(mailbox, i);
		struct smtp_text host = mailbox_domain(&reading);
		struct dns_name domain;
		const struct incident_name about = { &domain, network };
		if (dns_name_from_host(host.text, host.size, &domain) == DNS_NAME_OK &&
		    is_known(incident_summary, &about, time_ns)) {
			return find_or_add(incident_summary->table, network, domain.wire,
			                   domain.size);
		}
	}
	return NULL;
}

static struct incident *of_owner(struct incident_summary *incident_summary,
                                 const struct incident_name *about)
{
	const struct dns_name *owner = about->owner;
	return owner->size > 0 ? find_or_add(incident_summary->table, about->network, owner->wire,
	                                     owner->size)
	                       : NULL;
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
                                    const struct incident_name *about, int64_t time_ns)
{
	struct incident *incident =
	        of_recipient(incident_summary, about->network,
	                     &transcript->recipients[recipient].mailbox, time_ns);
	return incident != NULL ? incident : of_owner(incident_summary, about);
}

void incident_summary_mail(struct incident_summary *incident_summary,
                           const struct transcript *transcript, const struct incident_name *about,
                           int64_t time_ns)
{
	for (size_t i = transcript->mail_at; i < transcript->recipients_count; i++) {
		const struct transcript_recipient *recipient = &transcript->recipients[i];
		struct incident *incident =
		        incident_of(incident_summary, transcript, i, about, time_ns);
		if (incident == NULL) {
			continue;
		}
		incident->recipients +=
		        note_mailbox(incident_summary->table, incident, ROLE_RECIPIENT,
		                     transcript_address(&recipient->mailbox));
		incident->accepted += recipient->code / 100 == 2;
		if (transcript->mail_from.text != NULL) {
			incident->senders +=
			        note_mailbox(incident_summary->table, incident, ROLE_SENDER,
			                     transcript_address(&transcript->mail_from));
		}
	}
}

static void note_session(const struct table *table, struct incident *incident, bool starttls)
{
	if (incident != NULL && incident->session != table->sessions) {
		incident->session = table->sessions;
		incident->sessions++;
		incident->hidden += starttls;
	}
}

void incident_summary_session(struct incident_summary *incident_summary,
                              const struct transcript *transcript,
                              const struct incident_name *about, int64_t time_ns)
{
	incident_summary->table->sessions++;
	for (size_t i = 0; i < transcript->recipients_count; i++) {
		struct incident *incident =
		        incident_of(incident_summary, transcript, i, about, time_ns);
		note_session(incident_summary->table, incident, transcript->starttls);
	}
	if (transcript->recipients_count == 0) {
		note_session(incident_summary->table, of_owner(incident_summary, about),
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
	to->first_ns = MIN(before.first_ns, to->first_ns);
	to->last_ns = MAX(before.last_ns, to->last_ns);
	to->latest_ns = MAX(before.latest_ns, to->latest_ns);
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

static const struct network_id *network_of(const struct incident *incident)
{
	return network_id_is_none(&incident->network) ? NULL : &incident->network;
}

static void merge_mailbox(struct table *to, const struct table *from, struct noted noted)
{
	if (noted.hash == 0 || noted.name >= count_of(from)) {
		return;
	}
	const struct incident *of = &from->names[noted.name];
	struct incident *incident = find(to, network_of(of), of->name.wire, of->name.size);
	if (incident == NULL) {
		return;
	}
	noted.name = (uint16_t)(incident - to->names);
	bool first = note_hash(to, &noted);
	incident->recipients += first && noted.role == ROLE_RECIPIENT;
	incident->senders += first && noted.role == ROLE_SENDER;
}

/* No other process can change `from`. */
static void merge(struct table *to, const struct table *from)
{
	size_t count = count_of(from);
	to->full |= from->full != 0;
	for (size_t i = 0; i < count; i++) {
		const struct incident *incident = &from->names[i];
		const struct dns_name *name = &incident->name;
		struct incident *same =
		        dns_name_is_whole(name->wire, name->size)
		                ? find_or_add(to, network_of(incident), name->wire, name->size)
		                : NULL;
		if (same != NULL) {
			merge_name(same, incident);
		}
	}
	for (size_t i = 0; i < INCIDENT_SUMMARY_MAILBOXES; i++) {
		merge_mailbox(to, from, from->mailboxes[i]);
	}
}

void incident_summary_merge(struct incident_summary *incident_summary,
                            const struct incident_summary *other)
{
	struct table *copy = malloc(sizeof(*copy));
	if (copy == NULL) {
		incident_summary->table->full = true;
		return;
	}
	memcpy(copy, other->table, sizeof(*copy));
	merge(incident_summary->table, copy);
	free(copy);
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
	log_info("%s: %s answers that matched a rule: %" PRIu64
	         ", first at %s, last at %s; resolvers cache them until %s at the earliest, "
	         "%s at the latest",
	         name, observation_kind_text(kind), answers->count, first, last, earliest, latest);
}

/* The name, and its network if networks are separate. */
static void write_name(const struct incident *incident, char text[NAME_TEXT_MAX])
{
	char name[DNS_NAME_TEXT_MAX], network[FLOW_NETWORK_MAX];
	(void)dns_name_text(incident->name.wire, name);
	if (network_id_is_none(&incident->network)) {
		(void)snprintf(text, NAME_TEXT_MAX, "%s", name);
		return;
	}
	flow_network_text(&incident->network, network);
	(void)snprintf(text, NAME_TEXT_MAX, "%s (%s)", name, network);
}

void incident_summary_report(const struct incident_summary *incident_summary)
{
	const struct table *table = incident_summary->table;
	size_t count = count_of(table);
	for (size_t i = 0; i < count; i++) {
		const struct incident *incident = &table->names[i];
		char name[NAME_TEXT_MAX];
		write_name(incident, name);
		for (int kind = 0; kind < KIND_COUNT; kind++) {
			if (incident->answers[kind].count > 0) {
				report_answers(name, (enum observation_kind)kind,
				               &incident->answers[kind]);
			}
		}
		if (incident->sessions > 0) {
			log_info("%s: mail intercepted: %" PRIu64 " sessions (%" PRIu64
			         " with STARTTLS), %" PRIu64 " senders, %" PRIu64
			         " recipients (accepted %" PRIu64 " times)",
			         name, incident->sessions, incident->hidden, incident->senders,
			         incident->recipients, incident->accepted);
		}
	}
	if (table->full) {
		log_info("the summary is incomplete: there are more names or mailboxes than it can "
		         "list");
	}
}
