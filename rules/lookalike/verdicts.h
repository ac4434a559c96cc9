/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A cache of verdicts about names. Private to rules/lookalike/.
 *
 * A verdict takes one cache line. In place of the name, it has 96 bits of a keyed hash of the name.
 * The lowest 12 of these bits choose the place of the verdict. An attacker does not know the key,
 * so he cannot choose a name that gets the verdict about another one.
 *
 * Most look-ups are about new names and find nothing, so the tags of all places are in a table of
 * their own that remains in the processor's cache. If a place is taken, a new name replaces the
 * verdict there only when it is examined twice, with no other new name for this place in between. A
 * flood of new names then neither replaces verdicts nor waits for memory that is not in the
 * processor's cache.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cache.h"
#include "base/secret_hash.h"
#include "rules/lookalike/matches.h"

/*! \brief The number of verdicts, a power of two. */
#define VERDICTS 4096

/*! \brief The largest number that a protected name may have, so that a match takes 4 octets. */
#define VERDICT_NAME_MAX ((UINT32_C(1) << 28) - 1)

/*! \brief What is known about a name, or about the last labels of a name. */
struct verdict {
	uint64_t hash;
	uint64_t text; /*!< The hash of the name without dots (deletion_keys.h). */
	/*! The latest message for which the work for the domain of this name was counted. */
	uint64_t message : 48;
	uint64_t in_number : 1; /*!< The name starts with a digit (struct text_hash). */
	/*! search_may_find() returned true for the name, or for some of its last labels. */
	uint64_t may_imitate : 1;
	uint64_t has_domain : 1; /*!< `below`, `domain` and `suffix` are set. */
	/*! The parts of the name were derived from those of the name without its first label.
	 * `is_suffix` was not looked up. */
	uint64_t is_host : 1;
	uint64_t is_suffix : 1;
	uint64_t protected : 1; /*!< The domain is a protected name. */
	uint64_t matches : 4;   /*!< The number of matches. */
	uint32_t check;         /*!< Further bits of the hash. */
	/*! The parts of the name (suffix.h). */
	uint8_t below, domain, suffix;
	uint8_t size; /*!< The size of the name. */
	uint32_t packed[LOOKALIKE_MATCHES_MAX];
};

_Static_assert(sizeof(struct verdict) == CACHE_LINE, "one line");

/* What is known about a place without reading the verdict there. Each field has bits of the hash of
 * a name; 0: there is no such name. */
struct verdict_tags {
	uint16_t placed; /* the name whose verdict is in the place */
	uint16_t passed; /* the new name for this place that was examined last */
};

struct verdicts {
	struct verdict *places;
	struct verdict_tags *tags;
};

/*! \brief Makes an empty cache. \return False when out of memory. */
bool verdicts_init(struct verdicts *verdicts);
void verdicts_deinit(struct verdicts *verdicts);

static inline uint16_t verdicts_tag(uint64_t hash)
{
	return (uint16_t)(hash >> 48 | 1);
}

/*! \brief Returns the verdict about a name with this hash and size; NULL if there is none. */
static inline struct verdict *verdicts_find(struct verdicts *verdicts,
                                            const struct secret_hash_wide *hash, size_t size)
{
	size_t place = hash->low % VERDICTS;
	struct verdict *verdict = &verdicts->places[place];
	return verdicts->tags[place].placed == verdicts_tag(hash->low) &&
	                       verdict->hash == hash->low &&
	                       verdict->check == (uint32_t)hash->high && verdict->size == size
	               ? verdict
	               : NULL;
}

/*! \brief Sets the hash and the size of the name of a verdict. */
static inline void verdict_identify(struct verdict *verdict, const struct secret_hash_wide *hash,
                                    size_t size)
{
	verdict->hash = hash->low;
	verdict->check = (uint32_t)hash->high;
	verdict->size = (uint8_t)size;
}

/*! \brief Returns true if a new name with this hash gets a place. */
static inline bool verdicts_have_place(const struct verdicts *verdicts, uint64_t hash)
{
	const struct verdict_tags *tags = &verdicts->tags[hash % VERDICTS];
	return tags->placed == 0 || tags->passed == verdicts_tag(hash);
}

/*! \brief Prefetches the place in which verdicts_keep() will store the verdict about a new name. */
static inline void verdicts_expect(const struct verdicts *verdicts, uint64_t hash)
{
	if (verdicts_have_place(verdicts, hash)) {
		__builtin_prefetch(&verdicts->places[hash % VERDICTS], 1);
	}
}

/*! \brief Copies a new verdict to its place. \return The copy; NULL if it got no place. */
struct verdict *verdicts_keep(struct verdicts *verdicts, const struct verdict *fresh);

/*! \brief Sets the matches of a verdict. No match may have a number above VERDICT_NAME_MAX. */
void verdict_set_matches(struct verdict *verdict, const struct lookalike_matches *matches);

/*! \brief Reads the matches of a verdict. */
void verdict_get_matches(const struct verdict *verdict, struct lookalike_matches *matches);
