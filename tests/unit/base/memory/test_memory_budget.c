/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/memory/memory_budget.h"

#include "tests/unit/unit.h"

#define LIMIT 1000
#define ENTRY 10

/* A table of entries of the same size. */
struct table {
	struct memory_share share;
	size_t yielded;
	bool pinned; /* frees nothing */
};

static bool yield_entry(void *ctx)
{
	struct table *table = ctx;
	if (table->pinned || table->share.used == 0) {
		return false;
	}
	memory_budget_give(&table->share, ENTRY);
	table->yielded++;
	return true;
}

struct fixture {
	struct memory_budget budget;
	struct table a, b, c;
};

static void set_up(struct fixture *f)
{
	*f = (struct fixture){ .a = { .pinned = false } };
	memory_budget_init(&f->budget, LIMIT);
	memory_budget_add(&f->budget, &f->a.share, 100, yield_entry, &f->a);
	memory_budget_add(&f->budget, &f->b.share, 100, yield_entry, &f->b);
	memory_budget_add(&f->budget, &f->c.share, 200, yield_entry, &f->c);
}

static size_t fill(struct table *table)
{
	size_t taken = 0;
	while (memory_budget_take(&table->share, ENTRY)) {
		taken += ENTRY;
	}
	return taken;
}

static void lends_what_is_free(void **state)
{
	struct fixture f;
	(void)state;
	set_up(&f);
	assert_int_equal(fill(&f.a), LIMIT);
	memory_budget_give(&f.a.share, ENTRY);
	assert_true(memory_budget_take(&f.a.share, ENTRY));
	assert_false(memory_budget_take(&f.a.share, ENTRY));
	assert_int_equal(f.budget.used, LIMIT);
}

static void each_has_its_share(void **state)
{
	struct fixture f;
	(void)state;
	set_up(&f);
	(void)fill(&f.a);
	assert_int_equal(fill(&f.b), 100);
	assert_int_equal(fill(&f.c), 200);
	assert_int_equal(f.budget.used, LIMIT + 300);
	memory_budget_settle(&f.budget);
	assert_int_equal(f.budget.used, LIMIT);
	assert_int_equal(f.a.share.used, 700);
	assert_int_equal(f.b.yielded + f.c.yielded, 0);
}

static void furthest_beyond_yields_first(void **state)
{
	struct fixture f;
	(void)state;
	set_up(&f);
	memory_budget_force(&f.a.share, 450); /* 350 beyond */
	memory_budget_force(&f.b.share, 400); /* 300 beyond */
	memory_budget_force(&f.c.share, 250); /* 50 beyond */
	memory_budget_settle(&f.budget);
	assert_int_equal(f.budget.used, LIMIT);
	assert_int_equal(f.a.share.used, 370);
	assert_int_equal(f.b.share.used, 380);
	assert_int_equal(f.c.share.used, 250);
}

static void one_that_frees_nothing_is_passed_over(void **state)
{
	struct fixture f;
	(void)state;
	set_up(&f);
	memory_budget_force(&f.a.share, 800);
	memory_budget_force(&f.b.share, 400);
	f.a.pinned = true;
	memory_budget_settle(&f.budget);
	assert_int_equal(f.a.share.used, 800);
	assert_int_equal(f.b.share.used, 200);
	memory_budget_force(&f.b.share, 200);
	f.b.pinned = true;
	memory_budget_settle(&f.budget);
	assert_int_equal(f.budget.used, LIMIT + 200);
}

static void left_share_is_free_again(void **state)
{
	struct fixture f;
	(void)state;
	set_up(&f);
	(void)fill(&f.a);
	memory_budget_remove(&f.a.share);
	assert_int_equal(f.budget.used, 0);
	assert_int_equal(fill(&f.b), LIMIT);
	/* A table that has left has no budget. */
	assert_true(memory_budget_take(&f.a.share, LIMIT));
	assert_int_equal(f.budget.used, LIMIT);
	memory_budget_remove(&f.a.share);
	assert_int_equal(f.budget.used, LIMIT);
}

static void without_budget_all_is_taken(void **state)
{
	struct memory_share share;
	(void)state;
	memory_budget_add(NULL, &share, 0, NULL, NULL);
	assert_true(memory_budget_take(&share, (size_t)1 << 40));
	assert_int_equal(share.used, (size_t)1 << 40);
	memory_budget_give(&share, share.used);
	memory_budget_remove(&share);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lends_what_is_free),
		cmocka_unit_test(each_has_its_share),
		cmocka_unit_test(furthest_beyond_yields_first),
		cmocka_unit_test(one_that_frees_nothing_is_passed_over),
		cmocka_unit_test(left_share_is_free_again),
		cmocka_unit_test(without_budget_all_is_taken),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
