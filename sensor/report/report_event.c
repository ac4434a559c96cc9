/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/report/report_event.h"

#include <string.h>
#include <sys/param.h>
#include <xxhash.h>

#include "base/date.h"

/* Members of an object, which may be NULL or of another type. */

static const json_t *value_at(const json_t *json, const char *object, const char *name)
{
	return json_object_get(object != NULL ? json_object_get(json, object) : json, name);
}

static struct report_text text_of(const json_t *value)
{
	return (struct report_text){ json_string_value(value), json_string_length(value) };
}

static struct report_text text_at(const json_t *json, const char *object, const char *name)
{
	return text_of(value_at(json, object, name));
}

static bool is_text(struct report_text text, const char *word)
{
	return text.size == strlen(word) && memcmp(text.text, word, text.size) == 0;
}

static uint64_t number_at(const json_t *json, const char *object, const char *name)
{
	json_int_t value = json_integer_value(value_at(json, object, name));
	return value > 0 ? (uint64_t)value : 0;
}

static unsigned small_at(const json_t *json, const char *object, const char *name, unsigned max)
{
	return (unsigned)MIN(number_at(json, object, name), (uint64_t)max);
}

static bool flag_at(const json_t *json, const char *object, const char *name)
{
	return json_is_true(value_at(json, object, name));
}

/* 0: there is none. */
static int64_t time_at(const json_t *json, const char *object, const char *name)
{
	const char *text = json_string_value(value_at(json, object, name));
	int64_t time_ns;
	return text != NULL && date_parse(text, false, &time_ns) == NULL ? time_ns : 0;
}

/* Lists */

/* Returns room for the items of an array; NULL and `*count` 0: it is not an array. */
static void *list_new(struct report_event *event, struct report_memory *memory, const json_t *array,
                      size_t size, size_t *count)
{
	size_t all = json_array_size(array);
	*count = MIN(all, (size_t)REPORT_EVENT_LIST_MAX);
	event->incident.omitted += all - *count;
	void *items = *count > 0 ? report_alloc(memory, *count * size) : NULL;
	*count = items != NULL ? *count : 0;
	return items;
}

static void read_texts(struct report_event *event, struct report_memory *memory,
                       struct report_texts *texts, const json_t *array)
{
	size_t count;
	texts->items = list_new(event, memory, array, sizeof(*texts->items), &count);
	for (size_t i = 0; i < count; i++) {
		struct report_text text = text_of(json_array_get(array, i));
		if (text.text != NULL) {
			texts->items[texts->count++] = text;
		}
	}
}

static void add_text(struct report_memory *memory, struct report_texts *texts,
                     struct report_text text)
{
	struct report_text *items =
	        text.text != NULL
	                ? report_resize(memory, texts->items, (texts->count + 1) * sizeof(*items))
	                : NULL;
	if (items != NULL) {
		texts->items = items;
		items[texts->count++] = text;
	}
}

/* Events of incidents */

static void read_resolvers(struct report_event *event, struct report_memory *memory,
                           const json_t *array)
{
	struct report_incident *incident = &event->incident;
	size_t count;
	incident->resolvers = list_new(event, memory, array, sizeof(*incident->resolvers), &count);
	for (size_t i = 0; i < count; i++) {
		const json_t *item = json_array_get(array, i);
		struct report_resolver *resolver = &incident->resolvers[incident->resolver_count];
		resolver->ip = text_at(item, NULL, "ip");
		resolver->cached_until_ns = time_at(item, NULL, "cached_until");
		incident->resolver_count += resolver->ip.text != NULL;
	}
}

static void read_rcpts(struct report_event *event, struct report_memory *memory,
                       struct report_mail *mail, const json_t *array)
{
	size_t count;
	mail->rcpts = list_new(event, memory, array, sizeof(*mail->rcpts), &count);
	for (size_t i = 0; i < count; i++) {
		const json_t *item = json_array_get(array, i);
		struct report_rcpt *rcpt = &mail->rcpts[mail->rcpt_count];
		rcpt->address =
		        json_is_object(item) ? text_at(item, NULL, "address") : text_of(item);
		rcpt->reply_code = small_at(item, NULL, "reply_code", 999);
		rcpt->accepted = flag_at(item, NULL, "accepted");
		mail->accepted |= rcpt->accepted;
		mail->rcpt_count += rcpt->address.text != NULL;
	}
}

static void read_mails(struct report_event *event, struct report_memory *memory,
                       const json_t *array)
{
	struct report_incident *incident = &event->incident;
	incident->mails =
	        list_new(event, memory, array, sizeof(*incident->mails), &incident->mail_count);
	for (size_t i = 0; i < incident->mail_count; i++) {
		const json_t *item = json_array_get(array, i);
		struct report_mail *mail = &incident->mails[i];
		mail->time_ns = time_at(item, NULL, "time");
		mail->from = text_at(item, NULL, "from");
		mail->content = flag_at(item, NULL, "content");
		mail->tls = flag_at(item, NULL, "tls");
		read_rcpts(event, memory, mail, json_object_get(item, "rcpt"));
		mail->accepted = flag_at(item, NULL, "accepted");
		if (mail->rcpt_count == 1) {
			mail->rcpts[0].accepted = mail->accepted;
		}
	}
}

static void read_incident(struct report_event *event, struct report_memory *memory,
                          const json_t *json)
{
	struct report_incident *incident = &event->incident;
	event->kind = REPORT_EVENT_INCIDENT;
	incident->owner = text_at(json, NULL, "owner");
	incident->network = text_at(json, NULL, "network");
	incident->state = text_at(json, NULL, "state");
	incident->severity = small_at(json, NULL, "severity", 99);
	incident->first_ns = time_at(json, NULL, "first");
	incident->last_ns = time_at(json, NULL, "last");
	incident->cached_until_ns = time_at(json, NULL, "cached_until");
	read_texts(event, memory, &incident->expected, json_object_get(json, "expected"));
	read_texts(event, memory, &incident->seen, json_object_get(json, "seen"));
	read_texts(event, memory, &incident->reasons, json_object_get(json, "reasons"));
	read_texts(event, memory, &incident->clients, json_object_get(json, "clients"));
	read_texts(event, memory, &incident->rules, json_object_get(json, "rules"));
	read_resolvers(event, memory, json_object_get(json, "resolvers"));
	read_mails(event, memory, json_object_get(json, "mails"));
	incident->clients_count = number_at(json, NULL, "clients_count");
	incident->mail_sessions = number_at(json, NULL, "mail_sessions");
	incident->hit_count = number_at(json, NULL, "hits");
}

/* Hits */

static void read_hit(struct report_hit *hit, const json_t *json)
{
	const json_t *matched = value_at(json_array_get(value_at(json, "threat", "enrichments"), 0),
	                                 NULL, "matched");
	hit->event_id = text_at(json, "event", "id");
	hit->action = text_at(json, "event", "action");
	hit->reason = text_at(json, "event", "reason");
	hit->severity = small_at(json, "event", "severity", 99);
	hit->rule_id = text_at(json, "rule", "id");
	hit->rule_text = text_at(json, "rule", "name");
	hit->feed = text_at(json, "rule", "ruleset");
	hit->kind = text_at(json, "nsmx", "what");
	hit->owner = text_at(json, "nsmx", "owner");
	hit->imitates = text_at(json, "nsmx", "imitates");
	hit->evidence = text_at(json, "nsmx", "evidence");
	hit->cached_until_ns = time_at(json, "nsmx", "cached_until");
	hit->count = MAX(number_at(json, "nsmx", "count"), (uint64_t)1);
	hit->value = text_at(matched, NULL, "atomic");
	hit->field = text_at(matched, NULL, "field");
	hit->question = text_at(value_at(json, "dns", "question"), NULL, "name");
	hit->protocol = text_at(json, "network", "protocol");
	hit->community_id = text_at(json, "network", "community_id");
	hit->client = text_at(json, "client", "ip");
	hit->server = text_at(json, "server", "ip");
	hit->client_port = (uint16_t)small_at(json, "client", "port", UINT16_MAX);
	hit->server_port = (uint16_t)small_at(json, "server", "port", UINT16_MAX);
}

/* Whether the data of a record has the value as one of its words: the exchange of an MX record, the
 * primary server of a SOA record. */
static bool has_word(struct report_text data, struct report_text value)
{
	for (size_t at = 0; at < data.size;) {
		const char *blank = memchr(data.text + at, ' ', data.size - at);
		size_t end = blank != NULL ? (size_t)(blank - data.text) : data.size;
		if (end - at == value.size && memcmp(data.text + at, value.text, value.size) == 0) {
			return true;
		}
		at = end + 1;
	}
	return false;
}

static bool is_equal(struct report_text a, struct report_text b)
{
	return a.size == b.size && a.size > 0 && memcmp(a.text, b.text, a.size) == 0;
}

/* Finds the type and the TTL of the record with the value. */
static void find_record(struct report_hit *hit, const json_t *records)
{
	for (size_t i = 0; i < json_array_size(records); i++) {
		const json_t *record = json_array_get(records, i);
		struct report_text data = text_at(record, NULL, "data");
		if (is_equal(text_at(record, NULL, "name"), hit->owner) &&
		    (is_equal(data, hit->value) ||
		     (hit->value.size > 0 && has_word(data, hit->value)))) {
			hit->type = text_at(record, NULL, "type");
			hit->has_ttl = json_is_integer(json_object_get(record, "ttl"));
			hit->ttl = small_at(record, NULL, "ttl", UINT32_MAX);
			return;
		}
	}
}

static void read_record(struct report_hit *hit, const json_t *json)
{
	static const struct {
		const char *section, *member;
	} sections[] = { { "answer", "answers" },
		         { "authority", "authorities" },
		         { "additional", "additionals" } };
	/* A row of a history has no section. */
	struct report_text section = text_at(json, "nsmx", "section");
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		if (section.text == NULL || is_text(section, sections[i].section)) {
			find_record(hit, value_at(json, "dns", sections[i].member));
		}
	}
}

static void read_answer(struct report_event *event, struct report_memory *memory,
                        const struct report_hit *hit)
{
	struct report_incident *incident = &event->incident;
	incident->answers = hit->type.text != NULL && hit->owner.text != NULL
	                            ? report_alloc(memory, sizeof(*incident->answers))
	                            : NULL;
	if (incident->answers != NULL) {
		incident->answer_count = 1;
		incident->answers[0] =
		        (struct report_answer){ .kind = REPORT_ROGUE,
			                        .owner = hit->owner,
			                        .type = hit->type,
			                        .value = hit->value,
			                        .first_ns = incident->first_ns,
			                        .last_ns = incident->last_ns,
			                        .cached_until_ns = hit->cached_until_ns,
			                        .count = hit->count,
			                        .rule = XXH3_64bits(hit->rule_id.text,
			                                            hit->rule_id.size) };
	}
}

static bool has_flag(const json_t *json, const char *flag)
{
	const json_t *flags = value_at(json, "dns", "header_flags");
	for (size_t i = 0; i < json_array_size(flags); i++) {
		if (is_text(text_of(json_array_get(flags, i)), flag)) {
			return true;
		}
	}
	return false;
}

/* The resolver that has the record in its cache: the one that answered, or the one that was
 * answered by an authoritative server. */
static void read_cache(struct report_event *event, struct report_memory *memory, const json_t *json,
                       const struct report_hit *hit)
{
	struct report_incident *incident = &event->incident;
	struct report_text ip = has_flag(json, "RA") ? hit->server : hit->client;
	incident->cached_until_ns = hit->cached_until_ns;
	incident->resolvers = hit->cached_until_ns != 0 && ip.text != NULL
	                              ? report_alloc(memory, sizeof(*incident->resolvers))
	                              : NULL;
	if (incident->resolvers != NULL) {
		incident->resolver_count = 1;
		incident->resolvers[0] =
		        (struct report_resolver){ .ip = ip,
			                          .first_ns = incident->first_ns,
			                          .cached_until_ns = hit->cached_until_ns };
	}
}

static bool is_end(const json_t *json)
{
	return is_text(text_of(json_array_get(value_at(json, "event", "type"), 1)), "end");
}

/* Not 0. */
static uint64_t connection_of(const struct report_hit *hit)
{
	const uint64_t parts[] = { XXH3_64bits(hit->client.text, hit->client.size),
		                   XXH3_64bits(hit->server.text, hit->server.size),
		                   (uint64_t)hit->client_port << 16 | hit->server_port };
	return XXH3_64bits(parts, sizeof(parts)) | 1;
}

static void read_session(struct report_mail *mail, const json_t *json, const struct report_hit *hit)
{
	mail->connection = connection_of(hit);
	mail->client = hit->client;
	mail->server = hit->server;
	mail->helo = text_at(json, "smtp", "helo");
	mail->from = text_at(json, "smtp", "mail_from");
	mail->tls = flag_at(json, "smtp", "starttls");
	mail->content = flag_at(json, "nsmx", "content");
}

/* A history has no connections; times are whole seconds. */
static void read_row(struct report_mail *mail, const json_t *json)
{
	mail->client = text_at(json, NULL, "client");
	mail->server = text_at(json, NULL, "server");
	mail->from = text_at(json, NULL, "from");
	mail->accepted = flag_at(json, NULL, "accepted");
	mail->content = flag_at(json, NULL, "content");
	mail->tls = flag_at(json, NULL, "tls");
	const uint64_t parts[] = { XXH3_64bits(mail->client.text, mail->client.size),
		                   XXH3_64bits(mail->server.text, mail->server.size),
		                   XXH3_64bits(mail->from.text, mail->from.size),
		                   (uint64_t)mail->time_ns };
	mail->connection = XXH3_64bits(parts, sizeof(parts)) | 1;
}

static void read_mail(struct report_event *event, struct report_memory *memory, const json_t *json,
                      const struct report_hit *hit)
{
	struct report_incident *incident = &event->incident;
	bool intercepted = is_text(hit->action, "mail-intercepted");
	if (!intercepted && !is_text(hit->kind, "rcpt") && !is_text(hit->kind, "from")) {
		return;
	}
	incident->mails = report_alloc(memory, sizeof(*incident->mails));
	if (incident->mails == NULL) {
		return;
	}
	struct report_mail *mail = incident->mails;
	incident->mail_count = 1;
	mail->time_ns = incident->first_ns;
	read_session(mail, json, hit);
	read_rcpts(event, memory, mail, value_at(json, "smtp", "rcpt_to"));
	if (intercepted && is_end(json)) {
		mail->event_id = hit->event_id;
		mail->subject = text_at(json, "email", "subject");
		mail->message_id = text_at(json, "email", "message_id");
		mail->evidence = hit->evidence;
	}
}

/* The mails of a row of a history, each with one recipient. */
static void read_mail_rows(struct report_event *event, struct report_memory *memory,
                           const json_t *array)
{
	struct report_incident *incident = &event->incident;
	size_t count;
	incident->mails = list_new(event, memory, array, sizeof(*incident->mails), &count);
	for (size_t i = 0; i < count; i++) {
		const json_t *item = json_array_get(array, i);
		struct report_mail *mail = &incident->mails[incident->mail_count];
		*mail = (struct report_mail){ .time_ns = time_at(item, NULL, "time") };
		if (mail->time_ns == 0) {
			continue; /* the mails of a domain, which are not single ones */
		}
		read_row(mail, item);
		read_rcpts(event, memory, mail, json_object_get(item, "rcpt"));
		if (mail->rcpt_count > 0) {
			mail->rcpts[0].accepted = mail->accepted;
		}
		incident->mail_count++;
	}
}

/* What was expected, and why the value is a hit. */
static void read_reasons(struct report_event *event, struct report_memory *memory,
                         const json_t *json, const struct report_hit *hit)
{
	struct report_incident *incident = &event->incident;
	const json_t *known = value_at(json, "nsmx", "known");
	read_texts(event, memory, &incident->expected, value_at(json, "nsmx", "expected"));
	for (size_t i = 0; i < MIN(json_array_size(known), (size_t)REPORT_EVENT_LIST_MAX); i++) {
		add_text(memory, &incident->expected,
		         text_at(json_array_get(known, i), NULL, "value"));
	}
	add_text(memory, &incident->expected, hit->imitates);
	add_text(memory, &incident->reasons, hit->action);
	const json_t *reasons = value_at(json, "nsmx", "reasons");
	for (size_t i = 0; i < MIN(json_array_size(reasons), (size_t)REPORT_EVENT_LIST_MAX); i++) {
		add_text(memory, &incident->reasons, text_of(json_array_get(reasons, i)));
	}
	add_text(memory, &incident->seen, hit->value);
	add_text(memory, &incident->rules, hit->rule_id);
	read_texts(event, memory, &incident->clients, value_at(json, "nsmx", "clients"));
	add_text(memory, &incident->clients, hit->client);
}

/* Whether the hit stands for a mail session, which may have several such hits. */
static bool is_session(const json_t *json, const struct report_hit *hit)
{
	return is_text(hit->action, "mail-intercepted") ||
	       (is_text(hit->kind, "server") &&
	        is_text(text_at(json, "nsmx", "connection"), "established"));
}

static void read_parts(struct report_event *event, struct report_memory *memory, const json_t *json)
{
	struct report_incident *incident = &event->incident;
	struct report_hit *hit = report_alloc(memory, sizeof(*hit));
	int64_t start_ns = time_at(json, "event", "start");
	int64_t end_ns = time_at(json, "event", "end");
	if (hit == NULL) {
		return;
	}
	event->kind = REPORT_EVENT_HIT;
	read_hit(hit, json);
	read_record(hit, json);
	hit->time_ns = event->time_ns;
	incident->hits = hit;
	incident->hits_listed = 1;
	incident->hit_count = hit->count;
	incident->severity = hit->severity;
	incident->first_ns = start_ns != 0 ? start_ns : event->time_ns;
	incident->last_ns = MAX(end_ns, event->time_ns);
	incident->network = text_at(json, "nsmx", "network");
	event->session = is_session(json, hit) ? connection_of(hit) : 0;
	read_reasons(event, memory, json, hit);
	read_answer(event, memory, hit);
	read_cache(event, memory, json, hit);
	if (is_text(hit->action, "hunt-match")) {
		read_mail_rows(event, memory, value_at(json, "nsmx", "mails"));
	} else {
		read_mail(event, memory, json, hit);
	}
	event->record_owner = hit->owner;
	event->question = hit->question;
	event->of_rule = is_text(hit->kind, "name");
	event->is_rcpt = is_text(hit->kind, "rcpt");
}

bool report_event_read(struct report_event *event, const json_t *json, struct report_memory *memory)
{
	struct report_text action = text_at(json, "event", "action");
	const json_t *incident = value_at(json, "nsmx", "incident");
	const char *time = json_string_value(json_object_get(json, "@timestamp"));
	*event = (struct report_event){ .time_ns = 0 };
	if (time == NULL || date_parse(time, false, &event->time_ns) != NULL ||
	    !is_text(text_at(json, "event", "module"), "nsmx")) {
		return false;
	}
	event->sensor = text_at(json, "observer", "name");
	event->incident.id = text_at(incident, NULL, "id");
	if (is_text(action, "incident")) {
		read_incident(event, memory, incident);
		return event->incident.id.text != NULL;
	}
	if (is_text(text_at(json, "event", "kind"), "alert") && action.text != NULL) {
		read_parts(event, memory, json);
	}
	return true;
}
