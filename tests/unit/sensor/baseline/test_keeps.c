/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows that are never folded, because a rule learns of them. */
#include "tests/unit/unit.h"

#include <string.h>

#include "sensor/baseline/baseline.h"
#include "tests/unit/rules/load.h"

#define START_S 1590883512

static const char RULES[] = "learn * all\n"
                            "learn .a.example ip\n"
                            "learn b.example health\n"
                            "learn c.example ip until=2020-01-01\n";

static void rows(void **state)
{
	(void)state;
	static const struct {
		const char *owner;
		uint16_t type;
		bool is_code, kept;
	} tests[] = {
		{ "z.example", DNS_TYPE_NS, false, true },
		{ "z.example", DNS_TYPE_MX, false, true },
		{ "z.example", DNS_TYPE_DS, false, true },
		{ "z.example", DNS_TYPE_A, false, false },
		{ "z.example", DNS_TYPE_CNAME, false, false },
		{ "x.a.example", DNS_TYPE_A, false, true },
		{ "x.a.example", DNS_TYPE_AAAA, false, true },
		{ "a.example", DNS_TYPE_A, false, true },
		{ "x.a.example", DNS_TYPE_TXT, false, false },
		{ "x.a.example", DNS_TYPE_A, true, false },
		{ "b.example", DNS_TYPE_CNAME, false, true },
		{ "b.example", DNS_TYPE_TXT, true, true },
		{ "x.b.example", DNS_TYPE_CNAME, false, false },
		{ "c.example", DNS_TYPE_A, false, false },
	};
	struct ruleset *set = load_text(RULES);
	struct known *known = known_new();
	struct baseline *baseline = baseline_new(known, set, NULL);
	assert_non_null(baseline);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct dns_name owner;
		assert_int_equal(dns_name_from_text(tests[i].owner, strlen(tests[i].owner), &owner),
		                 DNS_NAME_OK);
		const struct history_row row = { .owner = owner.wire,
			                         .owner_size = owner.size,
			                         .type = tests[i].type,
			                         .is_code = tests[i].is_code };
		if (baseline_keeps(baseline, &row, START_S) != tests[i].kept) {
			fail_msg("row %zu", i);
		}
	}
	baseline_free(baseline);
	known_free(known);
	ruleset_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(rows) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
