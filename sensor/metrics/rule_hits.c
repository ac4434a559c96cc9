/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/metrics/rule_hits.h"

#include <stdatomic.h>
#include <string.h>

#include "base/memory/shared.h"
#include "base/secret_hash.h"
#include "base/utf8.h"

#define PLACES COUNTERS_RULES

enum { PLACE_FREE, PLACE_TAKEN, PLACE_READY };

struct place {
	_Atomic uint32_t state;
	uint32_t severity;
	char id[RULE_HITS_ID];
};

struct rule_hits {
	_Atomic uint32_t count;
	struct place places[PLACES];
};

/* What was copied from a place. */
struct label {
	uint32_t severity;
	char id[RULE_HITS_ID];
};

struct rule_hits *rule_hits_new(void)
{
	return shared_new(sizeof(struct rule_hits));
}

void rule_hits_free(struct rule_hits *rules)
{
	shared_free(rules, sizeof(*rules));
}

/* A label must be UTF-8. "other" would be a second line of that name. */
static bool is_label(const char *id, size_t size)
{
	size_t at = 0, used = 1;
	while (at < size && used > 0) {
		used = (uint8_t)id[at] < ' ' ? 0
		                             : utf8_sequence((const uint8_t *)id + at, size - at);
		at += used;
	}
	return size > 0 && size < RULE_HITS_ID && at == size && strcmp(id, RULE_HITS_OTHER) != 0;
}

static bool read_label(const struct place *place, struct label *label)
{
	if (atomic_load_explicit(&place->state, memory_order_acquire) != PLACE_READY) {
		return false;
	}
	label->severity = place->severity;
	memcpy(label->id, place->id, sizeof(label->id));
	label->id[sizeof(label->id) - 1] = '\0';
	return label->severity < SEVERITY_COUNT && is_label(label->id, strlen(label->id));
}

static bool is_place_of(const struct place *place, const struct label *label)
{
	return atomic_load_explicit(&place->state, memory_order_acquire) == PLACE_READY &&
	       place->severity == label->severity &&
	       memcmp(place->id, label->id, sizeof(place->id)) == 0;
}

/* Takes a free place; false if another process was faster. */
static bool take(struct rule_hits *rules, struct place *place, const struct label *label)
{
	uint32_t is_free = PLACE_FREE;
	if (!atomic_compare_exchange_strong(&place->state, &is_free, PLACE_TAKEN)) {
		return false;
	}
	(void)atomic_fetch_add(&rules->count, 1);
	place->severity = label->severity;
	memcpy(place->id, label->id, sizeof(place->id));
	atomic_store_explicit(&place->state, PLACE_READY, memory_order_release);
	return true;
}

/* \return The number of the place; PLACES: there is none. */
static size_t find(struct rule_hits *rules, const struct label *label)
{
	size_t first = secret_hash(label, sizeof(*label)) % PLACES;
	for (size_t i = 0; i < PLACES; i++) {
		size_t at = (first + i) % PLACES;
		struct place *place = &rules->places[at];
		if (is_place_of(place, label)) {
			return at;
		}
		if (atomic_load_explicit(&place->state, memory_order_relaxed) != PLACE_FREE) {
			continue;
		}
		if (atomic_load_explicit(&rules->count, memory_order_relaxed) >= RULE_HITS_MAX) {
			return PLACES;
		}
		if (take(rules, place, label)) {
			return at;
		}
	}
	return PLACES;
}

void rule_hits_count(struct rule_hits *rules, struct counters *counters, const char *id,
                     size_t size, enum rule_severity severity)
{
	struct label label = { .severity = severity };
	size_t at = PLACES;
	if (size < sizeof(label.id)) {
		memcpy(label.id, id, size);
		at = is_label(label.id, size) ? find(rules, &label) : PLACES;
	}
	counter_add(&counters->hits_by_rule[at < PLACES ? at : PLACES + (size_t)severity], 1);
}

static bool is_same(const struct label *a, const struct label *b)
{
	return a->severity == b->severity && strcmp(a->id, b->id) == 0;
}

/* Adds the hits of later places with the same label, and removes these labels. */
static uint64_t add_up(struct label *labels, bool *valid, const _Atomic uint64_t *values, size_t at)
{
	uint64_t hits = counter_get(&values[at]);
	for (size_t i = at + 1; i < PLACES; i++) {
		if (valid[i] && is_same(&labels[at], &labels[i])) {
			hits += counter_get(&values[i]);
			valid[i] = false;
		}
	}
	return hits;
}

void rule_hits_each(const struct rule_hits *rules, const struct counters *counters, rule_hits_cb cb,
                    void *ctx)
{
	const _Atomic uint64_t *values = counters->hits_by_rule;
	struct label labels[PLACES];
	bool valid[PLACES];
	uint64_t others[SEVERITY_COUNT];
	for (size_t i = 0; i < SEVERITY_COUNT; i++) {
		others[i] = counter_get(&values[PLACES + i]);
	}
	for (size_t i = 0; i < PLACES; i++) {
		valid[i] = rules != NULL && read_label(&rules->places[i], &labels[i]);
	}
	for (size_t i = 0; i < PLACES; i++) {
		if (valid[i]) {
			cb(ctx, (enum rule_severity)labels[i].severity, labels[i].id,
			   add_up(labels, valid, values, i));
		}
	}
	for (size_t i = 0; i < SEVERITY_COUNT; i++) {
		cb(ctx, (enum rule_severity)i, RULE_HITS_OTHER, others[i]);
	}
}
