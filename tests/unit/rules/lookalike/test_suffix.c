/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/dns_name.h"
#include "rules/lookalike/suffix.h"

/* The offset of a length octet is that of the dot before its label in the text. */
static void splits(void **state)
{
	static char list[] = "// ===BEGIN ICANN DOMAINS===\ncom\nnet\nuk\nco.uk\n*.ck\n"
	                     "// ===END ICANN DOMAINS===\n// ===BEGIN PRIVATE DOMAINS===\n"
	                     "cloudfront.net\nus.hosting.com\n// ===END PRIVATE DOMAINS===\n";
	static const struct {
		const char *name;
		bool listed, split;
		struct suffix_split at;
		bool is_public;
	} rows[] = {
		{ "example.com", true, true, { 0, 0, false, 8 }, false },
		{ "www.example.com", true, true, { 0, 4, false, 12 }, false },
		{ "a.www.example.com", true, true, { 2, 6, false, 14 }, false },
		{ "example.co.uk", true, true, { 0, 0, false, 8 }, false },
		{ "www.example.co.uk", true, true, { 0, 4, false, 12 }, false },
		{ "com", true, false, { 0 }, true },
		{ "co.uk", true, false, { 0 }, true },
		{ "cloudfront.net", true, true, { 0, 0, true, 11 }, true },
		{ "d.cloudfront.net", true, true, { 0, 0, false, 2 }, false },
		{ "us.hosting.com", true, true, { 0, 3, true, 11 }, true },
		{ "a.us.hosting.com", true, true, { 0, 0, false, 2 }, false },
		{ "example.unlisted", true, true, { 0, 0, false, 8 }, false },
		/* without a list */
		{ "www.example.co.uk", false, true, { 4, 12, false, 15 }, false },
		{ "co.uk", false, true, { 0, 0, false, 3 }, false },
		{ "uk", false, false, { 0 }, false },
		{ "", true, false, { 0 }, false },
		{ "", false, false, { 0 }, false },
	};
	(void)state;
	FILE *in = fmemopen(list, sizeof(list) - 1, "r");
	psl_ctx_t *psl = psl_load_fp(in);
	assert_non_null(psl);
	(void)fclose(in);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dns_name name = { .size = 1 }; /* the root */
		struct suffix_split at = { 0 };
		(void)dns_name_from_host(rows[i].name, strlen(rows[i].name), &name);
		const psl_ctx_t *from = rows[i].listed ? psl : NULL;
		bool split = suffix_split(from, name.wire, name.size, &at);
		if (split != rows[i].split ||
		    (split &&
		     (at.below != rows[i].at.below || at.domain != rows[i].at.domain ||
		      at.is_suffix != rows[i].at.is_suffix || at.suffix != rows[i].at.suffix))) {
			fail_msg("%s: %d, below %d, domain %d, suffix %d %d", rows[i].name, split,
			         at.below, at.domain, at.suffix, at.is_suffix);
		}
		if (suffix_is_public(from, name.wire, name.size) != rows[i].is_public) {
			fail_msg("%s", rows[i].name);
		}
	}
	psl_free(psl);
}

/* A host name has no dot and no NUL in a label. */
static void names_of_no_host(void **state)
{
	static const struct {
		const char *wire;
		size_t size;
	} rows[] = { { "\3a.b\3com", 9 }, { "\3a\0b\3com", 9 } };
	(void)state;
	struct suffix_split at;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_false(suffix_split(NULL, (const uint8_t *)rows[i].wire, rows[i].size, &at));
	}
	assert_true(suffix_split(NULL, (const uint8_t *)"\3a-b\3com", 9, &at));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits),
		cmocka_unit_test(names_of_no_host),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
