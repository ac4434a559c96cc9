/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A table of fixed size in which many entries of one client cannot replace those of others.
 *        Private to sensor/correlate/.
 *
 * A set has FAIR_WAYS entries. Each key has two sets, and its entry is in one of them. A keyed hash
 * chooses the sets, so that an attacker cannot choose keys for the same set. When both sets are
 * full, a new entry replaces another one. The first line that applies to an entry of the two sets
 * decides which:
 *
 *  1. an entry that has expired;
 *  2. an entry that is not reserved;
 *  3. an entry of the client with the most entries, if that client has more than FAIR_CLIENT_MAX;
 *  4. the entry that was not refreshed for the longest time.
 *
 * A new entry that is not reserved gets an unused place only in a set in which fewer than
 * FAIR_WAYS / 2 entries are not reserved. It never replaces a reserved entry that has not expired.
 *
 * The TTL of a record has no influence: a record with a TTL of years is replaced like others.
 *
 * The entries are in shared memory; each process has its own copy of the struct after fork(). The
 * caller must lock the table. A process that an attacker controls can write wrong values to the
 * shared memory, but they cannot cause accesses outside of the table: a value is limited to its
 * range before it is used as an index, or its type has no values outside of this range.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAIR_WAYS 8
/*!
 * \brief If a client has more entries than this, its entries are replaced before those of other
 *        clients.
 */
#define FAIR_CLIENT_MAX 1024
/*!
 * \brief The number of groups into which clients are divided for counting. A keyed hash chooses the
 *        group of a client.
 */
#define FAIR_CLIENTS 65536

/*! \brief The start of each entry. */
struct fair_head {
	int64_t until_ns; /*!< The time at which the entry expires. */
	int64_t last_ns;  /*!< The time at which the entry was added or last refreshed. */
	uint16_t client;  /*!< The group of the client for which the entry is counted. */
	uint8_t reserved; /*!< Whether the entry is reserved; see above. */
	uint8_t used;
};

struct fair_table {
	uint8_t *entries; /*!< Shared. */
	uint8_t *filled;  /*!< Shared; for each set, how many of its entries were ever used. */
	uint32_t *counts; /*!< Shared; for each group of clients, the number of its entries. */
	size_t stride;    /*!< The size of an entry in octets. */
	size_t sets;      /*!< The number of sets, a power of two. */
	/*! Entries of this process that were replaced before they expired, or for which there was
	 * no room. */
	uint64_t lost;
};

/*!
 * \brief Creates an empty table.
 *
 * Memory is only used when entries are added.
 *
 * \param count   Number of entries: a power of two, at least 2 * FAIR_WAYS, at most 2^32.
 * \param stride  Octets of an entry, which starts with a struct fair_head.
 *
 * \return False when out of memory.
 */
bool fair_table_init(struct fair_table *table, size_t count, size_t stride);
void fair_table_end(struct fair_table *table);

/*! \brief The entries that may contain a key: those of its two sets that were ever used. */
struct fair_places {
	struct fair_head *entries[2 * FAIR_WAYS];
	size_t count;
};

/*! \brief Returns whether the table may have an entry with this hash. The call needs no lock. */
bool fair_table_may_have(const struct fair_table *table, uint64_t hash);

/*! \brief Finds the entries that may contain a key; some of them may be unused now. */
void fair_table_places(const struct fair_table *table, uint64_t hash, struct fair_places *places);

/*!
 * \brief Adds an entry for a new key with this hash.
 *
 * \return The entry. Its head is set; the rest still has the content of the replaced entry. NULL if
 *         there is no room, which is possible only for an entry that is not reserved.
 */
struct fair_head *fair_table_take(struct fair_table *table, uint64_t hash,
                                  const struct fair_head *head, int64_t now_ns);

/*!
 * \brief Refreshes an existing entry, because a client has received its DNS record again.
 *
 * The entry is then counted for this client or for the previous one, whichever has fewer entries. A
 * client with many entries therefore cannot take over entries of others.
 */
void fair_table_refresh(struct fair_table *table, struct fair_head *entry,
                        const struct fair_head *head);

/*! \brief Empties an entry. */
void fair_table_drop(struct fair_table *table, struct fair_head *entry);
