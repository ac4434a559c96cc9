/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/correlate/incident_summary.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>
#include <xxhash.h>

#include "base/log.h"
#include "base/shared.h"
#include "base/time_ns.h"
#include "parsers/dns/dns_codes.h"
#include "parsers/dns/dns_name.h"
#include "parsers/mail/mailbox.h"
#include "sensor/events/flow.h"

/* Rogue answers of one kind about one name. */
struct answers {
	uint64_t count; /* of messages, however many of their records hit */
	int64_t noted_ns;
	int64_t first_ns, last_ns;
	uint32_t ttl; /* the longest: what the rogue servers gave, not what a cache has left */
	int64_t earliest_ns, latest_ns; /* caches let go */
};

struct hijack {
	struct dns_name name;
	struct answers answers[WHAT_COUNT];
	uint64_t sessions, hidden, senders, recipients, accepted;
	uint64_t session; /* the last one counted: once, however many recipients */
};

/* Somebody who wrote to a hijacked name, or to whom was written. */
struct noted {
	uint64_t hash; /* of name, role and address; 0: free */
	uint16_t name;
	uint8_t role;
};

enum { ROLE_RECIPIENT, ROLE_SENDER };

struct hijacks {
	struct hijacks *const *all; /* what workers have noted; NULL: there is but one */
	unsigned workers;
	uint64_t sessions;
	_Atomic size_t count;
	bool full;
	struct hijack names[HIJACKS_NAMES];
	struct noted mailboxes[HIJACKS_MAILBOXES];
	size_t mailboxes_count;
};

struct hijacks *hijacks_new(void)
{
	return shared_new(sizeof(struct hijacks));
}

void hijacks_free(struct hijacks *hijacks)
{
	shared_free(hijacks, sizeof(*hijacks));
}

static struct hijack *find(const struct hijacks *hijacks, const uint8_t *name, size_t size)
{
	for (size_t i = 0; i < hijacks->count; i++) {
		if (hijacks->names[i].name.size == size &&
		    memcmp(hijacks->names[i].name.wire, name, size) == 0) {
			return (struct hijack *)&hijacks->names[i];
		}
	}
	return NULL;
}

static struct hijack *find_or_add(struct hijacks *hijacks, const uint8_t *name, size_t size)
{
	struct hijack *hijack = find(hijacks, name, size);
	if (hijack != NULL) {
		return hijack;
	}
	if (hijacks->count == HIJACKS_NAMES || size > DNS_NAME_MAX) {
		hijacks->full = true;
		return NULL;
	}
	hijack = &hijacks->names[hijacks->count];
	hijack->name.size = (uint8_t)size;
	memcpy(hijack->name.wire, name, size);
	/* Another worker finds it when it is whole. */
	atomic_fetch_add_explicit(&hijacks->count, 1, memory_order_release);
	return hijack;
}

void hijacks_answer(struct hijacks *hijacks, const struct observation *seen)
{
	/* A SOA names the rogue server too, but no cache follows a delegation by it. */
	if (seen->owner == NULL || seen->what == WHAT_NAME || seen->rtype == DNS_TYPE_SOA) {
		return;
	}
	struct hijack *hijack = find_or_add(hijacks, seen->owner, seen->owner_size);
	if (hijack == NULL) {
		return;
	}
	struct answers *answers = &hijack->answers[seen->what];
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
static bool note_hash(struct hijacks *hijacks, const struct noted *noted)
{
	if (hijacks->mailboxes_count >= HIJACKS_MAILBOXES / 2) {
		hijacks->full = true;
		return false;
	}
	size_t at = (noted->hash >> 1) % HIJACKS_MAILBOXES;
	while (hijacks->mailboxes[at].hash != 0) {
		if (hijacks->mailboxes[at].hash == noted->hash) {
			return false;
		}
		at = (at + 1) % HIJACKS_MAILBOXES;
	}
	hijacks->mailboxes[at] = *noted;
	hijacks->mailboxes_count++;
	return true;
}

static bool note_mailbox(struct hijacks *hijacks, const struct hijack *hijack, uint8_t role,
                         const struct story_text *address)
{
	uint64_t seed = XXH3_64bits(hijack->name.wire, hijack->name.size) + role;
	const struct noted noted = {
		.hash = XXH3_64bits_withSeed(address->text, address->size, seed) | 1,
		.name = (uint16_t)(hijack - hijacks->names),
		.role = role,
	};
	return note_hash(hijacks, &noted);
}

/* Whether anybody has seen an answer about the name by this time. */
static bool is_known(const struct hijacks *hijacks, const struct dns_name *name, int64_t time_ns)
{
	for (unsigned i = 0; i < hijacks->workers; i++) {
		const struct hijack *hijack = find(hijacks->all[i], name->wire, name->size);
		for (int what = 0; hijack != NULL && what < WHAT_COUNT; what++) {
			const struct answers *answers = &hijack->answers[what];
			if (answers->count > 0 && answers->first_ns <= time_ns) {
				return true;
			}
		}
	}
	return false;
}

static struct hijack *of_recipient(struct hijacks *hijacks, const struct story_text *address,
                                   int64_t time_ns)
{
	struct smtp_mailbox box;
	struct dns_name domain;
	if (address->text == NULL || !mailbox_parse(address->text, address->size, &box) ||
	    dns_name_from_host(box.domain.text, box.domain.size, &domain) != DNS_NAME_OK) {
		return NULL;
	}
	if (is_known(hijacks, &domain, time_ns)) {
		return find_or_add(hijacks, domain.wire, domain.size);
	}
	return hijacks->all == NULL ? find(hijacks, domain.wire, domain.size) : NULL;
}

static struct hijack *of_owner(struct hijacks *hijacks, const struct dns_name *owner)
{
	return owner->size > 0 ? find_or_add(hijacks, owner->wire, owner->size) : NULL;
}

void hijacks_share(struct hijacks *hijacks, struct hijacks *const *all, unsigned workers)
{
	hijacks->all = all;
	hijacks->workers = workers;
}

/* Whose mail it is that goes to this recipient; NULL: not known. */
static struct hijack *told_by(struct hijacks *hijacks, const struct story *story, size_t recipient,
                              const struct dns_name *owner, int64_t time_ns)
{
	struct hijack *hijack =
	        of_recipient(hijacks, &story->recipients[recipient].address, time_ns);
	return hijack != NULL ? hijack : of_owner(hijacks, owner);
}

void hijacks_mail(struct hijacks *hijacks, const struct story *story, const struct dns_name *owner,
                  int64_t time_ns)
{
	for (size_t i = story->mail_at; i < story->recipients_count; i++) {
		const struct story_recipient *recipient = &story->recipients[i];
		struct hijack *hijack = told_by(hijacks, story, i, owner, time_ns);
		if (hijack == NULL) {
			continue;
		}
		hijack->recipients +=
		        note_mailbox(hijacks, hijack, ROLE_RECIPIENT, &recipient->address);
		hijack->accepted += recipient->code / 100 == 2;
		if (story->mail_from.text != NULL) {
			hijack->senders +=
			        note_mailbox(hijacks, hijack, ROLE_SENDER, &story->mail_from);
		}
	}
}

static void note_session(struct hijacks *hijacks, struct hijack *hijack, bool starttls)
{
	if (hijack != NULL && hijack->session != hijacks->sessions) {
		hijack->session = hijacks->sessions;
		hijack->sessions++;
		hijack->hidden += starttls;
	}
}

void hijacks_session(struct hijacks *hijacks, const struct story *story,
                     const struct dns_name *owner, int64_t time_ns)
{
	hijacks->sessions++;
	for (size_t i = 0; i < story->recipients_count; i++) {
		struct hijack *hijack = told_by(hijacks, story, i, owner, time_ns);
		note_session(hijacks, hijack, story->starttls);
	}
	if (story->recipients_count == 0) {
		note_session(hijacks, of_owner(hijacks, owner), story->starttls);
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

static void merge_name(struct hijack *to, const struct hijack *from)
{
	for (int what = 0; what < WHAT_COUNT; what++) {
		merge_answers(&to->answers[what], &from->answers[what]);
	}
	to->sessions += from->sessions;
	to->hidden += from->hidden;
	to->accepted += from->accepted;
}

void hijacks_merge(struct hijacks *hijacks, const struct hijacks *other)
{
	hijacks->full = hijacks->full || other->full;
	for (size_t i = 0; i < other->count; i++) {
		const struct hijack *from = &other->names[i];
		struct hijack *to = find_or_add(hijacks, from->name.wire, from->name.size);
		if (to != NULL) {
			merge_name(to, from);
		}
	}
	for (size_t i = 0; i < HIJACKS_MAILBOXES; i++) {
		struct noted noted = other->mailboxes[i];
		const struct dns_name *name = &other->names[noted.name].name;
		struct hijack *to = noted.hash != 0 ? find(hijacks, name->wire, name->size) : NULL;
		if (to == NULL) {
			continue;
		}
		noted.name = (uint16_t)(to - hijacks->names);
		bool first = note_hash(hijacks, &noted);
		to->recipients += first && noted.role == ROLE_RECIPIENT;
		to->senders += first && noted.role == ROLE_SENDER;
	}
}

static void report_answers(const char *name, enum observation_what what,
                           const struct answers *answers)
{
	char first[FLOW_TIME_TEXT_MAX], last[FLOW_TIME_TEXT_MAX];
	char earliest[FLOW_TIME_TEXT_MAX], latest[FLOW_TIME_TEXT_MAX];
	flow_time_text(answers->first_ns, first);
	flow_time_text(answers->last_ns, last);
	flow_time_text(answers->earliest_ns, earliest);
	flow_time_text(answers->latest_ns, latest);
	log_info("%s: rogue %s answers: %" PRIu64
	         ", first %s, last %s; caches let go from %s to %s",
	         name, observation_what_text(what), answers->count, first, last, earliest, latest);
}

void hijacks_report(const struct hijacks *hijacks)
{
	for (size_t i = 0; i < hijacks->count; i++) {
		const struct hijack *hijack = &hijacks->names[i];
		char name[DNS_NAME_TEXT_MAX];
		(void)dns_name_text(hijack->name.wire, name);
		for (int what = 0; what < WHAT_COUNT; what++) {
			if (hijack->answers[what].count > 0) {
				report_answers(name, (enum observation_what)what,
				               &hijack->answers[what]);
			}
		}
		if (hijack->sessions > 0) {
			log_info("%s: mail intercepted: %" PRIu64 " sessions (%" PRIu64
			         " turned to TLS), %" PRIu64 " senders, %" PRIu64
			         " recipients, taken %" PRIu64 " times",
			         name, hijack->sessions, hijack->hidden, hijack->senders,
			         hijack->recipients, hijack->accepted);
		}
	}
	if (hijacks->full) {
		log_info(
		        "more names or mailboxes were hit than the summary keeps: it is not whole");
	}
}
