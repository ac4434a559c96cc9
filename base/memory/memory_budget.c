/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/memory/memory_budget.h"

#include <assert.h>

void memory_budget_init(struct memory_budget *budget, size_t limit)
{
	*budget = (struct memory_budget){ .limit = limit };
}

void memory_budget_add(struct memory_budget *budget, struct memory_share *share, size_t own,
                       memory_budget_yield_t yield, void *ctx)
{
	*share = (struct memory_share){ .budget = budget, .own = own, .yield = yield, .ctx = ctx };
	if (budget != NULL) {
		assert(budget->count < MEMORY_BUDGET_SHARES);
		budget->shares[budget->count++] = share;
	}
}

void memory_budget_remove(struct memory_share *share)
{
	struct memory_budget *budget = share->budget;
	if (budget == NULL) {
		return;
	}
	memory_budget_give(share, share->used);
	for (size_t i = 0; i < budget->count; i++) {
		if (budget->shares[i] == share) {
			budget->shares[i] = budget->shares[--budget->count];
		}
	}
	share->budget = NULL;
}

bool memory_budget_fits(const struct memory_share *share, size_t size)
{
	const struct memory_budget *budget = share->budget;
	return budget == NULL || share->used + size <= share->own ||
	       budget->used + size <= budget->limit;
}

bool memory_budget_take(struct memory_share *share, size_t size)
{
	if (!memory_budget_fits(share, size)) {
		return false;
	}
	memory_budget_force(share, size);
	return true;
}

void memory_budget_force(struct memory_share *share, size_t size)
{
	share->used += size;
	if (share->budget != NULL) {
		share->budget->used += size;
	}
}

void memory_budget_give(struct memory_share *share, size_t size)
{
	share->used -= size;
	if (share->budget != NULL) {
		share->budget->used -= size;
	}
}

/* Returns the place of the table that is furthest beyond its share, among those that may still free
 * something; the number of tables if there is none. */
static size_t find_greatest(const struct memory_budget *budget,
                            const bool exhausted[MEMORY_BUDGET_SHARES])
{
	size_t greatest = budget->count;
	size_t most = 0;
	for (size_t i = 0; i < budget->count; i++) {
		const struct memory_share *share = budget->shares[i];
		size_t beyond = share->used > share->own ? share->used - share->own : 0;
		if (beyond > most && share->yield != NULL && !exhausted[i]) {
			most = beyond;
			greatest = i;
		}
	}
	return greatest;
}

void memory_budget_make_room(struct memory_budget *budget)
{
	bool exhausted[MEMORY_BUDGET_SHARES] = { false };
	while (budget->used > budget->limit) {
		size_t place = find_greatest(budget, exhausted);
		if (place == budget->count) {
			break;
		}
		exhausted[place] = !budget->shares[place]->yield(budget->shares[place]->ctx);
	}
}
