/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A table of distinct byte strings, numbered from 0.
 *
 * Names, networks, mailboxes and texts of rules are all kept in such tables.
 * Strings lie end to end in one block. An open hash table (XXH3, linear probing,
 * a tag of one octet for each slot) finds them. A string costs its octets and 11 to
 * 18 more, and a look-up of an absent string mostly touches one cache line.
 *
 * Ownership: a table owns copies of what is added. Views from intern_get() live
 * until the next intern_add() or intern_free(). Reading needs no lock.
 * Limits: 4 GiB of octets, 2^32 - 2 strings.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*! \brief The number of no string. */
#define INTERN_NONE UINT32_MAX

/*! \brief All zeros is an empty table. */
struct intern {
	uint8_t *bytes;  /*!< The strings, end to end, in order of their numbers. */
	uint32_t *ends;  /*!< Where each of them ends. */
	uint8_t *tags;   /*!< The tag of each slot, 0 when it is free. */
	uint32_t *slots; /*!< The string of each slot. */
	size_t bytes_room;
	uint32_t ends_room;
	uint32_t slots_count; /*!< A power of two, or 0. */
	uint32_t count;       /*!< Strings kept; their numbers are 0 to count - 1. */
};

/*!
 * \brief Adds a string unless it is there.
 *
 * \return Its number; INTERN_NONE when out of memory or full.
 */
uint32_t intern_add(struct intern *table, const void *bytes, size_t size);

/*! \brief The number of a string, INTERN_NONE when it was never added. */
uint32_t intern_find(const struct intern *table, const void *bytes, size_t size);

/*! \brief The hash by which strings are found. */
uint64_t intern_hash(const void *bytes, size_t size);

/*! \brief The same as intern_find() with the string's hash already known. */
uint32_t intern_find_hashed(const struct intern *table, uint64_t hash, const void *bytes,
                            size_t size);

/*! \brief The string of a number below `count`; `size` may be NULL. */
const void *intern_get(const struct intern *table, uint32_t number, size_t *size);

/*! \brief Frees the room that is reserved for growth. */
void intern_trim(struct intern *table);

void intern_free(struct intern *table);
