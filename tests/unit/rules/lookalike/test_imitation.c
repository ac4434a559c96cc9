/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/dns_name.h"
#include "rules/lookalike/imitation.h"

/* Names that no rule protects: the first is known, the second may imitate it. */
static void names(void **state)
{
	(void)state;
	static const struct {
		const char *known, *name;
		bool imitates;
	} tests[] = {
		{ "google.com", "gooogle.com", true },
		{ "google.com", "googel.com", true },
		{ "google.com", "xn--ggle-55da.com", true }, /* Cyrillic letters */
		{ "google.com", "google.com", false },
		{ "google.com", "example.com", false },
		/* the registrable domains are compared */
		{ "www.google.com", "ns.gooogle.com", true },
		{ "www.google.com", "mail.google.com", false },
		{ "ns.google.com", "ns.example.com", false },
		/* below another suffix */
		{ "google.com", "google.net", true },
		{ "awsdns-61.org", "awsdns-61.net", true },
		/* a dot that is added, or left out */
		{ "sakura.ne.jp", "sakurane.jp", true },
		{ "sakurane.jp", "sakura.ne.jp", true },
		{ "sakura.ne.jp", "sakura-ne.jp", false },
		/* members of a family, and numbers of another width */
		{ "awsdns-61.org", "awsdns-09.org", false },
		{ "awsdns-61.org", "awsdns-62.org", false },
		{ "awsdns-61.org", "awsdns-16.org", false },
		{ "61awsdns.org", "16awsdns.org", false },
		{ "awsdns-6x.org", "awsdns-x6.org", true },
		{ "awsdns-61.org", "wasdns-61.org", true },
		{ "awsdns-61.org", "awsdns-6x.org", true },
		{ "awsdns-6x.org", "awsdns-61.org", true },
		{ "awsdns-61.org", "awsdns-061.org", true },
		{ "9cloudflare.com", "8cloudflare.com", false },
		{ "9cloudflare.com", "xcloudflare.com", true },
		{ "cloudflare9.com", "cloudflares.com", true },
		{ "awsdns-61.org", "awsdms-09.org", false },
		{ "awsdns-61.org", "awsdms-61.org", true },
		{ "ns1dns2.org", "ns3dns4.org", false },
		/* public suffixes have no domain */
		{ "com", "con", false },
		{ "google.com", "com", false },
		{ "co.uk", "google.com", false },
	};
	const psl_ctx_t *psl = psl_builtin();
	assert_non_null(psl);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct dns_name known, name;
		assert_int_equal(dns_name_from_host(tests[i].known, strlen(tests[i].known), &known),
		                 DNS_NAME_OK);
		assert_int_equal(dns_name_from_host(tests[i].name, strlen(tests[i].name), &name),
		                 DNS_NAME_OK);
		if (imitation_is(psl, known.wire, known.size, name.wire, name.size) !=
		    tests[i].imitates) {
			fail_msg("%s and %s", tests[i].known, tests[i].name);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
