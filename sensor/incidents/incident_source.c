/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/incidents/incident_source.h"

#include <string.h>
#include <sys/param.h>

void incident_source_init(struct incident_source *source, incident_take_t take, void *ctx,
                          struct counters *counters)
{
	source->take = take;
	source->ctx = ctx;
	source->counters = counters;
	writer_init_growing(&source->waiting, INCIDENT_SOURCE_WAITING);
}

void incident_source_identify(struct incident_source *source, struct domains *domains,
                              const struct event_subject *subject, struct event_hit *hit)
{
	if (source->take != NULL) {
		incident_identify(&source->current, domains, subject, hit);
		hit->incident = source->current.id_text;
	}
}

/* The first of the places that the id of the current incident may have. */
static uint64_t *places_of(struct incident_source *source, uint64_t *id)
{
	memcpy(id, source->current.id, sizeof(*id));
	return &source->paid[*id % (INCIDENT_SOURCE_PAID / INCIDENT_SOURCE_WAYS) *
	                     INCIDENT_SOURCE_WAYS];
}

size_t incident_source_price(struct incident_source *source)
{
	uint64_t id;
	const uint64_t *places = places_of(source, &id);
	bool paid = source->take == NULL;
	for (size_t i = 0; i < INCIDENT_SOURCE_WAYS; i++) {
		paid = paid || places[i] == id;
	}
	return paid ? 0 : INCIDENT_PRICE;
}

/* The id that was paid for longest ago makes way. */
void incident_source_pay(struct incident_source *source)
{
	uint64_t id;
	uint64_t *places = places_of(source, &id);
	memmove(places + 1, places, (INCIDENT_SOURCE_WAYS - 1) * sizeof(*places));
	places[0] = id;
}

/* \return False if there is no room. */
static bool wait_for_clock(struct incident_source *source)
{
	char *room = writer_reserve(&source->waiting, INCIDENT_NOTE_MAX);
	if (room == NULL) {
		writer_recover(&source->waiting, writer_size(&source->waiting));
		return false;
	}
	writer_advance(&source->waiting,
	               incident_note_encode(&source->note, (uint8_t *)room, INCIDENT_NOTE_MAX));
	return true;
}

static void pass(struct incident_source *source, const struct packet_clock *clock, bool unsure)
{
	struct incident_head *head = &source->note.head;
	head->date_ns = MAX(packet_clock_date(clock, head->time_ns), 0);
	head->unsure = unsure;
	source->take(source->ctx, &source->note);
}

static void put(struct incident_source *source, const struct packet_clock *clock)
{
	if (!clock->unsure || !wait_for_clock(source)) {
		pass(source, clock, clock->unsure);
	}
}

void incident_source_hit(struct incident_source *source, const struct packet_clock *clock,
                         const struct event_subject *subject, const struct event_hit *hit)
{
	if (source->take == NULL) {
		return;
	}
	if (incident_source_price(source) > 0) {
		counter_add(&source->counters->incident_hits_dropped, 1);
		return;
	}
	incident_note_hit(&source->note, &source->scratch, &source->current, subject, hit);
	put(source, clock);
}

void incident_source_mail(struct incident_source *source, const struct packet_clock *clock,
                          const struct event_subject *subject, bool content)
{
	if (source->take != NULL && incident_source_price(source) == 0) {
		incident_note_mail(&source->note, &source->current, subject, content);
		put(source, clock);
	}
}

void incident_source_pass(struct incident_source *source, const struct packet_clock *clock)
{
	const uint8_t *octets = (const uint8_t *)source->waiting.start;
	size_t size = writer_size(&source->waiting);
	for (size_t at = 0, used; at < size; at += used) {
		used = incident_note_decode(&source->note, octets + at, size - at);
		if (used == 0) {
			break;
		}
		pass(source, clock, false);
	}
	writer_restart(&source->waiting);
}

void incident_source_end(struct incident_source *source, const struct packet_clock *clock)
{
	if (writer_size(&source->waiting) > 0) {
		incident_source_pass(source, clock);
	}
	writer_free(&source->waiting);
}
