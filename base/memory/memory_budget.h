/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief One bound on the memory of all tables that grow with the traffic.
 *
 * Each table has a share of the limit, which it may always use. The sum of the shares is less than
 * the limit. A table may grow beyond its share as long as all tables together stay below the limit.
 *
 * A table within its share may grow even if the limit is then exceeded. In this case
 * memory_budget_settle() makes the tables that are beyond their shares free their oldest or least
 * important entries, beginning with the table that is furthest beyond its share.
 * memory_budget_settle() is called between packets, when no table is in use. The limit is therefore
 * exceeded by at most the memory that one packet needs.
 *
 * Ownership: the budget borrows the shares, which must not move. Sizes are octets. Not thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*! \brief The limit of a worker, in octets. */
#define MEMORY_BUDGET_WORKER ((size_t)192 << 20)
#define MEMORY_BUDGET_SHARES 12

/*!
 * \brief Frees the least important entry of a table. The memory of one entry need not be returned
 *        at once, because a pool (pool.h) returns only whole pages.
 *
 * \return False if the table has no entry left.
 */
typedef bool (*memory_budget_yield_t)(void *ctx);

struct memory_budget;

/*! \brief The share of one table. */
struct memory_share {
	/*! The budget that the share is part of; NULL: there is none. */
	struct memory_budget *budget;
	size_t own; /*!< The table may always use this many octets. */
	size_t used;
	/*! Frees an entry of the table; NULL: the table frees nothing for other tables. */
	memory_budget_yield_t yield;
	void *ctx;
};

struct memory_budget {
	size_t limit;
	size_t used; /*!< Octets that all shares use. */
	size_t count;
	struct memory_share *shares[MEMORY_BUDGET_SHARES];
};

void memory_budget_init(struct memory_budget *budget, size_t limit);

/*!
 * \brief Adds the share of a table.
 *
 * \param budget  NULL: the memory of the table is not limited.
 * \param own     Octets that the table may always use. The sum for all tables must be less than the
 *                limit.
 */
void memory_budget_add(struct memory_budget *budget, struct memory_share *share, size_t own,
                       memory_budget_yield_t yield, void *ctx);

/*! \brief Removes a share. All of its memory counts as returned. */
void memory_budget_remove(struct memory_share *share);

/*!
 * \brief Reserves memory for a table, before the memory is allocated.
 *
 * \return False if there is no room. The table must then free entries of its own, or do without the
 *         memory.
 */
bool memory_budget_take(struct memory_share *share, size_t size);

/*! \brief Returns true if memory_budget_take() would succeed. */
bool memory_budget_fits(const struct memory_share *share, size_t size);

/*!
 * \brief Reserves memory that the table must have, even if the limit is then exceeded until the
 *        next memory_budget_settle().
 */
void memory_budget_force(struct memory_share *share, size_t size);

/*! \brief Returns reserved memory to the budget, after the memory was freed. */
void memory_budget_give(struct memory_share *share, size_t size);

/*! \brief Frees entries until the memory of all tables is within the limit again. */
void memory_budget_make_room(struct memory_budget *budget);

/*! \brief Enforces the limit. Call it between packets. */
static inline void memory_budget_settle(struct memory_budget *budget)
{
	if (budget->used > budget->limit) {
		memory_budget_make_room(budget);
	}
}
