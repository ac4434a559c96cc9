/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "sensor/system/cpus.h"

static void reads(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		const char *wanted; /* NULL: refused */
	} tests[] = {
		{ "0", "0" },
		{ "2-5", "2 3 4 5" },
		{ "0,2", "0 2" },
		{ "3,1-2,3", "3 1 2 3" },
		{ "7-7", "7" },
		{ "1023", "1023" },
		/* refused */
		{ "", NULL },
		{ ",", NULL },
		{ "1,", NULL },
		{ "5-2", NULL },
		{ "2-", NULL },
		{ "-2", NULL },
		{ "1 2", NULL },
		{ "1024", NULL },
		{ "99999999999999999999", NULL },
		{ "all", NULL },
		{ "0x1", NULL },
		/* as many as there is room for, and one more */
		{ "0-64", NULL },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct cpus cpus;
		char text[512] = "";
		bool good = cpus_parse(&cpus, tests[i].text);
		for (size_t j = 0, size = 0; good && j < cpus.count; j++) {
			size += (size_t)snprintf(text + size, sizeof(text) - size, "%s%u",
			                         j > 0 ? " " : "", cpus.items[j]);
		}
		if (good != (tests[i].wanted != NULL) ||
		    (good && strcmp(text, tests[i].wanted) != 0)) {
			fail_msg("'%s': %s", tests[i].text, good ? text : "refused");
		}
	}
	struct cpus most;
	assert_true(cpus_parse(&most, "0-63"));
	assert_int_equal(most.count, CPUS_MAX);
}

int main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(reads),
	};
	return cmocka_run_group_tests(all, NULL, NULL);
}
