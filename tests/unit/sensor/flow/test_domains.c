/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/flow/domains.h"

#include <libpsl.h>
#include <string.h>

#include "tests/unit/unit.h"

static struct domains *domains;
static psl_ctx_t *psl;

static void check(const char *name)
{
	const char *expected = psl_registrable_domain(psl, name);
	const char *found = domains_registered(domains, name, strlen(name));
	if (expected == NULL) {
		assert_null(found);
	} else {
		assert_non_null(found);
		assert_string_equal(found, expected);
	}
}

/* Names below suffixes, wildcards and exceptions of the list, below others, and odd ones. */
static void as_libpsl(void **state)
{
	static const char *const ends[] = {
		"com",
		"co.uk",
		"kawasaki.jp",
		"city.kawasaki.jp",
		"ck",
		"www.ck",
		"github.io",
		"s3.amazonaws.com",
		"s3.dualstack.ap-northeast-1.amazonaws.com",
		"compute.amazonaws.com",
		"example",
		"bad.example",
		"xn--85x722f.com.cn",
		"..",
		".",
		"a..com",
		"a\\.b.com",
		"1.2.3.4.5.6.7.8.9.10.11.org",
	};
	static const char *const starts[] = {
		"",   "a.",   "b.",     "a.b.",     "a.b.c.", ".",    "1.2.3.4.5.6.7.8.9.",
		"a.", "a.b.", "\\000.", "\\001.a.", "\\\\.",  "a\\.", "\\000.b.\\001.",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		for (size_t j = 0; j < sizeof(starts) / sizeof(starts[0]); j++) {
			char name[256];
			(void)snprintf(name, sizeof(name), "%s%s", starts[j], ends[i]);
			check(name);
		}
	}
}

static int set_up(void **state)
{
	(void)state;
	domains = domains_new();
	psl = psl_latest(NULL);
	return domains != NULL && psl != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	domains_free(domains);
	psl_free(psl);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_libpsl),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
