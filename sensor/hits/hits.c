/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/hits/hits.h"

#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/packet_clock.h"
#include "base/secret_hash.h"
#include "sensor/events/event_repeat.h"
#include "sensor/evidence/hit_packets.h"
#include "sensor/hits/gathered.h"
#include "sensor/hits/output_budget.h"
#include "sensor/hits/suppress.h"
#include "sensor/incidents/incident_source.h"

#define PACKET_HEADER 16

/* How many owners of a message are compared with the rules of name servers. */
#define OWNERS_MAX 4

/* A hit in a hash table that each message finds empty. */
struct emitted {
	uint64_t hash; /* of rule and value */
	uint64_t message;
};

/* Rules that are described at a time. Hits of a flood are mostly of few rules. */
#define DESCRIPTIONS_MAX 64

struct description {
	const struct rule *rule; /* NULL: none */
	enum ruleset_action action;
	uint64_t hash;         /* of the rule's text and id */
	struct rule_view view; /* texts are in `scratch` and in the rules */
	struct rule_scratch scratch;
};

/* A power of two, twice as many as are used at most. */
#define EMITTED_SLOTS ((size_t)2 * HITS_MESSAGE_MAX)

struct hits {
	struct hits_config config;
	struct event_writer *writer;
	struct event_repeater *repeater;
	struct packet_clock clock;
	struct suppress *suppress; /* NULL: every hit is emitted */
	struct suppress_key key;   /* of the hit that was checked last */
	struct output_budget output;
	struct gathered *gathered;
	size_t whole_size;    /* of the last event with a whole message that was refused */
	size_t whole_message; /* the octets of that message; 0: it was of SMTP */
	const struct event_subject *subject;
	uint64_t message; /* number of the current one */
	uint64_t earned;  /* the last message whose packets the budget knows */
	struct emitted emitted[EMITTED_SLOTS];
	size_t emitted_count;  /* of the current message */
	unsigned replacements; /* of the rules */
	struct description *descriptions;
	const struct description *described; /* the last one that was used; NULL: none */
	struct bloom_questions questions;    /* look-ups for the current message */

	unsigned owners; /* of the current message that were compared */
	struct incident_source incidents;
};

static void emit(struct hits *hits, const struct event *event)
{
	if (event == NULL) {
		counter_add(&hits->config.counters->events_dropped, 1);
		return;
	}
	if (event->record.kind == RECORD_HIT) {
		counter_add(&hits->config.counters->hits, 1);
	}
	hits->config.emit(hits->config.ctx, &event->record);
}

/* The size of a pcap file with all packets. */
static uint64_t octets_read(struct counters *counters)
{
	return counter_get(&counters->bytes) + PACKET_HEADER * counter_get(&counters->packets);
}

static void emit_repeat(void *ctx, const struct event_copy *copy, const struct event_repeat *repeat)
{
	struct hits *hits = ctx;
	emit(hits, event_write_repeat(hits->repeater, copy, repeat));
}

struct hits *hits_new(const struct hits_config *config)
{
	struct hits *hits = calloc(1, sizeof(*hits));
	if (hits == NULL) {
		return NULL;
	}
	hits->config = *config;
	incident_source_init(&hits->incidents, config->note, config->ctx, config->counters);
	hits->writer = event_writer_new(config->sensor);
	hits->repeater = event_repeater_new();
	hits->descriptions = calloc(DESCRIPTIONS_MAX, sizeof(*hits->descriptions));
	hits->gathered = gathered_new(emit_repeat, hits);
	output_budget_init(&hits->output, octets_read(config->counters));
	if (config->suppress_ns > 0) {
		hits->suppress =
		        suppress_new(config->suppress_ns, config->memory, emit_repeat, hits);
	}
	if (hits->writer == NULL || hits->repeater == NULL || hits->gathered == NULL ||
	    hits->descriptions == NULL || (config->suppress_ns > 0 && hits->suppress == NULL)) {
		hits_free(hits);
		return NULL;
	}
	return hits;
}

void hits_free(struct hits *hits)
{
	if (hits == NULL) {
		return;
	}
	suppress_free(hits->suppress);
	gathered_free(hits->gathered);
	incident_source_end(&hits->incidents, &hits->clock);
	event_writer_free(hits->writer);
	event_repeater_free(hits->repeater);
	free(hits->descriptions);
	free(hits);
}

void hits_set_rules(struct hits *hits, const struct ruleset *rules)
{
	hits->config.rules = rules;
	hits->replacements++;
	hits->described = NULL;
	for (size_t i = 0; i < DESCRIPTIONS_MAX; i++) {
		hits->descriptions[i].rule = NULL;
	}
}

/* Names in SMTP are not compressed, so each of them gets the budget of a message. */
static void begin_match(struct hits *hits)
{
	const struct dns_message *dns = hits->subject->dns;
	ruleset_begin(hits->config.rules, dns != NULL ? dns->size : 0);
}

static void count_unjudged(struct hits *hits)
{
	size_t unjudged = ruleset_take_unjudged(hits->config.rules);
	if (unjudged > 0) {
		counter_add(&hits->config.counters->names_unjudged, unjudged);
	}
}

void hits_begin(struct hits *hits, const struct event_subject *subject)
{
	hits->subject = subject;
	hits->message++;
	hits->emitted_count = 0;
	hits->owners = 0;
	output_budget_begin_message(&hits->output);
	event_writer_begin(hits->writer);
	bloom_questions_begin(&hits->questions);
	begin_match(hits);
}

bool hits_may_be(const struct hits *hits, enum observation_kind kind, const struct in6_addr *addr)
{
	return ruleset_may_match(hits->config.rules, kind, addr);
}

unsigned hits_replacements(const struct hits *hits)
{
	return hits->replacements;
}

bool hits_would_be(const struct hits *hits, const struct observation *seen)
{
	struct ruleset_hit met[RULESET_HITS_MAX];
	return ruleset_match(hits->config.rules, seen, met) > 0;
}

unsigned hits_pinned(const struct hits *hits)
{
	return ruleset_pinned(hits->config.rules);
}

static uint64_t hash_value(const struct observation *seen)
{
	char value[EVENT_VALUE_MAX];
	if (seen->local == NULL && seen->addr != NULL) {
		return secret_hash(seen->addr, sizeof(*seen->addr));
	}
	if (seen->local == NULL && seen->name != NULL) {
		return secret_hash(seen->name, seen->name_size);
	}
	size_t size = event_value(seen, value, sizeof(value));
	return secret_hash(value, size);
}

static uint64_t hash_both(uint64_t one, uint64_t other)
{
	const uint64_t both[] = { one, other };
	return secret_hash(both, sizeof(both));
}

static uint64_t hash_text(const char *text)
{
	return secret_hash(text, strlen(text));
}

/* By the rule's text: after a reload its number may be that of another rule. */
static uint64_t hash_rule(const struct rule_view *rule)
{
	return hash_both(hash_text(rule->text), hash_text(rule->id));
}

#define ACTION_SHIFT 56

/* Makes a number of a rule and an action another one after each reload. An attacker chooses none of
 * these numbers, so they need no hash. Consecutive rules have consecutive places in a table. */
static uint64_t in_set(const struct hits *hits, uint64_t rule, enum ruleset_action action)
{
	return rule + ((uint64_t)action << ACTION_SHIFT) +
	       hits->replacements * UINT64_C(0x9e3779b97f4a7c15);
}

/* Identifies an indicator of a rule. */
static uint64_t number_of(const struct hits *hits, const struct ruleset_hit *met)
{
	return in_set(hits, ruleset_indicator_number(met->rule), met->action);
}

static const struct rule_view *describe(struct hits *hits, const struct ruleset_hit *met)
{
	uint32_t number = ruleset_rule_number(met->rule);
	struct description *description = &hits->descriptions[number % DESCRIPTIONS_MAX];
	if (description->rule != met->rule || description->action != met->action) {
		ruleset_describe(hits->config.rules, met, &description->scratch,
		                 &description->view);
		description->view.number = number_of(hits, met);
		description->rule = met->rule;
		description->action = met->action;
		description->hash = hash_rule(&description->view);
	}
	hits->described = description;
	return &description->view;
}

/* Identifies a rule for hits that are gathered. After a reload they are gathered anew. */
static uint64_t group_of(const struct hits *hits, const struct ruleset_hit *met)
{
	return in_set(hits, ruleset_rule_number(met->rule), met->action);
}

/* The same for a rule that may not be in the set any more. */
static uint64_t group_of_text(const struct rule_view *rule)
{
	return hash_both(hash_rule(rule), rule->action);
}

static bool is_full(const struct hits *hits)
{
	return hits->emitted_count == HITS_MESSAGE_MAX;
}

/* The place of a hit of the current message, or where it would be. */
static struct emitted *find_emitted(struct hits *hits, uint64_t hash)
{
	size_t at = hash % EMITTED_SLOTS;
	while (hits->emitted[at].message == hits->message && hits->emitted[at].hash != hash) {
		at = (at + 1) % EMITTED_SLOTS;
	}
	return &hits->emitted[at];
}

/* The current rule and a value. Networks that are separate may use the same addresses. */
static struct suppress_key make_key(const struct hits *hits, uint64_t value)
{
	const struct flow *flow = hits->subject->flow;
	struct in6_addr ends[2] = { *event_subject_client(hits->subject), flow->key.server };
	uint64_t hash = hash_both(hits->described->hash, value);
	if (flow->network != NULL) {
		hash = hash_both(secret_hash(flow->network, sizeof(*flow->network)), hash);
	}
	return (struct suppress_key){ .value = hash,
		                      .whole = hash_both(secret_hash(ends, sizeof(ends)), hash),
		                      .client = ends[0] };
}

/* \return False if the texts of the rule are needed but not set. */
static bool learn(struct hits *hits, const struct observation *seen, const struct rule_view *rule,
                  const char *event_id)
{
	const struct dns_message *dns = hits->subject->dns;
	bool learned = hits->subject->row != NULL || (dns != NULL && dns_is_response(dns));
	return hits->config.learn == NULL || !learned ||
	       hits->config.learn(hits->config.learn_ctx, seen, rule, event_id);
}

static enum suppress_verdict check_repeat(struct hits *hits, uint64_t value, int64_t time_ns)
{
	enum suppress_verdict verdict = SUPPRESS_PASS;
	if (hits->suppress != NULL) {
		hits->key = make_key(hits, value);
		verdict = suppress_check(hits->suppress, &hits->key, time_ns);
	}
	if (verdict != SUPPRESS_PASS) {
		counter_add(&hits->config.counters->hits_suppressed, 1);
	}
	return verdict;
}

/* An address in a record whose owner matches a rule of name servers is not that of a hijacked name.
 */
static bool owner_is_matched(struct hits *hits, const struct observation *seen)
{
	const struct observation owner = { .kind = KIND_NS,
		                           .name = seen->owner,
		                           .name_size = seen->owner_size,
		                           .time_ns = seen->time_ns };
	if (seen->kind != KIND_IP || seen->owner == NULL || hits->owners >= OWNERS_MAX) {
		return false;
	}
	hits->owners++;
	bool matched = hits_would_be(hits, &owner);
	(void)ruleset_take_unjudged(hits->config.rules);
	return matched;
}

static void identify(struct hits *hits, const struct event_subject *subject, struct event_hit *hit)
{
	hit->owner_matches = hits->config.note != NULL && hit->rule->action == ACTION_IOC_MATCH &&
	                     owner_is_matched(hits, hit->seen);
	incident_source_identify(&hits->incidents, event_writer_domains(hits->writer), subject,
	                         hit);
}

void hits_note_mail(struct hits *hits, const struct event_subject *subject,
                    const struct rule_view *rule, bool content)
{
	const struct observation seen = { .kind = KIND_SERVER };
	struct event_hit hit = { .seen = &seen, .rule = rule };
	identify(hits, subject, &hit);
	incident_source_mail(&hits->incidents, &hits->clock, subject, content);
}

static void earn(struct hits *hits)
{
	output_budget_earn(&hits->output, octets_read(hits->config.counters), hits->clock.now_ns);
}

/* No packets come and no time passes between the hits of a message. */
static void earn_once(struct hits *hits)
{
	if (hits->earned != hits->message) {
		hits->earned = hits->message;
		earn(hits);
	}
}

static bool has_first(const struct event_subject *subject)
{
	return subject->first_event != NULL && subject->first_event[0] != '\0';
}

static void note_first(const struct event_subject *subject, const struct event *event)
{
	if (subject->first_event != NULL && !has_first(subject)) {
		memcpy(subject->first_event, event->record.id, EVENT_ID_MAX - 1);
		subject->first_event[EVENT_ID_MAX - 1] = '\0';
	}
}

static bool is_large(const struct event_subject *subject)
{
	const struct dns_message *dns = subject->dns;
	return dns != NULL && (unsigned)dns->counts[DNS_ANSWER] + dns->counts[DNS_AUTHORITY] +
	                                      dns->counts[DNS_ADDITIONAL] >
	                              EVENT_RECORDS_MAX;
}

/* Returns whether the event is not the first one of its message. */
static bool is_further(const struct event_subject *subject)
{
	return subject->dns != NULL && has_first(subject);
}

/* The size of an event with the whole message, as that of the last refused one suggests. */
static size_t expect_whole(const struct hits *hits, const struct event_subject *subject)
{
	if (subject->dns == NULL || hits->whole_message == 0) {
		return hits->whole_size;
	}
	return hits->whole_size * subject->dns->size / hits->whole_message;
}

/* Takes an event from the budget, and the events of a new incident. */
static bool afford(struct hits *hits, unsigned severity, bool further, const struct event *event)
{
	bool is_hit = event->record.kind == RECORD_HIT;
	size_t price = is_hit ? incident_source_price(&hits->incidents) : 0;
	bool taken = output_budget_take(&hits->output, severity, further,
	                                event->record.json_size + price);
	if (taken && price > 0) {
		incident_source_pay(&hits->incidents);
	}
	return taken;
}

/* Writes the event with its whole message. \return NULL if there is no room for it. */
static const struct event *write_whole(struct hits *hits, const struct event_subject *subject,
                                       const struct event_hit *hit, unsigned severity)
{
	bool further = is_further(subject);
	if ((is_large(subject) && has_first(subject)) ||
	    output_budget_left(&hits->output, severity, further) < expect_whole(hits, subject)) {
		return NULL;
	}
	const struct event *event = event_write(hits->writer, subject, hit, EVENT_WHOLE);
	if (event != NULL && afford(hits, severity, further, event)) {
		return event;
	}
	hits->whole_size = event != NULL ? event->record.json_size : 0;
	hits->whole_message = subject->dns != NULL ? subject->dns->size : 0;
	return NULL;
}

/* Writes the event with its whole message, or only with the record or recipient of the hit. \return
 * NULL if there is no room for it. */
static const struct event *write_affordable(struct hits *hits, const struct event_subject *subject,
                                            const struct event_hit *hit, unsigned severity)
{
	bool further = is_further(subject);
	if (!output_budget_expects(&hits->output, severity, further)) {
		return NULL;
	}
	const struct event *event = write_whole(hits, subject, hit, severity);
	if (event != NULL) {
		return event;
	}
	event = event_write(hits->writer, subject, hit, EVENT_OWN);
	size_t size = event != NULL ? event->record.json_size : OUTPUT_EVENT_EXPECTED_MAX;
	if (event != NULL && afford(hits, severity, further, event)) {
		return event;
	}
	output_budget_note_refused(&hits->output, severity, size);
	return NULL;
}

/* Counts the hit in the one event for all of its rule. A row is not gathered with other rows. */
static void gather(struct hits *hits, const struct event_subject *subject,
                   const struct event_hit *hit, uint64_t group)
{
	if (subject->row != NULL) {
		counter_add(&hits->config.counters->events_dropped, 1);
		return;
	}
	const struct in6_addr *client = event_subject_client(subject);
	int64_t time_ns = subject->flow->time_ns;
	counter_add(&hits->config.counters->hits_gathered, 1);
	if (gathered_count(hits->gathered, group, client, time_ns)) {
		return;
	}
	unsigned severity = rule_severity_number(hit->rule->severity);
	const struct event *event = NULL;
	if (gathered_has_room(hits->gathered, severity)) {
		event = event_write(hits->writer, subject, hit, EVENT_OWN);
	}
	if (event == NULL || !gathered_open(hits->gathered, group, event, client, time_ns)) {
		counter_add(&hits->config.counters->events_dropped, 1);
		return;
	}
	output_budget_charge(&hits->output, event->record.json_size);
}

/* Writes the event with the name of the file with the hit's packets. */
static const struct event *write_evident(struct hits *hits, const struct event_subject *subject,
                                         const struct event_hit *hit, unsigned severity,
                                         struct evidence *evidence)
{
	struct event_hit evident = *hit;
	evident.evidence = hit_packets_choose(evidence, subject, hit->seen);
	const struct event *event = write_affordable(hits, subject, &evident, severity);
	if (event != NULL) {
		hit_packets_comment(evidence, subject, hit, event->record.id);
	}
	return event;
}

/* `evidence` receives the packets. \return NULL if the hit was gathered with other hits of its
 * rule, or is not chosen. */
static const struct event *write_hit(struct hits *hits, const struct event_subject *subject,
                                     const struct event_hit *hit, struct evidence *evidence,
                                     uint64_t group)
{
	unsigned severity = rule_severity_number(hit->rule->severity);
	if (!hit_choice_has(&hits->config.choice, hit->rule, hit->seen->kind)) {
		return NULL;
	}
	if (subject->row != NULL) {
		/* The budget limits the output that an attacker's packets cause; a hunt has no
		 * packets. */
		return event_write(hits->writer, subject, hit, EVENT_WHOLE);
	}
	earn_once(hits);
	const struct event *event = write_evident(hits, subject, hit, severity, evidence);
	if (event == NULL) {
		gather(hits, subject, hit, group);
	}
	return event;
}

/* Counts a hit of a rule of which hits are gathered already. Its texts need not be made. */
static bool count_gathered(struct hits *hits, const struct ruleset_hit *met,
                           const struct observation *seen)
{
	const struct event_subject *subject = hits->subject;
	const struct hit_choice *choice = &hits->config.choice;
	const struct rule_view rule = {
		.number = number_of(hits, met),
		.severity = ruleset_severity(hits->config.rules, met),
		.action = met->action,
	};
	if (subject->row != NULL || choice->rule != NULL ||
	    !hit_choice_has(choice, &rule, seen->kind) ||
	    !gathered_count(hits->gathered, group_of(hits, met), event_subject_client(subject),
	                    subject->flow->time_ns)) {
		return false;
	}
	counter_add(&hits->config.counters->hits_gathered, 1);
	counter_add(&hits->config.counters->incident_hits_dropped, hits->config.note != NULL);
	if (!learn(hits, seen, &rule, "")) {
		(void)learn(hits, seen, describe(hits, met), "");
	}
	return true;
}

/* Returns whether the hit may have an event of its own. */
static bool has_room(struct hits *hits, const struct ruleset_hit *met)
{
	unsigned severity = rule_severity_number(ruleset_severity(hits->config.rules, met));
	earn_once(hits);
	return output_budget_expects(&hits->output, severity, is_further(hits->subject));
}

static void emit_identified(struct hits *hits, const struct ruleset_hit *met,
                            const struct event_hit *hit, enum suppress_verdict verdict)
{
	/* The packets of repeats are not written. */
	struct evidence *evidence = verdict == SUPPRESS_PASS ? hits->config.evidence : NULL;
	const struct event *event = NULL;
	if (verdict != SUPPRESS_COUNTED) {
		event = write_hit(hits, hits->subject, hit, evidence, group_of(hits, met));
	}
	if (event == NULL ||
	    (verdict == SUPPRESS_KEEP && suppress_keep(hits->suppress, &hits->key, event))) {
		(void)learn(hits, hit->seen, hit->rule, "");
		return;
	}
	(void)learn(hits, hit->seen, hit->rule, event->record.id);
	note_first(hits->subject, event);
	emit(hits, event);
}

static void emit_hit(struct hits *hits, const struct ruleset_hit *met,
                     const struct observation *seen, const char *field, int section, uint64_t value)
{
	if (hits->suppress == NULL && !has_room(hits, met) && count_gathered(hits, met, seen)) {
		return;
	}
	const struct rule_view *view = describe(hits, met);
	if (!hit_choice_has(&hits->config.choice, view, seen->kind)) {
		(void)learn(hits, seen, view, "");
		return;
	}
	enum suppress_verdict verdict = check_repeat(hits, value, seen->time_ns);
	struct event_hit hit = { .seen = seen, .rule = view, .field = field, .section = section };
	identify(hits, hits->subject, &hit);
	emit_identified(hits, met, &hit, verdict);
	incident_source_hit(&hits->incidents, &hits->clock, hits->subject, &hit);
}

void hits_change(struct hits *hits, const struct ruleset_hit *met, const struct observation *seen,
                 const struct hits_change *change)
{
	struct rule_view view = *describe(hits, met);
	view.number = 0; /* another view of the rule has another severity */
	if (change->severity >= 0) {
		view.severity = (enum rule_severity)change->severity;
	}
	struct event_hit hit = {
		.seen = seen,
		.rule = &view,
		.field = change->field,
		.section = change->section,
		.change = change->change,
	};
	identify(hits, hits->subject, &hit);
	const struct event *event =
	        write_hit(hits, hits->subject, &hit, hits->config.evidence, group_of_text(&view));
	if (view.severity >= SEVERITY_HIGH) {
		(void)learn(hits, seen, &view, event != NULL ? event->record.id : "");
	}
	if (event != NULL) {
		hits->emitted_count += hits->emitted_count < HITS_MESSAGE_MAX ? 1 : 0;
		note_first(hits->subject, event);
		emit(hits, event);
	}
	incident_source_hit(&hits->incidents, &hits->clock, hits->subject, &hit);
}

void hits_emit(struct hits *hits, const struct event_subject *subject, const struct event_hit *hit)
{
	struct event_hit own = *hit;
	earn(hits);
	identify(hits, subject, &own);
	const struct event *event =
	        write_hit(hits, subject, &own, hits->config.evidence, group_of_text(hit->rule));
	if (event != NULL) {
		emit(hits, event);
	}
	incident_source_hit(&hits->incidents, &hits->clock, subject, &own);
}

/* A pin of `rcpt` expects the servers to which mail for the name goes, so its hit is about the
 * server and not the recipient. */
static struct observation about_server(const struct observation *seen, const struct in6_addr *addr)
{
	struct observation about = *seen;
	about.addr = addr;
	about.local = NULL;
	about.local_size = 0;
	about.owner = seen->name;
	about.owner_size = seen->name_size;
	return about;
}

/* A hit beyond the limit is gathered. Its address or exchange is nevertheless watched, so that many
 * other hits before it cannot hide it. */
static void take_beyond(struct hits *hits, const struct ruleset_hit *met,
                        const struct observation *seen, const char *field, int section)
{
	if (count_gathered(hits, met, seen)) {
		return;
	}
	const struct rule_view *view = describe(hits, met);
	struct event_hit hit = { .seen = seen, .rule = view, .field = field, .section = section };
	identify(hits, hits->subject, &hit);
	if (hit_choice_has(&hits->config.choice, view, seen->kind)) {
		gather(hits, hits->subject, &hit, group_of(hits, met));
	}
	(void)learn(hits, seen, view, "");
	incident_source_hit(&hits->incidents, &hits->clock, hits->subject, &hit);
}

/* Makes the observation that a hit is about, which may be a part of what was seen.
 * \return False if it is all that was seen. */
static bool make_about(struct observation *about, struct in6_addr *ipv4,
                       const struct observation *seen, const struct ruleset_hit *met)
{
	*about = *seen;
	if (met->embedded && address_embedded(seen->addr, ipv4)) {
		about->addr = ipv4;
		about->embedded_in = seen->addr;
	}
	if (met->addr != NULL) {
		*about = about_server(seen, met->addr);
	}
	if (met->text != NULL) {
		about->text = met->text;
		about->text_size = met->text_size;
	}
	return met->embedded || met->addr != NULL || met->text != NULL;
}

/* Takes a hit, unless the message had it before. `value` is the hash of the observed value. */
static void take_hit(struct hits *hits, const struct ruleset_hit *met,
                     const struct observation *about, const char *field, int section,
                     uint64_t value)
{
	const char *place = met->addr != NULL ? observation_kind_field(KIND_SERVER) : field;
	uint64_t hash = hash_both(ruleset_rule_number(met->rule), value);
	struct emitted *emitted = find_emitted(hits, hash);
	if (emitted->message == hits->message) {
		return;
	}
	if (is_full(hits)) {
		take_beyond(hits, met, about, place, section);
	} else {
		*emitted = (struct emitted){ hash, hits->message };
		hits->emitted_count++;
		emit_hit(hits, met, about, place, section, value);
	}
}

void hits_see(void *ctx, const struct observation *seen, const char *field, int section)
{
	struct hits *hits = ctx;
	struct ruleset_hit met[RULESET_HITS_MAX];
	size_t count = ruleset_match(hits->config.rules, seen, met);
	count_unjudged(hits);
	if (count == 0) {
		return;
	}
	uint64_t value = hash_value(seen);
	for (size_t i = 0; i < count; i++) {
		struct observation about;
		struct in6_addr ipv4;
		bool other = make_about(&about, &ipv4, seen, &met[i]);
		take_hit(hits, &met[i], &about, field, section, other ? hash_value(&about) : value);
	}
}

bool hits_were_emitted(const struct hits *hits)
{
	return hits->emitted_count > 0;
}

void hits_ask(void *ctx, const struct observation *seen, const char *field, int section)
{
	struct hits *hits = ctx;
	(void)field;
	(void)section;
	if (!hits->questions.passed) {
		ruleset_ask(hits->config.rules, seen, &hits->questions);
	}
}

const bool *hits_passed(const struct hits *hits)
{
	return &hits->questions.passed;
}

bool hits_are_possible(struct hits *hits)
{
	bool possible = bloom_answer(&hits->questions);
	if (possible) {
		/* hits_see() judges the same names again and counts them. */
		(void)ruleset_take_unjudged(hits->config.rules);
		begin_match(hits);
	} else {
		count_unjudged(hits);
	}
	return possible;
}

void hits_log(struct hits *hits, const struct event_subject *subject)
{
	earn_once(hits);
	const struct event *event = write_affordable(hits, subject, NULL, 0);
	if (event != NULL) {
		emit(hits, event);
	} else {
		counter_add(&hits->config.counters->log_events_omitted, 1);
	}
}

void hits_tick(struct hits *hits, int64_t time_ns)
{
	packet_clock_set(&hits->clock, time_ns);
	incident_source_settle(&hits->incidents, &hits->clock);
	if (hits->suppress != NULL) {
		suppress_tick(hits->suppress, &hits->clock);
	}
	gathered_tick(hits->gathered, &hits->clock);
}
