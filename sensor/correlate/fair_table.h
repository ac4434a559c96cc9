/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A table of fixed size that a flood cannot empty of what others put into it. Private to
 *        this room.
 *
 * An entry may be in one of two sets of FAIR_WAYS entries, which a keyed hash chooses: nobody
 * can choose keys that share a set. When both sets are full, one entry gives way, the first of
 * these that there is:
 *
 *  1. an entry that has expired;
 *  2. an entry that is not reserved. These have half of each set at most, and never take the
 *     place of a reserved one;
 *  3. an entry of the client with the most entries beyond FAIR_CLIENT_MAX;
 *  4. the entry that was not refreshed for the longest time.
 *
 * TTLs do not count: a record that claims to live for years is worth no more than others.
 *
 * The entries are in shared memory, the struct is not: a process copies it by fork(), and the
 * caller locks. Indexes and counts that come from shared memory are only compared, so that a
 * process that writes nonsense there misleads others, but cannot make them leave the table.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAIR_WAYS 8
/*! \brief Entries of a client that have the same right to stay as those of all others. */
#define FAIR_CLIENT_MAX 1024
/*! \brief Clients are counted in so many groups, which a keyed hash chooses. */
#define FAIR_CLIENTS 65536

/*! \brief The start of each entry. */
struct fair_head {
	int64_t until_ns; /*!< When it expires. */
	int64_t last_ns;  /*!< When it was put or refreshed. */
	uint16_t client;  /*!< Group of the client that it counts for. */
	uint8_t reserved; /*!< Whether it has reserved room. */
	uint8_t used;
};

struct fair_table {
	uint8_t *entries; /*!< Shared. */
	uint8_t *filled;  /*!< Shared; for each set the number of entries ever used. */
	uint32_t *counts; /*!< Shared; entries of each group of clients. */
	size_t stride;    /*!< Octets of an entry. */
	size_t sets;      /*!< A power of two. */
	uint64_t lost;    /*!< By this process: entries that gave way before their time, or found
	                     no room. */
};

/*!
 * \brief Creates an empty table.
 *
 * Memory that no entry has used takes no room.
 *
 * \param count   Entries: a power of two, at least 2 * FAIR_WAYS, at most 2^32.
 * \param stride  Octets of an entry, which starts with a struct fair_head.
 *
 * \return False when out of memory.
 */
bool fair_table_init(struct fair_table *table, size_t count, size_t stride);
void fair_table_end(struct fair_table *table);

/*! \brief Places for a key: the entries of its two sets that were ever used. */
struct fair_places {
	struct fair_head *entries[2 * FAIR_WAYS];
	size_t count;
};

/*! \brief Whether an entry with this hash may be in the table; needs no lock. */
bool fair_table_may_have(const struct fair_table *table, uint64_t hash);

/*! \brief Finds the entries that may have a key; some may be unused. */
void fair_table_places(const struct fair_table *table, uint64_t hash, struct fair_places *places);

/*!
 * \brief Takes an entry for a new key, which has this hash.
 *
 * \return The entry: its head is filled in, the rest is that of the entry that gave way. NULL:
 *         it is not reserved, and there is no room for it.
 */
struct fair_head *fair_table_take(struct fair_table *table, uint64_t hash,
                                  const struct fair_head *head, int64_t now_ns);

/*!
 * \brief Notes that a client has named the key of an entry again.
 *
 * The entry then counts for the client that has fewer: a flood that repeats what others have
 * put does not make it its own.
 */
void fair_table_refresh(struct fair_table *table, struct fair_head *entry,
                        const struct fair_head *head);

/*! \brief Empties an entry. */
void fair_table_drop(struct fair_table *table, struct fair_head *entry);
