/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/correlate/watch_causes.h"

#include <stddef.h>
#include <string.h>
#include <sys/param.h>

#include "base/ascii.h"
#include "base/memory/shared.h"
#include "base/text.h"

/* The texts of a rule, one after the other, each with its NUL. The least important texts come last,
 * and are cut first. */
static const size_t TEXTS[] = {
	offsetof(struct watch_cause, rule_id),   offsetof(struct watch_cause, indicator),
	offsetof(struct watch_cause, feed),      offsetof(struct watch_cause, ref),
	offsetof(struct watch_cause, rule_text), offsetof(struct watch_cause, tags),
	offsetof(struct watch_cause, note),
};
#define TEXTS_COUNT (sizeof(TEXTS) / sizeof(TEXTS[0]))

struct rule_place {
	struct fair_head head;
	uint64_t hash;
	uint16_t generation; /* changes when another rule is stored at this index */
	uint16_t size;       /* of the texts */
	int16_t confidence;
	uint8_t form;
	char texts[WATCH_PACKED_MAX];
};

/* An owner is found by its bucket. On average, two entries of a bucket are of stored owners. */
#define BUCKETS     8192
#define BUCKET_WAYS 8

struct owner_place {
	uint16_t generation; /* changes when another owner is stored at this index */
	struct dns_name name;
};

/* A new owner replaces the oldest one. The buckets only prevent a second copy of an owner, so that
 * a full bucket loses no owner. */
struct watch_owners {
	uint32_t next; /* the index of the oldest owner */
	/* The latest owners first: 16 bits of the hash, then the index in `places`. */
	uint32_t buckets[BUCKETS][BUCKET_WAYS];
	struct owner_place places[WATCH_OWNERS];
};

_Static_assert(WATCH_RULES <= 65536 && WATCH_OWNERS <= 65536, "numbers of 16 bits");

bool watch_causes_init(struct watch_causes *causes)
{
	*causes = (struct watch_causes){ .owners = NULL };
	if (!keyed_hash_init(&causes->key) ||
	    !fair_table_init(&causes->rules, WATCH_RULES, sizeof(struct rule_place))) {
		return false;
	}
	causes->owners = shared_new(sizeof(*causes->owners));
	return causes->owners != NULL;
}

void watch_causes_end(struct watch_causes *causes)
{
	fair_table_end(&causes->rules);
	shared_free(causes->owners, sizeof(*causes->owners));
}

static size_t pack(const struct watch_cause *cause, char packed[WATCH_PACKED_MAX])
{
	size_t size = 0;
	for (size_t i = 0; i < TEXTS_COUNT; i++) {
		const char *text = (const char *)cause + TEXTS[i];
		/* the room for the final NULs of the remaining texts */
		size_t room = WATCH_PACKED_MAX - size - (TEXTS_COUNT - i);
		size_t length = strnlen(text, WATCH_TEXT_MAX - 1);
		length = MIN(length, room);
		memcpy(packed + size, text, length);
		packed[size + length] = '\0';
		size += length + 1;
	}
	return size;
}

/* `packed` must end with a NUL, because shared memory may have any content. */
static void unpack(struct watch_cause *cause, const char packed[WATCH_PACKED_MAX])
{
	const char *at = packed, *end = packed + WATCH_PACKED_MAX - 1;
	for (size_t i = 0; i < TEXTS_COUNT; i++) {
		char *text = (char *)cause + TEXTS[i];
		size_t length = strnlen(at, WATCH_TEXT_MAX - 1);
		memcpy(text, at, length);
		text[length] = '\0';
		at = at + length < end ? at + length + 1 : end;
	}
}

static struct rule_place *rule_at(const struct watch_causes *causes, uint32_t number)
{
	return (struct rule_place *)(void *)causes->rules.entries + number;
}

static uint32_t number_of(const struct watch_causes *causes, const struct rule_place *place)
{
	return (uint32_t)(place - rule_at(causes, 0));
}

static uint32_t reference(uint32_t number, uint16_t generation)
{
	return number << 16 | generation;
}

static struct rule_place *find_rule(const struct watch_causes *causes, uint64_t hash,
                                    const char *packed, size_t size)
{
	struct fair_places places;
	fair_table_places(&causes->rules, hash, &places);
	for (size_t i = 0; i < places.count; i++) {
		struct rule_place *place = (struct rule_place *)(void *)places.entries[i];
		if (place->head.used && place->hash == hash && place->size == size &&
		    memcmp(place->texts, packed, size) == 0) {
			return place;
		}
	}
	return NULL;
}

static uint32_t add_rule(struct watch_causes *causes, const struct watch_cause *cause,
                         const struct fair_head *head)
{
	char packed[WATCH_PACKED_MAX];
	size_t size = pack(cause, packed);
	uint64_t hash = keyed_hash(&causes->key, packed, size);
	struct rule_place *place = find_rule(causes, hash, packed, size);
	if (place != NULL) {
		fair_table_refresh(&causes->rules, &place->head, head);
		return reference(number_of(causes, place), place->generation);
	}
	place = (void *)fair_table_take(&causes->rules, hash, head, head->last_ns);
	if (place == NULL) {
		/* All entries are reserved, so one is always replaced, unless another process
		 * changes the memory meanwhile. */
		return 0;
	}
	place->hash = hash;
	place->size = (uint16_t)size;
	place->generation++;
	place->confidence = (int16_t)cause->confidence;
	place->form = (uint8_t)cause->form;
	memcpy(place->texts, packed, size);
	return reference(number_of(causes, place), place->generation);
}

static bool find_owner(const struct watch_owners *owners, const uint32_t *bucket, uint32_t tag,
                       const struct dns_name *name, uint32_t *number)
{
	for (size_t way = 0; way < BUCKET_WAYS; way++) {
		*number = bucket[way] % WATCH_OWNERS;
		if ((bucket[way] & 0xffff0000) == tag &&
		    dns_name_equal(&owners->places[*number].name, name->wire, name->size)) {
			return true;
		}
	}
	return false;
}

static uint32_t add_owner(struct watch_causes *causes, const struct dns_name *name)
{
	struct watch_owners *owners = causes->owners;
	uint64_t hash = keyed_hash(&causes->key, name->wire, name->size);
	uint32_t *bucket = owners->buckets[hash % BUCKETS];
	uint32_t tag = (uint32_t)(hash >> 32) & 0xffff0000, number;
	if (!find_owner(owners, bucket, tag, name, &number)) {
		number = owners->next++ % WATCH_OWNERS;
		struct owner_place *place = &owners->places[number];
		place->generation++;
		place->name.size = name->size;
		memcpy(place->name.wire, name->wire, name->size);
		memmove(bucket + 1, bucket, (BUCKET_WAYS - 1) * sizeof(*bucket));
		bucket[0] = tag | number;
	}
	return reference(number, owners->places[number].generation);
}

/* An empty id becomes all zeros. */
static void read_id(const char *text, uint8_t id[WATCH_ID_MAX / 2])
{
	memset(id, 0, WATCH_ID_MAX / 2);
	if (text[0] == '\0') {
		return; /* the hit had no event, as most hits of a flood */
	}
	size_t size = strlen(text);
	for (size_t i = 0; i + 1 < size && i + 1 < WATCH_ID_MAX; i += 2) {
		unsigned high = (unsigned)ascii_hex_value(text[i]);
		unsigned low = (unsigned)ascii_hex_value(text[i + 1]);
		id[i / 2] = (uint8_t)(high << 4 | (low & 0xf));
	}
}

static void write_id(const uint8_t id[WATCH_ID_MAX / 2], char text[WATCH_ID_MAX])
{
	static const uint8_t none[WATCH_ID_MAX / 2];
	*text = '\0';
	if (memcmp(id, none, sizeof(none)) != 0) {
		*text_hex(text, id, sizeof(none)) = '\0';
	}
}

struct watch_reason watch_causes_add(struct watch_causes *causes, const struct watch_cause *cause,
                                     const struct fair_head *head)
{
	struct watch_reason reason = { .rule = add_rule(causes, cause, head),
		                       .owner = add_owner(causes, &cause->owner) };
	read_id(cause->event_id, reason.event_id);
	return reason;
}

void watch_reason_set_event(struct watch_reason *reason, const char *event_id)
{
	read_id(event_id, reason->event_id);
}

/* Returns the place of a rule; NULL if another rule has it now. */
static struct rule_place *rule_of(const struct watch_causes *causes, uint32_t rule)
{
	struct rule_place *place = rule_at(causes, rule >> 16);
	return place->generation == (rule & 0xffff) ? place : NULL;
}

bool watch_causes_again(struct watch_causes *causes, struct watch_reason *reason,
                        const struct dns_name *owner, const struct fair_head *head)
{
	struct rule_place *place = rule_of(causes, reason->rule);
	if (place == NULL || !place->head.used) {
		return false;
	}
	fair_table_refresh(&causes->rules, &place->head, head);
	if (owner != NULL) {
		reason->owner = add_owner(causes, owner);
	}
	return true;
}

void watch_causes_prolong(struct watch_causes *causes, const struct watch_reason *reason,
                          int64_t until_ns)
{
	struct rule_place *place = rule_of(causes, reason->rule);
	if (place != NULL && place->head.until_ns < until_ns) {
		place->head.until_ns = until_ns;
	}
}

static void get_rule(const struct watch_causes *causes, uint32_t rule, struct watch_cause *cause)
{
	char packed[WATCH_PACKED_MAX] = WATCH_RULE_LOST;
	const struct rule_place *place = rule_of(causes, rule);
	if (place != NULL) {
		memcpy(packed, place->texts, sizeof(packed));
		packed[sizeof(packed) - 1] = '\0';
		cause->confidence = place->confidence;
		cause->form = place->form;
	}
	unpack(cause, packed);
}

static void get_owner(const struct watch_causes *causes, uint32_t owner, struct dns_name *name)
{
	const struct owner_place *place = &causes->owners->places[(owner >> 16) % WATCH_OWNERS];
	*name = place->name;
	if (place->generation != (owner & 0xffff)) {
		name->size = 0;
	}
}

void watch_causes_get(const struct watch_causes *causes, const struct watch_reason *reason,
                      struct watch_cause *cause)
{
	*cause = (struct watch_cause){ .confidence = -1 };
	get_rule(causes, reason->rule, cause);
	get_owner(causes, reason->owner, &cause->owner);
	write_id(reason->event_id, cause->event_id);
}
