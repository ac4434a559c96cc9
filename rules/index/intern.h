/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A table of distinct byte strings, numbered from 0.
 *
 * Names, networks, mailboxes and texts of rules are each kept in such a table. Strings lie end to
 * end in one block. An open hash table (secret_hash(), linear probing, a tag of one octet for each
 * slot) finds them. The hash is secret, so feeds cannot choose strings that share slots. A string
 * takes 11 to 18 octets in addition to its own, and most look-ups of absent strings touch only one
 * cache line.
 *
 * Ownership: a table owns copies of the strings. Views from intern_get() live until the next
 * intern_add() or intern_free(). Reading needs no lock. Limits: 4 GiB of octets, 2^32 - 2 strings.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*! \brief Means that there is no such string. No string has this number. */
#define INTERN_NONE UINT32_MAX

/*! \brief A table; one that is all zeros is empty. */
struct intern {
	/*! The secret of the hash, SECRET_HASH_SIZE octets, borrowed. NULL: the hash uses the
	 * secret of this process. */
	const uint8_t *secret;
	uint8_t *bytes; /*!< The strings, end to end, in order of their numbers. */
	/*! The offset in `bytes` at which each string ends, indexed by its number. */
	uint32_t *ends;
	uint8_t *tags;        /*!< The tag of the string in each slot; 0: the slot is free. */
	uint32_t *slots;      /*!< The number of the string in each slot. */
	size_t bytes_room;    /*!< Octets allocated for `bytes`. */
	uint32_t ends_room;   /*!< Elements allocated for `ends`. */
	uint32_t slots_count; /*!< Elements of `tags` and `slots`: a power of two, or 0. */
	/*! The number of strings in the table. Their numbers are 0 to count - 1. */
	uint32_t count;
};

/*!
 * \brief Adds a string unless the table has it already.
 *
 * \return The number of the string; INTERN_NONE when out of memory, or if the table is full.
 */
uint32_t intern_add(struct intern *table, const void *bytes, size_t size);

/*! \brief Returns the number of a string, or INTERN_NONE if it was never added. */
uint32_t intern_find(const struct intern *table, const void *bytes, size_t size);

/*! \brief Computes the hash with which a string is found in this table. */
uint64_t intern_hash(const void *bytes, size_t size, const struct intern *table);

/*! \brief Does the same as intern_find(), with the string's hash already computed. */
uint32_t intern_find_hashed(const struct intern *table, uint64_t hash, const void *bytes,
                            size_t size);

/*!
 * \brief Returns the string with a number, which must be less than `count`. `size` receives the
 *        number of octets of the string, unless `size` is NULL.
 */
const void *intern_get(const struct intern *table, uint32_t number, size_t *size);

/*!
 * \brief Frees memory that was reserved for further strings. Call it after the last intern_add().
 */
void intern_trim(struct intern *table);

void intern_free(struct intern *table);
