/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A STIX 2.1 bundle: for each indicator of an incident an indicator, a sighting and observed data
 * with the objects that were seen; for each mail observed data; for each incident a report. All ids
 * and times follow from the incidents, so that the same incidents give the same bundle.
 */
#include <errno.h>
#include <string.h>
#include <sys/param.h>

#include "base/time_ns.h"
#include "rules/exchange.h"
#include "rules/keywords.h"
#include "sensor/report/formats/formats.h"
#include "sensor/report/formats/stix_observables.h"
#include "sensor/report/formats/stix_text.h"
#include "sensor/report/indicators.h"

/* The largest number of hits of an indicator whose traffic is in the bundle; all are counted. */
#define TRAFFIC_MAX 100
/* The largest number that `count` and `number_observed` may have. */
#define COUNT_MAX 999999999
/* Octets of a pattern; a line of rules has fewer than its indicators need. */
#define PATTERN_LIMIT ((size_t)16 << 20)
/* Octets of the name of an indicator that are its title. */
#define TITLE_MAX         128
#define IDS_PER_INDICATOR 3

/* The identity of this program, which created the extension. */
#define PROGRAM "identity--0d0f3cf4-6b0e-4d3c-8a34-7b5a1c7d2e11"
/* The time of the objects that are the same in each bundle. */
#define EPOCH "2026-11-28T00:00:00.000Z"

struct stix {
	struct report_out out;
	struct stix_observables observables;
	struct writer text; /* A name or a pattern. */
	const struct report_incident *incident;
	struct stix_refs sensors; /* The identities of the sensors. */
	struct stix_refs seen;    /* The objects of an observed-data object. */
	struct stix_refs listed;  /* The objects of the incident's report. */
};

/* Makes the id of an object of an incident. */
static void make_ref(struct stix *stix, struct stix_ref *ref, const char *type,
                     const struct report_text *part, const struct report_text *id)
{
	struct writer *name = &stix->text;
	ref->type = type;
	writer_restart(name);
	writer_string(name, type);
	writer_char(name, '\n');
	writer_put(name, id->text, id->size);
	writer_char(name, '\n');
	writer_put(name, part->text, part->size);
	stix->observables.no_memory |=
	        name->failed ||
	        !uuid_of_name(&ref->uuid, &UUID_NSMX, name->start, writer_size(name));
}

/* STIX demands exactly three digits of a second for `created` and `modified`. */
static void put_milliseconds(struct json *json, const char *key, int64_t time_ns)
{
	char text[TEXT_TIME_MAX];
	int64_t rest = ((time_ns % NS_PER_MS) + NS_PER_MS) % NS_PER_MS;
	int64_t floor_ns = time_ns >= INT64_MIN + NS_PER_MS ? time_ns - rest : time_ns;
	(void)text_time(text, floor_ns);
	size_t size = sizeof("2020-05-31T00:05:12.345") - 1;
	text[size] = 'Z';
	json_put_bytes(json, key, text, size + 1);
}

static void begin_object(struct stix *stix, const struct stix_ref *ref)
{
	struct json *json = &stix->out.json;
	const struct report_incident *incident = stix->incident;
	json_put_object(json, NULL);
	json_put_string(json, "type", ref->type);
	json_put_string(json, "spec_version", "2.1");
	stix_ref_put(json, "id", ref);
	json_put_string(json, "created_by_ref", PROGRAM);
	put_milliseconds(json, "created", incident->first_ns);
	put_milliseconds(json, "modified", MAX(incident->first_ns, incident->last_ns));
}

static void end_object(struct stix *stix)
{
	json_end_object(&stix->out.json);
	report_out_flush(&stix->out);
}

/* An object that is the same in each bundle. */
static void begin_constant(struct json *json, const char *type)
{
	json_put_object(json, NULL);
	json_put_string(json, "type", type);
	json_put_string(json, "spec_version", "2.1");
	json_put_string(json, "created", EPOCH);
	json_put_string(json, "modified", EPOCH);
}

static void put_program(struct stix *stix)
{
	struct json *json = &stix->out.json;
	begin_constant(json, "identity");
	json_put_string(json, "id", PROGRAM);
	json_put_string(json, "name", "nsmx");
	json_put_string(json, "identity_class", "system");
	json_put_string(json, "description", "A passive sensor for DNS and SMTP");
	end_object(stix);
}

static void put_extension(struct stix *stix)
{
	struct json *json = &stix->out.json;
	begin_constant(json, "extension-definition");
	json_put_string(json, "id", EXCHANGE_STIX_EXTENSION);
	json_put_string(json, "created_by_ref", PROGRAM);
	json_put_string(json, "name", "nsmx rule");
	json_put_string(json, "description",
	                "Those parts of a rule of nsmx that a STIX pattern cannot express");
	json_put_string(json, "schema",
	                "An object with the members what (the kind of observation: ns, mx, cname, "
	                "name, ip, resolver, server, banner, helo, sni, from, rcpt or any), "
	                "indicators (names, networks or mailboxes as in nsmx.rules(5)), servers "
	                "(networks, as server=), severity (low, medium, high or critical), and "
	                "since and until (times) if the rule has a period.");
	json_put_string(json, "version", "1.0.0");
	json_put_array(json, "extension_types");
	json_put_string(json, NULL, "property-extension");
	json_end_array(json);
	end_object(stix);
}

static void put_sensor(struct stix *stix, const struct report_text *sensor)
{
	static const struct report_text NONE = { .text = "" };
	struct json *json = &stix->out.json;
	struct stix_ref ref;
	make_ref(stix, &ref, "identity", &NONE, sensor);
	begin_constant(json, ref.type);
	stix_ref_put(json, "id", &ref);
	json_put_string(json, "created_by_ref", PROGRAM);
	report_put_text(json, "name", sensor);
	json_put_string(json, "identity_class", "system");
	end_object(stix);
	stix_refs_add(&stix->observables, &stix->sensors, &ref);
}

static void put_labels(struct json *json, const char *tags)
{
	json_put_array(json, "labels");
	for (const char *tag = tags != NULL ? tags : ""; *tag != '\0';) {
		size_t size = strcspn(tag, ",");
		if (size > 0) {
			json_put_bytes(json, NULL, tag, size);
		}
		tag += size + (tag[size] == ',');
	}
	json_end_array(json);
}

/* A rule has a URL or any other text as its reference. */
static void put_references(struct json *json, const char *ref)
{
	if (ref == NULL || strstr(ref, "://") == NULL || strpbrk(ref, " \t<>\"{}|\\^`") != NULL) {
		return;
	}
	json_put_array(json, "external_references");
	json_put_object(json, NULL);
	json_put_string(json, "source_name", "reference of the rule");
	json_put_string(json, "url", ref);
	json_end_object(json);
	json_end_array(json);
}

static void put_networks(struct json *json, const char *key, const struct network *networks,
                         size_t count)
{
	char text[NETWORK_TEXT_SIZE];
	json_put_array(json, key);
	for (size_t i = 0; i < count; i++) {
		network_text(&networks[i], text);
		json_put_string(json, NULL, text);
	}
	json_end_array(json);
}

/* What the importer needs to make the same rule. */
static void put_rule(struct json *json, const struct report_indicator *indicator)
{
	char text[INDICATOR_TEXT_SIZE];
	const struct language_keys *keys = indicator->keys;
	json_put_object(json, "extensions");
	json_put_object(json, EXCHANGE_STIX_EXTENSION);
	json_put_string(json, "extension_type", "property-extension");
	json_put_string(json, "what", observation_kind_text(indicator->kind));
	json_put_array(json, "indicators");
	for (size_t i = 0; i < indicator->count; i++) {
		json_put_bytes(json, NULL, text, indicator_text(&indicator->items[i], text));
	}
	json_end_array(json);
	if (keys != NULL) {
		put_networks(json, "servers", keys->servers, keys->servers_count);
	}
	json_put_string(json, "severity", KEYWORD_SEVERITIES[indicator->severity]);
	if (keys != NULL && keys->since_ns != INT64_MIN) {
		json_put_time(json, "since", keys->since_ns);
	}
	if (keys != NULL && keys->until_ns != INT64_MAX) {
		json_put_time(json, "until", keys->until_ns);
	}
	json_end_object(json);
	json_end_object(json);
}

static void put_period(struct json *json, const struct report_indicator *indicator)
{
	const struct language_keys *keys = indicator->keys;
	int64_t from_ns = indicator->first_ns;
	if (keys != NULL && keys->since_ns != INT64_MIN) {
		from_ns = keys->since_ns;
	}
	json_put_time(json, "valid_from", from_ns);
	if (keys != NULL && keys->until_ns != INT64_MAX && keys->until_ns > from_ns) {
		json_put_time(json, "valid_until", keys->until_ns);
	}
}

/* The text that identifies an indicator in its incident: its kind and its rule or value. */
static void put_title(struct json *json, const struct report_indicator *indicator)
{
	char memory[TITLE_MAX + INDICATOR_TEXT_SIZE];
	char text[INDICATOR_TEXT_SIZE];
	struct writer title;
	writer_init(&title, memory, sizeof(memory));
	writer_string(&title, indicator->kind == KIND_ANY ? "indicator"
	                                                  : observation_kind_noun(indicator->kind));
	writer_char(&title, ' ');
	writer_put(&title, text, indicator_text(&indicator->items[0], text));
	if (indicator->count > 1) {
		writer_literal(&title, " and ");
		writer_number(&title, indicator->count - 1);
		writer_literal(&title, " more");
	}
	json_put_bytes(json, "name", memory, writer_size(&title));
}

static void put_indicator(struct stix *stix, const struct report_indicator *indicator,
                          const struct stix_ref *ref)
{
	struct json *json = &stix->out.json;
	const struct language_keys *keys = indicator->keys;
	begin_object(stix, ref);
	put_title(json, indicator);
	if (keys != NULL) {
		json_put_optional(json, "description", keys->text[KEY_NOTE]);
	}
	json_put_array(json, "indicator_types");
	json_put_string(json, NULL, "malicious-activity");
	json_end_array(json);
	writer_restart(&stix->text);
	stix_text_pattern(&stix->text, indicator);
	stix->observables.no_memory |= stix->text.failed;
	json_put_bytes(json, "pattern", stix->text.start, writer_size(&stix->text));
	json_put_string(json, "pattern_type", "stix");
	json_put_string(json, "pattern_version", "2.1");
	put_period(json, indicator);
	if (keys != NULL && keys->confidence >= 0) {
		json_put_number(json, "confidence", (uint64_t)keys->confidence);
	}
	if (keys != NULL) {
		put_labels(json, keys->text[KEY_TAGS]);
		put_references(json, keys->text[KEY_REF]);
	}
	put_rule(json, indicator);
	end_object(stix);
	stix_refs_add(&stix->observables, &stix->listed, ref);
}

/* Writes observed data of the objects in `seen`. Returns false if there is none. */
static bool put_observed(struct stix *stix, const struct stix_ref *ref, int64_t first_ns,
                         int64_t last_ns, uint64_t count)
{
	struct json *json = &stix->out.json;
	if (stix->seen.count == 0) {
		return false;
	}
	begin_object(stix, ref);
	json_put_time(json, "first_observed", first_ns);
	json_put_time(json, "last_observed", MAX(first_ns, last_ns));
	json_put_number(json, "number_observed", MAX(MIN(count, COUNT_MAX), 1));
	stix_refs_put(&stix->out, "object_refs", &stix->seen);
	end_object(stix);
	stix_refs_add(&stix->observables, &stix->listed, ref);
	stix_refs_clear(&stix->seen);
	return true;
}

static bool is_mail(const struct report_hit *hit)
{
	return hit->protocol.text != NULL && strcmp(hit->protocol.text, "dns") != 0;
}

static void observe_hits(struct stix *stix, const struct report_indicator *indicator)
{
	struct stix_ref ref;
	for (size_t i = 0; i < indicator->hit_count && i < TRAFFIC_MAX; i++) {
		const struct report_hit *hit = indicator->hits[i];
		const struct stix_traffic traffic = {
			.client = &hit->client,
			.server = &hit->server,
			.client_port = hit->client_port,
			.server_port = hit->server_port,
			.mail = is_mail(hit),
			.start_ns = hit->time_ns,
		};
		(void)stix_observe_value(&stix->observables, &stix->seen, &hit->value, &ref);
		(void)stix_observe_value(&stix->observables, &stix->seen, &hit->owner, &ref);
		stix_observe_traffic(&stix->observables, &stix->seen, &traffic);
	}
}

static void put_sighting(struct stix *stix, const struct report_indicator *indicator,
                         const struct stix_ref *of, const struct stix_ref *ref,
                         const struct stix_ref *data)
{
	struct json *json = &stix->out.json;
	begin_object(stix, ref);
	json_put_time(json, "first_seen", indicator->first_ns);
	json_put_time(json, "last_seen", MAX(indicator->first_ns, indicator->last_ns));
	if (indicator->sightings > 0) {
		json_put_number(json, "count", MIN(indicator->sightings, COUNT_MAX));
	}
	stix_ref_put(json, "sighting_of_ref", of);
	if (data != NULL) {
		json_put_array(json, "observed_data_refs");
		stix_ref_put(json, NULL, data);
		json_end_array(json);
	}
	stix_refs_put(&stix->out, "where_sighted_refs", &stix->sensors);
	end_object(stix);
	stix_refs_add(&stix->observables, &stix->listed, ref);
}

/* The kind and all indicators identify a rule in its incident, and its id; a value, what was
 * observed. */
static void make_refs(struct stix *stix, const struct report_indicator *indicator,
                      struct stix_ref refs[IDS_PER_INDICATOR])
{
	static const char *const TYPES[] = { "indicator", "observed-data", "sighting" };
	char text[INDICATOR_TEXT_SIZE];
	struct writer name;
	writer_init_growing(&name, PATTERN_LIMIT);
	writer_string(&name, observation_kind_text(indicator->kind));
	for (size_t i = 0; i < indicator->count; i++) {
		writer_char(&name, ' ');
		writer_put(&name, text, indicator_text(&indicator->items[i], text));
	}
	if (indicator->hit_count > 0) {
		const struct report_hit *hit = indicator->hits[0];
		const struct report_text *id = indicator->keys != NULL ? &hit->rule_id : &hit->kind;
		writer_char(&name, '\n');
		writer_put(&name, id->text, id->size);
	}
	const struct report_text part = { .text = name.start, .size = writer_size(&name) };
	stix->observables.no_memory |= name.failed;
	for (size_t i = 0; i < IDS_PER_INDICATOR; i++) {
		make_ref(stix, &refs[i], TYPES[i], &part, &stix->incident->id);
	}
	writer_free(&name);
}

static void take_indicator(void *ctx, const struct report_indicator *indicator)
{
	struct stix *stix = ctx;
	struct stix_ref refs[IDS_PER_INDICATOR];
	make_refs(stix, indicator, refs);
	if (!stix_observables_claim(&stix->observables, &refs[0])) {
		return;
	}
	observe_hits(stix, indicator);
	put_indicator(stix, indicator, &refs[0]);
	bool seen = put_observed(stix, &refs[1], indicator->first_ns, indicator->last_ns,
	                         indicator->sightings);
	put_sighting(stix, indicator, &refs[0], &refs[2], seen ? &refs[1] : NULL);
}

static void put_mail(struct stix *stix, const struct report_mail *mail, size_t number)
{
	char memory[TEXT_TIME_MAX + TEXT_NUMBER_MAX];
	struct writer name;
	struct stix_ref ref;
	const struct stix_traffic traffic = { .client = &mail->client,
		                              .server = &mail->server,
		                              .mail = true,
		                              .start_ns = mail->time_ns };
	writer_init(&name, memory, sizeof(memory));
	writer_time(&name, mail->time_ns);
	writer_number(&name, number);
	const struct report_text part = { .text = memory, .size = writer_size(&name) };
	make_ref(stix, &ref, "observed-data", &part, &stix->incident->id);
	stix_observe_mail(&stix->observables, &stix->seen, mail, &UUID_NSMX);
	stix_observe_traffic(&stix->observables, &stix->seen, &traffic);
	(void)put_observed(stix, &ref, mail->time_ns, mail->time_ns, 1);
}

/* The name of a report: of the hijacked owner, or of the rule. */
static void put_report_name(struct stix *stix)
{
	const struct report_incident *incident = stix->incident;
	bool owner = report_text_is_set(&incident->owner);
	struct writer *name = &stix->text;
	writer_restart(name);
	writer_either(name, owner, "Hijack of ", "Hits of rule ");
	if (owner) {
		writer_put(name, incident->owner.text, incident->owner.size);
	} else if (incident->rules.count > 0) {
		writer_put(name, incident->rules.items[0].text, incident->rules.items[0].size);
	}
	json_put_bytes(&stix->out.json, "name", name->start, writer_size(name));
}

static void put_report(struct stix *stix)
{
	static const struct report_text NONE = { .text = "" };
	struct json *json = &stix->out.json;
	const struct report_incident *incident = stix->incident;
	struct stix_ref ref;
	if (stix->listed.count == 0) {
		return;
	}
	make_ref(stix, &ref, "report", &NONE, &incident->id);
	begin_object(stix, &ref);
	put_report_name(stix);
	json_put_array(json, "report_types");
	json_put_string(json, NULL, "indicator");
	json_put_string(json, NULL, "observed-data");
	json_end_array(json);
	json_put_time(json, "published", MAX(incident->first_ns, incident->last_ns));
	stix_refs_put(&stix->out, "object_refs", &stix->listed);
	end_object(stix);
	stix_refs_clear(&stix->listed);
}

static void put_incident(struct stix *stix)
{
	const struct report_incident *incident = stix->incident;
	stix->observables.no_memory |= !report_indicators(incident, take_indicator, stix);
	for (size_t i = 0; i < incident->mail_count; i++) {
		put_mail(stix, &incident->mails[i], i);
	}
	put_report(stix);
}

static void put_bundle_id(struct stix *stix, const struct report *report)
{
	static const struct report_text NONE = { .text = "" };
	struct stix_ref ref;
	struct writer ids;
	writer_init_growing(&ids, PATTERN_LIMIT);
	for (size_t i = 0; i < report->incident_count; i++) {
		writer_put(&ids, report->incidents[i].id.text, report->incidents[i].id.size);
		writer_char(&ids, ' ');
	}
	const struct report_text part = { .text = ids.start, .size = writer_size(&ids) };
	make_ref(stix, &ref, "bundle", &NONE, &part);
	stix_ref_put(&stix->out.json, "id", &ref);
	writer_free(&ids);
}

static void put_bundle(struct stix *stix, const struct report *report)
{
	struct json *json = &stix->out.json;
	json_put_object(json, NULL);
	json_put_string(json, "type", "bundle");
	put_bundle_id(stix, report);
	json_put_array(json, "objects");
	put_program(stix);
	put_extension(stix);
	for (size_t i = 0; i < report->sensors.count; i++) {
		put_sensor(stix, &report->sensors.items[i]);
	}
	for (size_t i = 0; i < report->incident_count; i++) {
		stix->incident = &report->incidents[i];
		put_incident(stix);
	}
	json_end_array(json);
	json_end_object(json);
	report_out_line(&stix->out);
}

bool report_write_stix(const struct report *report, FILE *file)
{
	struct stix stix = { .incident = NULL };
	report_out_begin(&stix.out, file);
	stix_observables_init(&stix.observables, &stix.out);
	writer_init_growing(&stix.text, PATTERN_LIMIT);
	put_bundle(&stix, report);
	bool no_memory = stix.observables.no_memory;
	stix_refs_free(&stix.sensors);
	stix_refs_free(&stix.seen);
	stix_refs_free(&stix.listed);
	stix_observables_free(&stix.observables);
	writer_free(&stix.text);
	bool good = report_out_end(&stix.out);
	if (good && no_memory) {
		errno = ENOMEM;
	}
	return good && !no_memory;
}
