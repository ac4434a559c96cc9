/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief One bound on the memory of all tables that grow with the traffic.
 *
 * Each table has a share of the limit. The shares together are less than the limit:
 * the rest is lent to the tables that need it. A table may always have its share. Beyond
 * its share it may grow while the limit is not reached.
 *
 * When a table takes its share and the limit is passed by it, the tables that are beyond
 * their shares give way, the one that is furthest beyond first: memory_budget_settle()
 * makes them free their oldest or least important entries. It is called between packets,
 * when no table is in use. Until then the limit may be passed by what one packet takes.
 *
 * Ownership: the budget borrows the shares, which must not move. Sizes are octets. Not
 * thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*! \brief Limit of a worker. */
#define MEMORY_BUDGET_WORKER ((size_t)192 << 20)
#define MEMORY_BUDGET_SHARES 12

/*!
 * \brief Frees the least important entry of a table. Its memory returns to the share, at the latest
 *        with that of further entries: a pool returns whole pages.
 *
 * \return False if the table has no entry left.
 */
typedef bool (*memory_budget_yield_t)(void *ctx);

struct memory_budget;

/*! \brief The part of one table. */
struct memory_share {
	struct memory_budget *budget; /*!< NULL: the table has no budget. */
	size_t own;                   /*!< The table may always have this much. */
	size_t used;
	memory_budget_yield_t yield; /*!< NULL: the table frees nothing for others. */
	void *ctx;
};

struct memory_budget {
	size_t limit;
	size_t used; /*!< By all shares. */
	size_t count;
	struct memory_share *shares[MEMORY_BUDGET_SHARES];
};

void memory_budget_init(struct memory_budget *budget, size_t limit);

/*!
 * \brief Adds the share of a table.
 *
 * \param budget  NULL: the table has no limit here.
 * \param own     The shares of all tables must be less than the limit.
 */
void memory_budget_add(struct memory_budget *budget, struct memory_share *share, size_t own,
                       memory_budget_yield_t yield, void *ctx);

/*! \brief Removes a share; what it has taken is free again. */
void memory_budget_remove(struct memory_share *share);

/*!
 * \brief Takes memory for a table, before it is allocated.
 *
 * \return False if the table must make room itself, or do without.
 */
bool memory_budget_take(struct memory_share *share, size_t size);

/*! \brief True if memory_budget_take() would take it. */
bool memory_budget_fits(const struct memory_share *share, size_t size);

/*! \brief Takes memory that the table cannot do without, until memory_budget_settle(). */
void memory_budget_force(struct memory_share *share, size_t size);

/*! \brief Returns memory, after it was freed. */
void memory_budget_give(struct memory_share *share, size_t size);

/*! \brief Frees entries until the limit is kept again. */
void memory_budget_make_room(struct memory_budget *budget);

/*! \brief Call it between packets. */
static inline void memory_budget_settle(struct memory_budget *budget)
{
	if (budget->used > budget->limit) {
		memory_budget_make_room(budget);
	}
}
