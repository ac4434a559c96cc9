/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A hash table with several numbers for one key; 8 octets for each entry.
 *
 * Keys are 32 bits of a hash that the caller computes. Different things can share a
 * key, so the caller checks each number that it finds.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define MULTIMAP_NONE UINT32_MAX

struct multimap_entry {
	uint32_t key;
	uint32_t number; /*!< Plus 1; 0: the entry is free. */
};

/*! \brief All zeros is an empty table. */
struct multimap {
	struct multimap_entry *entries;
	uint32_t size; /*!< A power of two, or 0. */
	uint32_t count;
};

struct multimap_walk {
	const struct multimap *multimap;
	uint32_t key;
	uint32_t at;
};

/*! \brief Adds a number to those of a key, once; -1 when out of memory. */
int multimap_add(struct multimap *multimap, uint32_t key, uint32_t number);

struct multimap_walk multimap_walk_init(const struct multimap *multimap, uint32_t key);

/*! \brief The next number of the key, MULTIMAP_NONE at the end. */
uint32_t multimap_walk_next(struct multimap_walk *walk);

void multimap_free(struct multimap *multimap);
