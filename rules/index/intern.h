/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Byte strings kept once, each known by a small number.
 *
 * The one container of the rules: names, networks, mailboxes and texts are all
 * kept in such tables. Strings lie end to end in one block, and an open hash
 * table (XXH3, linear probing, a one-octet tag a slot) finds them again, so that
 * a string costs its octets and 11 to 18 more, and a look-up that finds nothing
 * most often touches one cache line.
 *
 * Ownership: a table owns copies of what is added. Views from intern_get() live
 * until the next intern_add() or intern_free(). Reading needs no lock.
 * Limits: 4 GiB of octets, 2^32 - 2 strings.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*! \brief No such string. */
#define INTERN_NONE UINT32_MAX

/*! \brief All zeros is an empty table. */
struct intern {
	uint8_t *bytes;  /*!< The strings, end to end, in order of their numbers. */
	uint32_t *ends;  /*!< Where each of them ends. */
	uint8_t *tags;   /*!< A slot's tag, 0 when free. */
	uint32_t *slots; /*!< A slot's string. */
	size_t bytes_room;
	uint32_t ends_room;
	uint32_t slots_count; /*!< A power of two, or 0. */
	uint32_t count;       /*!< Strings kept; their numbers are 0 to count - 1. */
};

/*!
 * \brief Keeps a string.
 *
 * \return Its number, the old one when it was there; INTERN_NONE when out of memory or full.
 */
uint32_t intern_add(struct intern *table, const void *bytes, size_t size);

/*! \brief The number of a string, INTERN_NONE when it was never added. */
uint32_t intern_find(const struct intern *table, const void *bytes, size_t size);

/*! \brief What strings are found by. */
uint64_t intern_hash(const void *bytes, size_t size);

/*! \brief The same as intern_find() with the string's hash already known. */
uint32_t intern_find_hashed(const struct intern *table, uint64_t hash, const void *bytes,
                            size_t size);

/*! \brief The string of a number below `count`; `size` may be NULL. */
const void *intern_get(const struct intern *table, uint32_t number, size_t *size);

/*! \brief Gives back the room kept for growth. */
void intern_trim(struct intern *table);

void intern_free(struct intern *table);
