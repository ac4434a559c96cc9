/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/hits/hits.h"

#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/packet_clock.h"
#include "base/secret_hash.h"
#include "sensor/hits/hit_output.h"
#include "sensor/hits/hit_rules.h"
#include "sensor/hits/suppress.h"
#include "sensor/incidents/incident_source.h"

/* How many owners of a message are compared with the rules of name servers. */
#define OWNERS_MAX 4

/* A hit in a hash table that each message finds empty. */
struct emitted {
	uint64_t hash; /* of rule and value */
	uint64_t message;
};

/* A power of two, twice as many as are used at most. */
#define EMITTED_SLOTS ((size_t)2 * HITS_MESSAGE_MAX)

struct hits {
	struct hits_config config;
	struct hit_rules rules;
	struct hit_output output;
	struct packet_clock clock;
	struct suppress *suppress; /* NULL: every hit is emitted */
	struct suppress_key key;   /* of the hit that was checked last */
	const struct event_subject *subject;
	uint64_t message; /* number of the current one */
	struct emitted emitted[EMITTED_SLOTS];
	size_t emitted_count;             /* of the current message */
	unsigned owners;                  /* of the current message that were compared */
	struct bloom_questions questions; /* look-ups for the current message */
	struct incident_source incidents;
};

struct hits *hits_new(const struct hits_config *config)
{
	struct hits *hits = calloc(1, sizeof(*hits));
	if (hits == NULL) {
		return NULL;
	}
	hits->config = *config;
	incident_source_init(&hits->incidents, config->note, config->ctx, config->counters);
	bool ready = hit_output_init(&hits->output, &hits->config, &hits->clock, &hits->incidents);
	ready = hit_rules_init(&hits->rules, config->rules) && ready;
	if (config->suppress_ns > 0) {
		hits->suppress = suppress_new(config->suppress_ns, config->memory,
		                              hit_output_emit_repeat, &hits->output);
		ready = hits->suppress != NULL && ready;
	}
	if (!ready) {
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
	hit_output_end(&hits->output);
	incident_source_end(&hits->incidents, &hits->clock);
	hit_rules_end(&hits->rules);
	free(hits);
}

void hits_set_rules(struct hits *hits, const struct ruleset *rules)
{
	hit_rules_replace(&hits->rules, rules);
}

/* Names in SMTP are not compressed, so each of them gets the budget of a message. */
static void begin_match(struct hits *hits)
{
	const struct dns_message *dns = hits->subject->dns;
	ruleset_begin(hits->rules.set, dns != NULL ? dns->size : 0);
}

static void count_unjudged(struct hits *hits)
{
	size_t unjudged = ruleset_take_unjudged(hits->rules.set);
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
	hit_output_begin(&hits->output);
	bloom_questions_begin(&hits->questions);
	begin_match(hits);
}

bool hits_may_be(const struct hits *hits, enum observation_kind kind, const struct in6_addr *addr)
{
	return ruleset_may_match(hits->rules.set, kind, addr);
}

unsigned hits_replacements(const struct hits *hits)
{
	return hits->rules.replacements;
}

bool hits_would_be(const struct hits *hits, const struct observation *seen)
{
	struct ruleset_hit met[RULESET_HITS_MAX];
	return ruleset_match(hits->rules.set, seen, met) > 0;
}

unsigned hits_pinned(const struct hits *hits)
{
	return ruleset_pinned(hits->rules.set);
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

/* Returns the key of the current rule and a value. Networks that are separate may use the same
 * addresses. */
static struct suppress_key make_key(const struct hits *hits, uint64_t value)
{
	const struct flow *flow = hits->subject->flow;
	struct in6_addr ends[2] = { *event_subject_client(hits->subject), flow->key.server };
	uint64_t hash = hash_both(hit_rules_hash(&hits->rules), value);
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
	(void)ruleset_take_unjudged(hits->rules.set);
	return matched;
}

static void identify(struct hits *hits, const struct event_subject *subject, struct event_hit *hit)
{
	hit->owner_matches = hits->config.note != NULL && hit->rule->action == ACTION_IOC_MATCH &&
	                     owner_is_matched(hits, hit->seen);
	incident_source_identify(&hits->incidents, event_writer_domains(hits->output.writer),
	                         subject, hit);
}

void hits_note_mail(struct hits *hits, const struct event_subject *subject,
                    const struct rule_view *rule, bool content)
{
	const struct observation seen = { .kind = KIND_SERVER };
	struct event_hit hit = { .seen = &seen, .rule = rule };
	identify(hits, subject, &hit);
	incident_source_mail(&hits->incidents, &hits->clock, subject, content);
}

void hits_note_mail_to(struct hits *hits, const struct event_subject *subject,
                       const struct observation *server, bool content)
{
	struct ruleset_hit met[RULESET_HITS_MAX];
	size_t count = ruleset_match(hits->rules.set, server, met);
	for (size_t i = 0; i < count; i++) {
		const struct rule_view *rule = hit_rules_describe(&hits->rules, &met[i]);
		if (hit_choice_has(&hits->config.choice, rule,
		                   observation_kind_text(server->kind))) {
			hits_note_mail(hits, subject, rule, content);
		}
	}
}

/* Counts a hit of a rule of which hits are gathered already. Its texts need not be made. */
static bool count_gathered(struct hits *hits, const struct ruleset_hit *met,
                           const struct observation *seen)
{
	const struct event_subject *subject = hits->subject;
	const struct hit_choice *choice = &hits->config.choice;
	const struct rule_view rule = {
		.number = hit_rules_number(&hits->rules, met),
		.severity = ruleset_severity(hits->rules.set, met),
		.action = met->action,
	};
	if (subject->row != NULL || choice->rule != NULL ||
	    !hit_choice_has(choice, &rule, observation_kind_text(seen->kind)) ||
	    !hit_output_count(&hits->output, subject, hit_rules_group(&hits->rules, met))) {
		return false;
	}
	counter_add(&hits->config.counters->incident_hits_dropped, hits->config.note != NULL);
	if (!learn(hits, seen, &rule, "")) {
		(void)learn(hits, seen, hit_rules_describe(&hits->rules, met), "");
	}
	return true;
}

static bool has_room(struct hits *hits, const struct ruleset_hit *met)
{
	return hit_output_has_room(&hits->output, hits->subject,
	                           ruleset_severity(hits->rules.set, met));
}

/* Further events of the message refer to its first one. */
static void note_first(const struct event_subject *subject, const struct event *event)
{
	if (subject->first_event != NULL && subject->first_event[0] == '\0') {
		memcpy(subject->first_event, event->record.id, EVENT_ID_MAX - 1);
		subject->first_event[EVENT_ID_MAX - 1] = '\0';
	}
}

/* The hit belongs to its incident even if it has no event: it may be the first one about its owner,
 * although there were others of its rule and value. */
static void note_hit(struct hits *hits, const struct event_subject *subject,
                     const struct event_hit *hit)
{
	if (hit_choice_has(&hits->config.choice, hit->rule, event_kind_text(hit))) {
		hit_output_pay_incident(&hits->output, subject, hit->rule->severity);
		incident_source_hit(&hits->incidents, &hits->clock, subject, hit);
	}
}

static void emit_identified(struct hits *hits, const struct ruleset_hit *met,
                            const struct event_hit *hit, enum suppress_verdict verdict)
{
	/* The packets of repeats are not written. */
	struct evidence *evidence = verdict == SUPPRESS_PASS ? hits->config.evidence : NULL;
	const struct event *event = NULL;
	if (verdict != SUPPRESS_COUNTED) {
		event = hit_output_write(&hits->output, hits->subject, hit, evidence,
		                         hit_rules_group(&hits->rules, met));
	}
	if (event == NULL ||
	    (verdict == SUPPRESS_KEEP && suppress_keep(hits->suppress, &hits->key, event))) {
		(void)learn(hits, hit->seen, hit->rule, "");
		return;
	}
	(void)learn(hits, hit->seen, hit->rule, event->record.id);
	note_first(hits->subject, event);
	hit_output_emit(&hits->output, event);
}

static void emit_hit(struct hits *hits, const struct ruleset_hit *met,
                     const struct observation *seen, const char *field, int section, uint64_t value)
{
	if (hits->suppress == NULL && !has_room(hits, met) && count_gathered(hits, met, seen)) {
		return;
	}
	const struct rule_view *view = hit_rules_describe(&hits->rules, met);
	if (!hit_choice_has(&hits->config.choice, view, observation_kind_text(seen->kind))) {
		(void)learn(hits, seen, view, "");
		return;
	}
	enum suppress_verdict verdict = check_repeat(hits, value, seen->time_ns);
	struct event_hit hit = { .seen = seen, .rule = view, .field = field, .section = section };
	identify(hits, hits->subject, &hit);
	emit_identified(hits, met, &hit, verdict);
	note_hit(hits, hits->subject, &hit);
}

void hits_change(struct hits *hits, const struct ruleset_hit *met, const struct observation *seen,
                 const struct hits_change *change)
{
	struct rule_view view = *hit_rules_describe(&hits->rules, met);
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
	        hit_output_write(&hits->output, hits->subject, &hit, hits->config.evidence,
	                         hit_rules_group_of_text(&view));
	if (view.severity >= SEVERITY_HIGH) {
		(void)learn(hits, seen, &view, event != NULL ? event->record.id : "");
	}
	if (event != NULL) {
		hits->emitted_count += hits->emitted_count < HITS_MESSAGE_MAX ? 1 : 0;
		note_first(hits->subject, event);
		hit_output_emit(&hits->output, event);
	}
	note_hit(hits, hits->subject, &hit);
}

void hits_emit(struct hits *hits, const struct event_subject *subject, const struct event_hit *hit)
{
	struct event_hit own = *hit;
	hit_output_earn(&hits->output);
	identify(hits, subject, &own);
	const struct event *event =
	        hit_output_write(&hits->output, subject, &own, hits->config.evidence,
	                         hit_rules_group_of_text(hit->rule));
	if (event != NULL) {
		hit_output_emit(&hits->output, event);
	}
	note_hit(hits, subject, &own);
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
	const struct rule_view *view = hit_rules_describe(&hits->rules, met);
	struct event_hit hit = { .seen = seen, .rule = view, .field = field, .section = section };
	identify(hits, hits->subject, &hit);
	if (hit_choice_has(&hits->config.choice, view, event_kind_text(&hit))) {
		hit_output_gather(&hits->output, hits->subject, &hit,
		                  hit_rules_group(&hits->rules, met));
	}
	(void)learn(hits, seen, view, "");
	note_hit(hits, hits->subject, &hit);
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
	size_t count = ruleset_match(hits->rules.set, seen, met);
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
		ruleset_ask(hits->rules.set, seen, &hits->questions);
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
		(void)ruleset_take_unjudged(hits->rules.set);
		begin_match(hits);
	} else {
		count_unjudged(hits);
	}
	return possible;
}

void hits_log(struct hits *hits, const struct event_subject *subject)
{
	const struct event *event = hit_output_write_log(&hits->output, subject);
	if (event != NULL) {
		hit_output_emit(&hits->output, event);
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
	hit_output_tick(&hits->output);
}
