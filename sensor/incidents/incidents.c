/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/incidents/incidents.h"

#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "base/log.h"
#include "base/secret_hash.h"
#include "sensor/incidents/incident.h"
#include "sensor/incidents/incident_event.h"

#define BUCKETS 16384

struct incidents {
	struct incidents_config config;
	struct incident_writer *writer;
	struct incident_memory memory;
	int64_t now_ns;     /* it never goes back */
	int64_t scanned_ns; /* when all incidents were looked at */
	unsigned count;
	TAILQ_HEAD(incidents_head, incident) by_age;
	struct incident *buckets[BUCKETS];
};

struct incidents *incidents_new(const struct incidents_config *config)
{
	struct incidents *incidents = calloc(1, sizeof(*incidents));
	if (incidents == NULL) {
		return NULL;
	}
	incidents->config = *config;
	incidents->memory.limit = INCIDENTS_MEMORY;
	TAILQ_INIT(&incidents->by_age);
	incidents->writer = incident_writer_new(config->sensor);
	if (incidents->writer == NULL) {
		free(incidents);
		return NULL;
	}
	return incidents;
}

static struct incident **bucket_of(struct incidents *incidents, const uint8_t *id)
{
	return &incidents->buckets[secret_hash(id, INCIDENT_ID_SIZE) % BUCKETS];
}

static struct incident *find(struct incidents *incidents, const uint8_t *id)
{
	struct incident *incident = *bucket_of(incidents, id);
	while (incident != NULL && memcmp(incident->id, id, INCIDENT_ID_SIZE) != 0) {
		incident = incident->next;
	}
	return incident;
}

static void report(struct incidents *incidents, struct incident *incident,
                   enum incident_state state)
{
	const struct record *record = incident_write(incidents->writer, incident, state);
	incident->reported_ns = incidents->now_ns;
	incident->reported = true;
	incident->grown = false;
	if (record != NULL) {
		incidents->config.emit(incidents->config.ctx, record);
	} else {
		counter_add(&incidents->config.counters->events_dropped, 1);
	}
}

static void free_lists(struct incidents *incidents, struct incident *incident)
{
	struct incident_memory *memory = &incidents->memory;
	incident_words_free(memory, &incident->expected);
	incident_words_free(memory, &incident->seen);
	incident_words_free(memory, &incident->reasons);
	incident_words_free(memory, &incident->rules);
	incident_list_free(memory, &incident->resolvers, sizeof(struct incident_resolver));
	incident_mails_free(memory, &incident->mails);
	incident_clients_free(memory, &incident->clients);
}

static void close_incident(struct incidents *incidents, struct incident *incident)
{
	struct incident **link = bucket_of(incidents, incident->id);
	report(incidents, incident, INCIDENT_CLOSED);
	while (*link != incident) {
		link = &(*link)->next;
	}
	*link = incident->next;
	TAILQ_REMOVE(&incidents->by_age, incident, by_age);
	incidents->count--;
	free_lists(incidents, incident);
	incident_word_free(&incidents->memory, &incident->owner);
	incident_word_free(&incidents->memory, &incident->network);
	free(incident);
}

static bool is_over(const struct incidents *incidents, const struct incident *incident)
{
	return incidents->now_ns - incident->noted_ns >= INCIDENTS_SILENCE_NS;
}

static bool is_due(const struct incidents *incidents, const struct incident *incident)
{
	return incident->grown && incidents->now_ns - incident->reported_ns >= INCIDENTS_UPDATE_NS;
}

/* Looks at all incidents, at most once a second. */
static void report_due(struct incidents *incidents)
{
	struct incident *incident;
	while ((incident = TAILQ_FIRST(&incidents->by_age)) != NULL &&
	       is_over(incidents, incident)) {
		close_incident(incidents, incident);
	}
	if (incidents->now_ns - incidents->scanned_ns < NS_PER_S) {
		return;
	}
	incidents->scanned_ns = incidents->now_ns;
	TAILQ_FOREACH(incident, &incidents->by_age, by_age)
	{
		if (is_due(incidents, incident)) {
			report(incidents, incident, INCIDENT_UPDATE);
		}
	}
}

void incidents_tick(struct incidents *incidents, int64_t now_ns)
{
	incidents->now_ns = MAX(incidents->now_ns, now_ns);
	report_due(incidents);
}

static void set_first(struct incidents *incidents, struct incident_word *word,
                      const struct incident_note *note, enum incident_role role)
{
	const struct incident_text *text = incident_note_find(note, role);
	if (text != NULL) {
		incident_word_set(&incidents->memory, word, text->text, text->size);
	}
}

static struct incident *open_incident(struct incidents *incidents, const struct incident_note *note)
{
	if (incidents->count == INCIDENTS_MAX) {
		counter_add(&incidents->config.counters->incidents_evicted, 1);
		close_incident(incidents, TAILQ_FIRST(&incidents->by_age));
	}
	struct incident *incident = calloc(1, sizeof(*incident));
	if (incident == NULL) {
		return NULL;
	}
	struct incident **bucket = bucket_of(incidents, note->head.id);
	memcpy(incident->id, note->head.id, INCIDENT_ID_SIZE);
	set_first(incidents, &incident->owner, note, INCIDENT_OWNER);
	set_first(incidents, &incident->network, note, INCIDENT_NETWORK);
	incident->first_ns = incident->last_ns = note->head.time_ns;
	incident->next = *bucket;
	*bucket = incident;
	TAILQ_INSERT_TAIL(&incidents->by_age, incident, by_age);
	incidents->count++;
	counter_add(&incidents->config.counters->incidents, 1);
	return incident;
}

static void add_word(struct incidents *incidents, struct incident *incident,
                     const struct incident_text *text)
{
	struct incident_list *const lists[INCIDENT_ROLES] = {
		[INCIDENT_RULE] = &incident->rules,
		[INCIDENT_SEEN] = &incident->seen,
		[INCIDENT_EXPECTED] = &incident->expected,
		[INCIDENT_REASON] = &incident->reasons,
	};
	if (lists[text->role] != NULL) {
		incident_words_add(&incidents->memory, lists[text->role], INCIDENT_WORDS_MAX,
		                   text->text, text->size);
	}
}

static void add_mail(struct incidents *incidents, struct incident *incident,
                     const struct incident_note *note)
{
	struct incident_memory *memory = &incidents->memory;
	struct incident_mail *mail = incident_mails_add(memory, &incident->mails, note->head.mail);
	if (mail == NULL) {
		return;
	}
	if (mail->time_ns == 0 || note->head.time_ns < mail->time_ns) {
		mail->time_ns = note->head.time_ns;
	}
	mail->accepted |= note->head.accepted;
	mail->content |= note->head.content;
	mail->tls |= note->head.tls;
	for (size_t i = 0; i < note->count; i++) {
		const struct incident_text *text = &note->texts[i];
		if (text->role == INCIDENT_FROM) {
			incident_word_set(memory, &mail->from, text->text, text->size);
		} else if (text->role == INCIDENT_RCPT) {
			incident_words_add(memory, &mail->rcpts, INCIDENT_RCPTS_MAX, text->text,
			                   text->size);
		}
	}
}

static void add_cache(struct incidents *incidents, struct incident *incident,
                      const struct incident_head *head)
{
	const struct incident_resolver resolver = { head->resolver, head->cached_until_ns };
	if (head->cached_until_ns > 0) {
		incident_resolvers_add(&incidents->memory, &incident->resolvers, &resolver);
		incident->cached_until_ns = MAX(incident->cached_until_ns, head->cached_until_ns);
	}
}

static void add(struct incidents *incidents, struct incident *incident,
                const struct incident_note *note)
{
	const struct incident_head *head = &note->head;
	incident->severity = MAX(incident->severity, head->severity);
	incident->first_ns = MIN(incident->first_ns, head->time_ns);
	incident->last_ns = MAX(incident->last_ns, head->time_ns);
	incident->hits += head->hit;
	incident->mail_sessions += head->session;
	incident->noted_ns = incidents->now_ns;
	incident->grown = true;
	for (size_t i = 0; i < note->count; i++) {
		add_word(incidents, incident, &note->texts[i]);
	}
	incident_clients_add(&incidents->memory, &incident->clients, &head->client);
	add_cache(incidents, incident, head);
	if (head->mail != 0) {
		add_mail(incidents, incident, note);
	}
	TAILQ_REMOVE(&incidents->by_age, incident, by_age);
	TAILQ_INSERT_TAIL(&incidents->by_age, incident, by_age);
}

void incidents_take(struct incidents *incidents, const struct incident_note *note)
{
	if (note->head.unsure == 0) {
		incidents->now_ns = MAX(incidents->now_ns, note->head.date_ns);
	}
	report_due(incidents);
	struct incident *incident = find(incidents, note->head.id);
	/* What is due has only what came before. */
	if (incident != NULL && is_due(incidents, incident)) {
		report(incidents, incident, INCIDENT_UPDATE);
	}
	if (incident == NULL) {
		incident = open_incident(incidents, note);
	}
	if (incident == NULL) {
		counter_add(&incidents->config.counters->incident_hits_dropped, note->head.hit);
		return;
	}
	add(incidents, incident, note);
	if (!incident->reported) {
		report(incidents, incident, INCIDENT_OPEN);
	}
}

void incidents_log(const struct incidents *incidents)
{
	const struct incident *incident = NULL;
	unsigned logged = 0;
	TAILQ_FOREACH(incident, &incidents->by_age, by_age)
	{
		if (logged++ == INCIDENTS_LOGGED) {
			log_info("%u further incidents", incidents->count - INCIDENTS_LOGGED);
			break;
		}
		incident_log(incident);
	}
	if (incidents->memory.omitted > 0) {
		log_info("incidents have further values that are not listed, at a bound");
	}
}

void incidents_end(struct incidents *incidents)
{
	struct incident *incident;
	if (incidents == NULL) {
		return;
	}
	while ((incident = TAILQ_FIRST(&incidents->by_age)) != NULL) {
		close_incident(incidents, incident);
	}
	incident_writer_free(incidents->writer);
	free(incidents);
}
