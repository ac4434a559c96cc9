/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/incidents/incident_hit.h"

#include <string.h>
#include <sys/param.h>
#include <xxhash.h>

#include "base/text.h"
#include "base/time_ns.h"
#include "sensor/events/event_base.h"

static bool read_question(const struct dns_message *message, struct dns_name *name)
{
	struct dns_walk walk;
	struct dns_entry entry;
	dns_walk_begin(&walk, message);
	if (dns_walk_next(&walk, &entry) <= 0 || entry.section != DNS_QUESTION) {
		return false;
	}
	*name = entry.owner;
	return true;
}

/* A rogue name server answers with authority for the name. Another resolver is rogue for all
 * names. */
static bool is_authoritative(const struct event_subject *subject)
{
	return subject->dns != NULL && dns_is_response(subject->dns) &&
	       (subject->dns->flags & DNS_FLAG_AA) != 0;
}

/* \return False if there is no hijacked name. */
static bool find_owner(const struct event_subject *subject, const struct event_hit *hit,
                       struct dns_name *owner)
{
	const struct observation *seen = hit->seen;
	owner->size = 0;
	if (subject->hijacked != NULL && subject->hijacked->size > 0) {
		*owner = *subject->hijacked;
		return true;
	}
	if (seen->kind == KIND_RESOLVER) {
		return is_authoritative(subject) && read_question(subject->dns, owner);
	}
	if (seen->owner == NULL || seen->kind == KIND_NAME || hit->owner_matches ||
	    seen->owner_size > sizeof(owner->wire)) {
		return false;
	}
	owner->size = (uint8_t)seen->owner_size;
	memcpy(owner->wire, seen->owner, seen->owner_size);
	return true;
}

/* The registrable domain, or the whole name if it has none. */
static void set_owner(struct incident_identity *identity, struct domains *domains,
                      const struct dns_name *owner)
{
	size_t size = dns_name_text(owner->wire, identity->owner);
	const char *domain = domains_registered(domains, identity->owner, size);
	identity->owner_at = domain != NULL ? (size_t)(domain - identity->owner) : 0;
	identity->owner_size = size - identity->owner_at;
}

static void make_id(uint8_t id[INCIDENT_ID_SIZE], const struct network_id *network,
                    const char *name, size_t size, bool named)
{
	XXH128_canonical_t canonical;
	const XXH128_hash_t hash = XXH3_128bits(name, size);
	struct {
		uint64_t named, high, low;
		struct network_id network;
	} parts = { named, hash.high64, hash.low64, { .vlans = 0 } };
	if (network != NULL) {
		parts.network = *network;
	}
	XXH128_canonicalFromHash(&canonical, XXH3_128bits(&parts, sizeof(parts)));
	memcpy(id, canonical.digest, INCIDENT_ID_SIZE);
}

void incident_id_of(char text[INCIDENT_ID_MAX], const char *owner, size_t owner_size,
                    const char *rule, size_t rule_size)
{
	uint8_t id[INCIDENT_ID_SIZE];
	bool named = owner_size > 0;
	make_id(id, NULL, named ? owner : rule, named ? owner_size : rule_size, named);
	*text_hex(text, id, sizeof(id)) = '\0';
}

void incident_identify(struct incident_identity *identity, struct domains *domains,
                       const struct event_subject *subject, const struct event_hit *hit)
{
	struct dns_name owner;
	bool named = find_owner(subject, hit, &owner);
	bool separate = subject->flow->network != NULL;
	if (named && !separate && dns_name_equal(&identity->named, owner.wire, owner.size)) {
		return; /* the hit before had the same owner, as most of a message have */
	}
	identity->named.size = 0;
	identity->owner_size = 0;
	identity->network[0] = '\0';
	if (separate) {
		flow_network_text(subject->flow->network, identity->network);
	}
	if (named) {
		set_owner(identity, domains, &owner);
	}
	if (named && !separate) {
		identity->named.size = owner.size;
		memcpy(identity->named.wire, owner.wire, owner.size);
	}
	bool has_owner = identity->owner_size > 0;
	make_id(identity->id, subject->flow->network,
	        has_owner ? identity->owner + identity->owner_at : hit->rule->id,
	        has_owner ? identity->owner_size : strlen(hit->rule->id), has_owner);
	*text_hex(identity->id_text, identity->id, sizeof(identity->id)) = '\0';
}

static void begin(struct incident_note *note, const struct incident_identity *identity,
                  const struct event_subject *subject, int64_t time_ns)
{
	note->count = 0;
	note->head = (struct incident_head){ .time_ns = MAX(time_ns, 0),
		                             .client = *event_subject_client(subject) };
	memcpy(note->head.id, identity->id, sizeof(note->head.id));
	if (identity->owner_size > 0) {
		incident_note_add(note, INCIDENT_OWNER, identity->owner + identity->owner_at,
		                  identity->owner_size);
	}
	if (identity->network[0] != '\0') {
		incident_note_add(note, INCIDENT_NETWORK, identity->network,
		                  strlen(identity->network));
	}
}

/* The resolver that has the record in its cache: the one that answered, or the one that was
 * answered by an authoritative server. */
static void put_cache(struct incident_note *note, const struct event_subject *subject,
                      const struct event_hit *hit)
{
	const struct flow *flow = subject->flow;
	if (subject->dns == NULL || hit->section <= DNS_QUESTION || hit->seen->owner == NULL) {
		return;
	}
	bool recursive = (subject->dns->flags & DNS_FLAG_RA) != 0;
	note->head.resolver = recursive ? flow->key.server : flow->key.client;
	note->head.cached_until_ns =
	        time_ns_after(MAX(flow->time_ns, 0), hit->seen->ttl * NS_PER_S);
}

/* What the baseline had before was expected. */
static void put_change(struct incident_note *note, const struct event_change *change)
{
	for (size_t i = 0; change != NULL && i < change->reasons_count; i++) {
		incident_note_add(note, INCIDENT_REASON, change->reasons[i],
		                  strlen(change->reasons[i]));
	}
	for (size_t i = 0; change != NULL && i < change->known_count; i++) {
		incident_note_add(note, INCIDENT_EXPECTED, change->known[i].value,
		                  strlen(change->known[i].value));
	}
}

static void put_rule(struct incident_note *note, const struct event_hit *hit)
{
	const struct rule_view *rule = hit->rule;
	const char *action = event_action(hit);
	incident_note_add(note, INCIDENT_RULE, rule->id, strlen(rule->id));
	incident_note_add(note, INCIDENT_REASON, action, strlen(action));
	for (size_t i = 0; i < rule->expected_count; i++) {
		incident_note_add(note, INCIDENT_EXPECTED, rule->expected[i],
		                  strlen(rule->expected[i]));
	}
	put_change(note, hit->change);
	if (rule->imitates != NULL) {
		incident_note_add(note, INCIDENT_EXPECTED, rule->imitates, strlen(rule->imitates));
	}
}

static uint64_t mail_key(const struct event_subject *subject)
{
	const struct flow_key *key = &subject->flow->key;
	const uint64_t parts[] = { (uint64_t)subject->first_seq << 32 | subject->mail,
		                   (uint64_t)key->client_port << 16 | key->server_port,
		                   XXH3_64bits(&key->client, sizeof(key->client)),
		                   XXH3_64bits(&key->server, sizeof(key->server)) };
	return XXH3_64bits(parts, sizeof(parts)) | 1;
}

static void put_mailbox(struct incident_note *note, enum incident_role role,
                        const struct transcript_mailbox *mailbox)
{
	if (mailbox->text != NULL) {
		const struct smtp_text address = transcript_address(mailbox);
		incident_note_add(note, role, address.text, address.size);
	}
}

static void put_recipient(struct incident_note *note, const struct transcript_recipient *recipient)
{
	put_mailbox(note, INCIDENT_RCPT, &recipient->mailbox);
	note->head.accepted |= recipient->code / 100 == 2;
}

/* Of a watched server's mails there are notes of their own. */
static void put_mail(struct incident_note *note, const struct event_subject *subject,
                     const struct event_hit *hit)
{
	const struct transcript *transcript = subject->transcript;
	enum observation_kind kind = hit->seen->kind;
	if (transcript == NULL || subject->hijacked != NULL ||
	    (kind != KIND_FROM && kind != KIND_RCPT)) {
		return;
	}
	note->head.mail = mail_key(subject);
	note->head.tls = transcript->starttls;
	put_mailbox(note, INCIDENT_FROM, &transcript->mail_from);
	if (transcript->at_hand != NULL) {
		put_recipient(note, transcript->at_hand);
	}
}

static bool is_session(const struct event_subject *subject, const struct event_hit *hit)
{
	if (hit->interception != NULL) {
		return !hit->interception->ended;
	}
	return subject->hijacked == NULL && hit->seen->kind == KIND_SERVER &&
	       subject->connection == EVENT_CONNECTION_ESTABLISHED;
}

void incident_note_hit(struct incident_note *note, struct incident_scratch *scratch,
                       const struct incident_identity *identity,
                       const struct event_subject *subject, const struct event_hit *hit)
{
	begin(note, identity, subject, hit->seen->time_ns);
	note->head.severity = (uint8_t)rule_severity_number(hit->rule->severity);
	note->head.hit = 1;
	note->head.session = is_session(subject, hit);
	incident_note_add(note, INCIDENT_SEEN, scratch->value,
	                  event_value(hit->seen, scratch->value, sizeof(scratch->value)));
	put_cache(note, subject, hit);
	put_rule(note, hit);
	put_mail(note, subject, hit);
}

void incident_note_mail(struct incident_note *note, const struct incident_identity *identity,
                        const struct event_subject *subject, bool content)
{
	const struct transcript *transcript = subject->transcript;
	begin(note, identity, subject, subject->flow->time_ns);
	note->head.mail = mail_key(subject);
	note->head.content = content;
	note->head.tls = transcript->starttls;
	put_mailbox(note, INCIDENT_FROM, &transcript->mail_from);
	for (size_t i = transcript->mail_at; i < transcript->recipients_count; i++) {
		put_recipient(note, &transcript->recipients[i]);
		if (transcript->recipients[i].time_ns > 0) {
			note->head.time_ns =
			        MIN(note->head.time_ns, transcript->recipients[i].time_ns);
		}
	}
}
