/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "sensor/fetch/compare.h"

static const struct {
	const char *before, *after;
	struct compare_counts counts; /* before, after, added, removed, allows */
} ROWS[] = {
	{ "", "", { 0, 0, 0, 0, 0 } },
	{ "", "alert ip 192.0.2.1 id=a\n", { 0, 1, 1, 0, 0 } },
	{ "alert ip 192.0.2.1 id=a\n", "", { 1, 0, 0, 1, 0 } },
	/* comments, the line of `set`, and empty lines are not rules */
	{ "# alert ip 192.0.2.1\nset feed=a\n\n", "\n", { 0, 0, 0, 0, 0 } },
	/* other keys do not make another rule, other kinds do */
	{ "alert ip 192.0.2.1 id=a sev=low\n",
	  "alert ip 192.0.2.1 id=a sev=high\nalert server 192.0.2.1 id=b\n",
	  { 1, 2, 1, 0, 0 } },
	/* the order does not matter, nor a missing line feed at the end */
	{ "alert ns b id=1\nalert ns a id=2\nalert ns c id=3",
	  "alert ns a id=2\nallow ns d id=4\n",
	  { 3, 2, 1, 2, 1 } },
	/* one indicator is the front of another one */
	{ "alert ns a.example id=1\n", "alert ns a.example.org id=2\n", { 1, 1, 1, 1, 0 } },
	/* a line without an id */
	{ "alert ns a\n", "alert ns a\nallow", { 1, 2, 1, 0, 0 } },
};

static void rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
		struct compare_counts counts;
		assert_true(compare_rules(ROWS[i].before, strlen(ROWS[i].before), ROWS[i].after,
		                          strlen(ROWS[i].after), &counts));
		if (memcmp(&counts, &ROWS[i].counts, sizeof(counts)) != 0) {
			fail_msg("row %zu: %llu %llu, +%llu -%llu, %llu", i,
			         (unsigned long long)counts.before,
			         (unsigned long long)counts.after, (unsigned long long)counts.added,
			         (unsigned long long)counts.removed,
			         (unsigned long long)counts.allows);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
