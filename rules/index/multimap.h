/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A hash table of many numbers for one key: 8 octets an entry.
 *
 * Keys are 32 bits of somebody's hash. Two things with equal hashes share a key,
 * so whoever looks a number up checks what it stands for.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define MULTIMAP_NONE UINT32_MAX

struct multimap_entry {
	uint32_t key;
	uint32_t number; /*!< And 1; 0: free. */
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
