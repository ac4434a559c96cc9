/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/index/names.h"

#include <sys/param.h>

/*! \brief The largest number of labels of a home. */
#define HOME_LABELS_MAX 3

/*!
 * \brief The labels of a name, and its home in the Bloom filter. For most names, the home is the
 *        registrable domain.
 *
 * A home has two labels, or three if the last two look like `co.uk`. Otherwise the many names below
 * such a suffix would fill one line of the filter, which would then pass every key.
 */
struct parts {
	size_t labels; /*!< The number of labels; 0 for the root and for invalid wire format. */
	size_t home_labels;
	/*! The starts of the last label, of the last two and of the last three. */
	const uint8_t *ends[HOME_LABELS_MAX];
	const uint8_t *end;
};

static struct parts split(const uint8_t *wire, size_t size, const struct dns_labels *known)
{
	size_t count = known->count;
	if (count == 0) {
		return (struct parts){ 0 };
	}
	const uint8_t *last = wire + dns_labels_start(known, count - 1);
	const uint8_t *second = count > 1 ? wire + dns_labels_start(known, count - 2) : wire;
	const uint8_t *third = count > 2 ? wire + dns_labels_start(known, count - 3) : wire;
	size_t home = last[0] == 2 && second[0] <= 3 ? 3 : 2;
	return (struct parts){
		.labels = count,
		.home_labels = MIN(count, home),
		.ends = { last, second, third },
		.end = wire + size,
	};
}

static struct parts find_parts(const uint8_t *wire, size_t size)
{
	struct dns_labels labels;
	dns_labels_read(&labels, wire, size);
	return split(wire, size, &labels);
}

/*! \brief Returns the number of octets of the last `labels` labels and the final zero. */
static size_t end_size(const struct parts *parts, size_t labels)
{
	return (size_t)(parts->end - parts->ends[labels - 1]);
}

static uint64_t hash_end(const struct names *names, const struct parts *parts, size_t labels)
{
	return intern_hash(parts->ends[labels - 1], end_size(parts, labels), &names->keys);
}

static uint64_t size_bit(size_t size)
{
	return UINT64_C(1) << size % 64;
}

/*! \brief Returns false if no known name or home has this number of labels and octets. */
static bool has_size(const struct names *names, size_t labels, size_t size)
{
	return (names->sizes[labels] & size_bit(size)) != 0;
}

uint32_t names_add(struct names *names, const uint8_t *wire, size_t size)
{
	struct parts parts = find_parts(wire, size);
	if (parts.labels == 0) {
		/* The root is stored, but only its number finds it. */
		return size == 1 && wire[0] == 0 ? intern_add(&names->keys, wire, size)
		                                 : INTERN_NONE;
	}
	names->sizes[parts.labels] |= size_bit(size);
	names->sizes[parts.home_labels] |= size_bit(end_size(&parts, parts.home_labels));
	return intern_add(&names->keys, wire, size);
}

/*!
 * \brief Adds a name to the filter. Its home is also added, to show that the home has known names.
 */
static void add_to_bloom(struct names *names, const uint8_t *wire, size_t size)
{
	struct parts parts = find_parts(wire, size);
	if (parts.labels == 0) {
		return;
	}
	uint64_t home = hash_end(names, &parts, parts.home_labels);
	bloom_add(&names->bloom, home, home);
	if (parts.labels > parts.home_labels) {
		bloom_add(&names->bloom, home, intern_hash(wire, size, &names->keys));
	}
}

int names_close(struct names *names, bool (*is_searched)(const void *ctx, uint32_t number),
                const void *ctx)
{
	const struct intern *keys = &names->keys;
	if (bloom_init(&names->bloom, keys->count) != 0) {
		return -1;
	}
	for (uint32_t i = 0; i < keys->count; i++) {
		size_t size;
		const uint8_t *wire = intern_get(keys, i, &size);
		if (is_searched == NULL || is_searched(ctx, i)) {
			add_to_bloom(names, wire, size);
		}
	}
	return 0;
}

void names_free(struct names *names)
{
	intern_free(&names->keys);
	bloom_free(&names->bloom);
}

static void ask(const struct names *names, const struct parts *parts,
                struct bloom_questions *questions)
{
	for (size_t labels = 1; labels <= parts->home_labels; labels++) {
		if (has_size(names, labels, end_size(parts, labels))) {
			uint64_t hash = hash_end(names, parts, labels);
			bloom_ask(questions, &names->bloom, hash, hash);
		}
	}
}

void names_ask(const struct names *names, const uint8_t *wire, size_t size,
               const struct dns_labels *labels, struct bloom_questions *questions)
{
	struct parts parts = labels != NULL ? split(wire, size, labels) : find_parts(wire, size);
	ask(names, &parts, questions);
}

bool names_may_know(const struct names *names, const uint8_t *wire, size_t size,
                    const struct dns_labels *labels)
{
	struct bloom_questions questions;
	bloom_questions_begin(&questions);
	names_ask(names, wire, size, labels, &questions);
	return bloom_answer(&questions);
}

struct names_walk names_walk_init(const struct names *names, const uint8_t *wire, size_t size,
                                  const struct dns_labels *labels)
{
	struct parts parts = labels != NULL ? split(wire, size, labels) : find_parts(wire, size);
	return (struct names_walk){
		.names = names,
		.wire = wire,
		.size = size,
		.labels = parts.labels,
		.home_labels = parts.home_labels,
		.home = parts.labels > 0 ? hash_end(names, &parts, parts.home_labels) : 0,
	};
}

static uint32_t find(const struct names_walk *walk, const uint8_t *wire, size_t size, size_t labels)
{
	const struct names *names = walk->names;
	if (!has_size(names, labels, size)) {
		return INTERN_NONE;
	}
	uint64_t hash = intern_hash(wire, size, &names->keys);
	/* A suffix that is not longer than the home of the name is its own home. */
	uint64_t home = labels > walk->home_labels ? walk->home : hash;
	if (!bloom_passes(&names->bloom, home, hash)) {
		return INTERN_NONE;
	}
	return intern_find_hashed(&names->keys, hash, wire, size);
}

uint32_t names_walk_next(struct names_walk *walk)
{
	while (walk->labels > 0) {
		const uint8_t *wire = walk->wire;
		size_t size = walk->size;
		size_t labels = walk->labels;
		walk->whole = !walk->begun;
		walk->begun = true;
		walk->wire += 1u + wire[0];
		walk->size -= 1u + wire[0];
		walk->labels--;
		uint32_t found = find(walk, wire, size, labels);
		if (found != INTERN_NONE) {
			return found;
		}
	}
	return INTERN_NONE;
}
