/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/incidents/incident_event.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/json.h"
#include "base/log.h"
#include "base/time_ns.h"
#include "sensor/events/event_base.h"
#include "sensor/events/event_id.h"

#define REASON_MAX 65536
/* Values in the sentence. */
#define NAMED_MAX 3
/* When the incident has this size, further values and mails are left out, so that the event fits
 * into a record. */
#define JSON_ENOUGH ((size_t)512 << 10)

struct incident_writer {
	const char *sensor;
	struct json incident; /* the members of `nsmx.incident` */
	struct json json;
	struct writer reason;
	char event_id[EVENT_ID_MAX], id[INCIDENT_ID_MAX], time[TEXT_TIME_MAX];
	struct record record;
};

static const char *const STATES[] = {
	[INCIDENT_OPEN] = "open",
	[INCIDENT_UPDATE] = "update",
	[INCIDENT_CLOSED] = "closed",
};

struct incident_writer *incident_writer_new(const char *sensor)
{
	struct incident_writer *writer = calloc(1, sizeof(*writer));
	if (writer != NULL) {
		writer->sensor = sensor;
		writer_init_growing(&writer->reason, REASON_MAX);
	}
	return writer;
}

void incident_writer_free(struct incident_writer *writer)
{
	if (writer != NULL) {
		json_free(&writer->incident);
		json_free(&writer->json);
		writer_free(&writer->reason);
		free(writer);
	}
}

static bool has_room(const struct json *json)
{
	return json_size(json) < JSON_ENOUGH;
}

static void put_words(struct json *json, const char *key, const struct incident_list *words)
{
	const struct incident_word *items = words->items;
	json_put_array(json, key);
	for (uint32_t i = 0; i < words->count && has_room(json); i++) {
		json_put_bytes(json, NULL, items[i].text, items[i].size);
	}
	json_end_array(json);
}

static void put_address(struct json *json, const char *key, const struct in6_addr *addr)
{
	struct address_text text;
	address_text_make(&text, addr);
	json_put_bytes(json, key, text.text, text.size);
}

static void put_clients(struct json *json, const struct incident_clients *clients)
{
	const struct in6_addr *items = clients->listed.items;
	json_put_number(json, "clients_count", clients->count);
	json_put_array(json, "clients");
	for (uint32_t i = 0; i < clients->listed.count; i++) {
		put_address(json, NULL, &items[i]);
	}
	json_end_array(json);
}

static void put_resolvers(struct json *json, const struct incident *incident)
{
	const struct incident_resolver *items = incident->resolvers.items;
	if (incident->cached_until_ns > 0) {
		json_put_time(json, "cached_until", incident->cached_until_ns);
	}
	json_put_array(json, "resolvers");
	for (uint32_t i = 0; i < incident->resolvers.count; i++) {
		json_put_object(json, NULL);
		put_address(json, "ip", &items[i].ip);
		json_put_time(json, "cached_until", items[i].cached_until_ns);
		json_end_object(json);
	}
	json_end_array(json);
}

static void put_mails(struct json *json, const struct incident *incident)
{
	const struct incident_mail *items = incident->mails.items;
	json_put_number(json, "mail_sessions", incident->mail_sessions);
	json_put_array(json, "mails");
	for (uint32_t i = 0; i < incident->mails.count && has_room(json); i++) {
		const struct incident_mail *mail = &items[i];
		json_put_object(json, NULL);
		json_put_time(json, "time", mail->time_ns);
		if (mail->from.text != NULL) {
			json_put_bytes(json, "from", mail->from.text, mail->from.size);
		}
		put_words(json, "rcpt", &mail->rcpts);
		json_put_bool(json, "accepted", mail->accepted);
		json_put_bool(json, "content", mail->content);
		json_put_bool(json, "tls", mail->tls);
		json_end_object(json);
	}
	json_end_array(json);
}

static void put_incident(struct incident_writer *writer, const struct incident *incident,
                         enum incident_state state)
{
	struct json *json = &writer->incident;
	json_begin(json);
	json_put_string(json, "id", writer->id);
	json_put_string(json, "state", STATES[state]);
	if (incident->owner.text != NULL) {
		json_put_bytes(json, "owner", incident->owner.text, incident->owner.size);
	}
	if (incident->network.text != NULL) {
		json_put_bytes(json, "network", incident->network.text, incident->network.size);
	}
	json_put_number(json, "severity", incident->severity);
	json_put_time(json, "first", incident->first_ns);
	json_put_time(json, "last", incident->last_ns);
	put_words(json, "expected", &incident->expected);
	put_words(json, "seen", &incident->seen);
	put_words(json, "reasons", &incident->reasons);
	put_clients(json, &incident->clients);
	put_resolvers(json, incident);
	put_mails(json, incident);
	put_words(json, "rules", &incident->rules);
	json_put_number(json, "hits", incident->hits);
}

static void put_word(struct writer *out, const struct incident_word *word)
{
	writer_put(out, word->text, word->size);
}

/* Writes the name, or the rule. */
static void put_subject(struct writer *out, const struct incident *incident)
{
	const struct incident_word *rules = incident->rules.items;
	if (incident->owner.text != NULL) {
		put_word(out, &incident->owner);
	} else if (incident->rules.count > 0) {
		writer_literal(out, "rule ");
		put_word(out, &rules[0]);
	} else {
		writer_literal(out, "a rule");
	}
	if (incident->network.text != NULL) {
		writer_literal(out, " (");
		put_word(out, &incident->network);
		writer_char(out, ')');
	}
}

static void put_count(struct writer *out, uint64_t count, const char *noun)
{
	writer_number(out, count);
	writer_char(out, ' ');
	writer_string(out, noun);
	writer_string(out, count == 1 ? "" : "s");
}

static void put_seen(struct writer *out, const struct incident *incident)
{
	const struct incident_word *items = incident->seen.items;
	uint32_t count = incident->seen.count;
	for (uint32_t i = 0; i < count && i < NAMED_MAX; i++) {
		writer_string(out, i == 0 ? "; seen: " : ", ");
		put_word(out, &items[i]);
	}
	if (count > NAMED_MAX) {
		writer_literal(out, " and ");
		writer_number(out, count - NAMED_MAX);
		writer_literal(out, " more");
	}
}

static uint64_t count_recipients(const struct incident *incident)
{
	const struct incident_mail *items = incident->mails.items;
	uint64_t count = 0;
	for (uint32_t i = 0; i < incident->mails.count; i++) {
		count += items[i].rcpts.count;
	}
	return count;
}

static void put_mail(struct writer *out, const struct incident *incident)
{
	if (incident->mails.count == 0 && incident->mail_sessions == 0) {
		return;
	}
	writer_literal(out, "; ");
	put_count(out, incident->mail_sessions, "mail session");
	writer_literal(out, ", ");
	put_count(out, incident->mails.count, "mail");
	writer_literal(out, " to ");
	put_count(out, count_recipients(incident), "recipient");
}

static void put_sentence(struct writer *out, const struct incident *incident)
{
	put_subject(out, incident);
	writer_literal(out, ": ");
	put_count(out, incident->hits, "hit");
	writer_literal(out, " from ");
	writer_time(out, incident->first_ns);
	writer_literal(out, " to ");
	writer_time(out, incident->last_ns);
	writer_literal(out, ", ");
	put_count(out, incident->clients.count, "client");
	put_seen(out, incident);
	if (incident->cached_until_ns > 0) {
		writer_literal(out, "; resolvers cache it until ");
		writer_time(out, incident->cached_until_ns);
	}
	put_mail(out, incident);
}

static void put_event(struct incident_writer *writer, const struct incident *incident,
                      enum incident_state state)
{
	static const char *const types[] = { "start", "change", "end" };
	struct writer *out = json_members(&writer->json);
	writer_literal(out, "\"event\":{\"kind\":\"alert\",\"category\":[\"intrusion_detection\","
	                    "\"network\"");
	writer_string(out, incident->mails.count > 0 ? ",\"email\"" : "");
	writer_literal(out, "],\"type\":[\"info\",\"");
	writer_string(out, types[state]);
	writer_literal(out, "\"],\"module\":\"nsmx\",\"dataset\":\"nsmx.incident\",\"id\":\"");
	writer_string(out, writer->event_id);
	writer_literal(out, "\",\"action\":\"incident\",\"severity\":");
	writer_number(out, incident->severity);
	writer_literal(out, ",\"reason\":");
	json_put_text(&writer->json, writer->reason.start, writer_size(&writer->reason));
	writer_literal(out, ",\"created\":\"");
	writer_time(out, realtime_ns() / 1000 * 1000);
	writer_literal(out, "\",\"start\":\"");
	writer_time(out, incident->first_ns);
	writer_literal(out, "\",\"end\":\"");
	writer_time(out, incident->last_ns);
	writer_literal(out, "\"}");
}

static void put_json(struct incident_writer *writer, const struct incident *incident,
                     enum incident_state state)
{
	struct json *json = &writer->json;
	json_begin(json);
	json_put_object(json, NULL);
	json_put_time(json, "@timestamp", incident->last_ns);
	json_put_object(json, "ecs");
	json_put_string(json, "version", EVENT_ECS_VERSION);
	json_end_object(json);
	put_event(writer, incident, state);
	json_put_object(json, "observer");
	event_put_observer(json, writer->sensor);
	json_end_object(json);
	json_put_object(json, "nsmx");
	json_put_object(json, "incident");
	json_put_members(json, &writer->incident);
	json_end_object(json);
	json_end_object(json);
	json_end_object(json);
}

static void make_ids(struct incident_writer *writer, const struct incident *incident)
{
	struct writer out;
	writer_init(&out, writer->id, sizeof(writer->id));
	for (size_t i = 0; i < INCIDENT_ID_SIZE; i++) {
		writer_hex8(&out, incident->id[i]);
	}
	(void)writer_text(&out);
	writer_init(&out, writer->time, sizeof(writer->time));
	writer_time(&out, incident->last_ns);
	(void)writer_text(&out);
}

static const struct record *finish(struct incident_writer *writer, const struct incident *incident)
{
	struct record *record = &writer->record;
	*record = (struct record){
		.kind = RECORD_INCIDENT,
		.severity = incident->severity,
		.id = writer->event_id,
		.id_size = EVENT_ID_MAX - 1,
		.rule = writer->id,
		.rule_size = INCIDENT_ID_MAX - 1,
		.json = json_finish(&writer->json),
		.json_size = json_size(&writer->json),
		.time = writer->time,
		.reason = writer->reason.start,
		.reason_size = writer_size(&writer->reason),
	};
	return record->json != NULL && !writer->reason.failed ? record : NULL;
}

const struct record *incident_write(struct incident_writer *writer, const struct incident *incident,
                                    enum incident_state state)
{
	make_ids(writer, incident);
	put_incident(writer, incident, state);
	event_id_text(writer->event_id,
	              XXH3_128bits(writer->incident.out.start, json_size(&writer->incident)));
	writer_restart(&writer->reason);
	writer_literal(&writer->reason, "incident ");
	writer_string(&writer->reason, STATES[state]);
	writer_literal(&writer->reason, ": ");
	put_sentence(&writer->reason, incident);
	put_json(writer, incident, state);
	return finish(writer, incident);
}

void incident_log(const struct incident *incident)
{
	struct writer out;
	writer_init_growing(&out, REASON_MAX);
	put_sentence(&out, incident);
	const char *text = writer_text(&out);
	if (text != NULL) {
		log_info("%s", text);
	}
	writer_free(&out);
}
