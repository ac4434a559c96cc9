/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A hash table that can have several values (numbers) for one key. Each entry takes 8
 *        octets, and 2 more in a filter. The filter rejects most keys that have no entry.
 *
 * Keys are 32 bits of a hash that the caller computes. Different inputs can have the same key, so
 * the caller must compare its input with the input of each number that it finds.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*! \brief Means that the key has no more numbers. This value cannot be added as a number. */
#define MULTIMAP_NONE UINT32_MAX

struct multimap_entry {
	uint32_t key;
	uint32_t number; /*!< The number plus 1; 0: the entry is free. */
};

/*! \brief A table; one that is all zeros is empty. */
struct multimap {
	struct multimap_entry *entries;
	/*! The filter. For each key in the table, one bit of the filter is set. */
	uint64_t *filter;
	uint32_t size;  /*!< Elements of `entries`: a power of two, or 0. */
	uint32_t count; /*!< The number of entries in use. */
};

/*! \brief The number of bits that the filter has for each element of `entries`. */
#define MULTIMAP_FILTER 16

/*! \brief Returns the number of elements of `filter` for a table of `size` elements. */
static inline uint32_t multimap_filter_size(uint32_t size)
{
	return size / (64 / MULTIMAP_FILTER);
}

/*! \brief Returns false if the key has no number; true if it probably has one. */
static inline bool multimap_may_have(const struct multimap *multimap, uint32_t key)
{
	uint64_t bit = key & ((uint64_t)multimap->size * MULTIMAP_FILTER - 1);
	return multimap->size > 0 && (multimap->filter[bit / 64] >> bit % 64 & 1) != 0;
}

/*! \brief A walk over the numbers of one key, in no particular order. */
struct multimap_walk {
	const struct multimap *multimap;
	uint32_t key;
	uint32_t at; /*!< The index of the next entry to examine. */
};

/*! \brief Adds a number to a key unless the key has it already. Returns -1 when out of memory. */
int multimap_add(struct multimap *multimap, uint32_t key, uint32_t number);

struct multimap_walk multimap_walk_init(const struct multimap *multimap, uint32_t key);

/*! \brief Returns the next number of the key, or MULTIMAP_NONE at the end. */
uint32_t multimap_walk_next(struct multimap_walk *walk);

void multimap_free(struct multimap *multimap);
