/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/incidents/incidents.h"

#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "base/log.h"
#include "sensor/incidents/incident.h"
#include "sensor/incidents/incident_event.h"
#include "sensor/incidents/incident_stored.h"

#define BUCKETS 16384

struct incidents {
	struct incidents_config config;
	struct incident_writer *writer;
	struct incident_memory memory;
	int64_t now_ns;     /* it never goes back */
	int64_t scanned_ns; /* when all incidents were looked at */
	unsigned count;
	bool quiet;
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
	if (incidents->writer == NULL ||
	    !secret_hash_draw(incidents->memory.secret, sizeof(incidents->memory.secret))) {
		incident_writer_free(incidents->writer);
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
	incident->reported_ns = incidents->now_ns;
	incident->reported = true;
	incident->grown = false;
	if (incidents->quiet) {
		return;
	}
	const struct record *record = incident_write(incidents->writer, incident, state);
	if (record != NULL) {
		incidents->config.emit(incidents->config.ctx, record);
	} else {
		counter_add(&incidents->config.counters->events_dropped, 1);
	}
}

static void count(struct incidents *incidents, _Atomic uint64_t *counter)
{
	counter_add(counter, incidents->quiet ? 0 : 1);
}

static void remove_incident(struct incidents *incidents, struct incident *incident)
{
	struct incident **link = bucket_of(incidents, incident->id);
	while (*link != incident) {
		link = &(*link)->next;
	}
	*link = incident->next;
	TAILQ_REMOVE(&incidents->by_age, incident, by_age);
	incidents->count--;
	incident_free(&incidents->memory, incident);
}

static void close_incident(struct incidents *incidents, struct incident *incident)
{
	if (!incident->ended) {
		report(incidents, incident, INCIDENT_CLOSED);
	}
	remove_incident(incidents, incident);
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

static void add_incident(struct incidents *incidents, struct incident *incident)
{
	struct incident **bucket = bucket_of(incidents, incident->id);
	incident->next = *bucket;
	*bucket = incident;
	TAILQ_INSERT_TAIL(&incidents->by_age, incident, by_age);
	incidents->count++;
}

static struct incident *open_incident(struct incidents *incidents, const struct incident_note *note)
{
	if (incidents->count == INCIDENTS_MAX) {
		count(incidents, &incidents->config.counters->incidents_evicted);
		close_incident(incidents, TAILQ_FIRST(&incidents->by_age));
	}
	struct incident *incident = calloc(1, sizeof(*incident));
	if (incident == NULL) {
		return NULL;
	}
	memcpy(incident->id, note->head.id, INCIDENT_ID_SIZE);
	set_first(incidents, &incident->owner, note, INCIDENT_OWNER);
	set_first(incidents, &incident->network, note, INCIDENT_NETWORK);
	incident->first_ns = incident->last_ns = note->head.time_ns;
	add_incident(incidents, incident);
	count(incidents, &incidents->config.counters->incidents);
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
	} else if (incident->ended) {
		incident->ended = false;
		report(incidents, incident, INCIDENT_UPDATE);
	}
}

void incidents_repeat(struct incidents *incidents, bool quiet)
{
	incidents->quiet = quiet;
}

void incidents_repeat_close(struct incidents *incidents)
{
	struct incident *incident;
	TAILQ_FOREACH(incident, &incidents->by_age, by_age)
	{
		incident->reported = incident->ended = true;
		incident->grown = false;
	}
}

void incidents_resume(struct incidents *incidents, int64_t now_ns)
{
	struct incident *incident;
	incidents->quiet = false;
	incidents->now_ns = now_ns;
	incidents->scanned_ns = 0;
	TAILQ_FOREACH(incident, &incidents->by_age, by_age)
	{
		incident->noted_ns = MIN(incident->noted_ns, now_ns);
		incident->reported_ns = MIN(incident->reported_ns, now_ns);
	}
	report_due(incidents);
}

bool incidents_put(struct incidents *incidents, const uint8_t *octets, size_t size)
{
	struct incident *incident = incident_restore(&incidents->memory, octets, size);
	if (incident == NULL) {
		return false;
	}
	if (incidents->count == INCIDENTS_MAX || find(incidents, incident->id) != NULL) {
		incident_free(&incidents->memory, incident);
		return false;
	}
	add_incident(incidents, incident);
	return true;
}

const struct incident *incidents_next(const struct incidents *incidents,
                                      const struct incident *before)
{
	return before != NULL ? TAILQ_NEXT(before, by_age) : TAILQ_FIRST(&incidents->by_age);
}

uint8_t *incidents_secret(struct incidents *incidents)
{
	return incidents->memory.secret;
}

int64_t incidents_now(const struct incidents *incidents)
{
	return incidents->now_ns;
}

void incidents_log(const struct incidents *incidents)
{
	const struct incident *incident = NULL;
	unsigned number = 0;
	TAILQ_FOREACH(incident, &incidents->by_age, by_age)
	{
		if (incident->ended) {
			continue; /* an earlier run has logged it */
		}
		if (number++ < INCIDENTS_LOGGED) {
			incident_log(incident);
		}
	}
	if (number > INCIDENTS_LOGGED) {
		log_info("%u further incidents", number - INCIDENTS_LOGGED);
	}
	if (incidents->memory.omitted > 0) {
		log_info("some incidents have more values than they list, because a limit was "
		         "reached");
	}
}

void incidents_close(struct incidents *incidents)
{
	struct incident *incident = NULL;
	TAILQ_FOREACH(incident, &incidents->by_age, by_age)
	{
		if (!incident->ended) {
			report(incidents, incident, INCIDENT_CLOSED);
			incident->ended = true;
		}
	}
}

void incidents_end(struct incidents *incidents)
{
	struct incident *incident;
	if (incidents == NULL) {
		return;
	}
	incidents_close(incidents);
	while ((incident = TAILQ_FIRST(&incidents->by_age)) != NULL) {
		remove_incident(incidents, incident);
	}
	incident_writer_free(incidents->writer);
	free(incidents);
}
