/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "tests/bench/names.h"
#include "tests/unit/rules/load.h"
#include "tests/unit/rules/observe.h"

/* No indicator of the incident is needed for its name servers. */
static void providers_alone(void **state)
{
	(void)state;
	static const char *const MATCHED[] = { "ns-1515.awsdns-061.org", "ns-1985.awsdns-056.co.uk",
		                               "ns-650.awsdns-017.net" };
	static const char *const PATHS[] = { "rules/sets/providers.rules" };
	struct complaints complaints = { .size = 0 };
	struct ruleset_stats stats;
	struct ruleset *set = ruleset_load(PATHS, 1, load_complain, load_warn, &complaints, &stats);
	assert_non_null(set);
	assert_string_equal(complaints.text, "");
	for (size_t i = 0; i < sizeof(MATCHED) / sizeof(MATCHED[0]); i++) {
		struct sample sample;
		char ids[IDS_SIZE];
		observe(&sample, "ns", MATCHED[i]);
		match_ids(set, &sample.seen, ids);
		assert_string_equal(ids, "lookalike-route53 ");
	}
	ruleset_free(set);
}

static void shipped_sets(void **state)
{
	(void)state;
	static const struct {
		const char *kind, *value, *server, *ids;
	} tests[] = {
		/* the rogue name servers, by name and as imitations, and those that they imitate */
		{ "ns", "ns-1515.awsdns-061.org", NULL,
		  "coincheck-2020-ns-061 lookalike-route53 " },
		{ "ns", "ns-1985.awsdns-056.co.uk", NULL,
		  "coincheck-2020-ns-056 lookalike-route53 " },
		{ "ns", "ns-650.awsdns-017.net", NULL, "coincheck-2020-ns-017 lookalike-route53 " },
		{ "ns", "ns-1515.awsdns-61.org", NULL, "" },
		{ "ns", "ns-1985.awsdns-56.co.uk", NULL, "" },
		{ "ns", "ns-405.awsdns-50.com", NULL, "" },
		{ "ns", "ns-650.awsdns-17.net", NULL, "" },
		/* the rogue exchanger, and the genuine ones */
		{ "mx", "mail.coincheck.com", NULL, "coincheck-2020-mx " },
		{ "mx", "aspmx.l.google.com", NULL, "" },
		{ "name", "coincheck.com", NULL, "" },
		/* addresses */
		{ "ip", "45.77.24.250", NULL, "coincheck-2020-mail-ip " },
		{ "ip", "82.221.139.210", NULL, "coincheck-2020-ip-061 " },
		{ "ip", "172.104.114.87", NULL, "coincheck-2020-ip-056 " },
		{ "ip", "45.77.9.110", NULL, "coincheck-2020-ip-017 " },
		{ "ip", "54.192.85.80", NULL, "" },
		{ "resolver", "82.221.139.210", NULL, "coincheck-2020-resolver-061 " },
		{ "resolver", "172.104.114.87", NULL, "coincheck-2020-resolver-056 " },
		{ "resolver", "45.77.9.110", NULL, "coincheck-2020-resolver-017 " },
		{ "server", "45.77.24.250", NULL, "coincheck-2020-mail-server " },
		/* mail for the company: to that host only */
		{ "rcpt", "Support@coincheck.com", "45.77.24.250", "coincheck-2020-rcpt " },
		{ "rcpt", "support@coincheck.com", "142.250.1.26", "" },
		{ "rcpt", "user@example.com", "45.77.24.250", "" },
		/* 2018 and 2019 */
		{ "name", "www.smoco.jp", NULL, "jp-2019-smoco-name " },
		{ "from", "a@smoco.jp", NULL, "jp-2019-smoco-from " },
		{ "rcpt", "a@mail.smoco.jp", NULL, "jp-2019-smoco-rcpt " },
		{ "name", "sc9.me", NULL, "jp-2019-sc9-name " },
		{ "from", "a@sc9.me", NULL, "jp-2019-sc9-from " },
		{ "rcpt", "a@sc9.me", NULL, "jp-2019-sc9-rcpt " },
		{ "from", "YouXiangYan@gmail.com", NULL, "jp-2019-registrant-from " },
		{ "from", "somebody@gmail.com", NULL, "" },
		{ "ip", "163.43.30.192", NULL, "jp-2018-login-vpn " },
		{ "server", "126.58.200.7", NULL, "jp-2018-login-isp " },
	};
	static const char *const PATHS[] = { "rules/sets" };
	struct complaints complaints = { .size = 0 };
	struct ruleset_stats stats;
	struct ruleset *set = ruleset_load(PATHS, 1, load_complain, load_warn, &complaints, &stats);
	if (set == NULL) {
		fail_msg("%s", complaints.text);
	}
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct sample sample;
		char ids[IDS_SIZE];
		observe(&sample, tests[i].kind, tests[i].value);
		observe_server(&sample, tests[i].server);
		match_ids(set, &sample.seen, ids);
		if (strcmp(ids, tests[i].ids) != 0) {
			fail_msg("%s %s: %s, not %s", tests[i].kind, tests[i].value, ids,
			         tests[i].ids);
		}
	}
	ruleset_free(set);
}

/* The most frequent names, in every place where an imitation would be. */
static void ordinary_names(void **state)
{
	(void)state;
	static const char *const PATHS[] = { "rules/sets/providers.rules" };
	static const struct {
		const char *kind;
		void (*name)(char name[NAMES_MAX], uint32_t number, uint32_t which);
	} tests[] = {
		{ "ns", names_server },
		{ "mx", names_exchange },
		{ "cname", names_host },
	};
	struct complaints complaints = { .size = 0 };
	struct ruleset_stats stats;
	struct ruleset *set = ruleset_load(PATHS, 1, load_complain, load_warn, &complaints, &stats);
	assert_non_null(set);
	for (uint32_t i = 0; i < 300000; i++) {
		char name[NAMES_MAX];
		char ids[IDS_SIZE];
		struct sample sample;
		tests[i % 3].name(name, i / 3, i % 16);
		observe(&sample, tests[i % 3].kind, name);
		match_ids(set, &sample.seen, ids);
		if (ids[0] != '\0') {
			fail_msg("%s %s: %s", tests[i % 3].kind, name, ids);
		}
	}
	ruleset_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shipped_sets),
		cmocka_unit_test(providers_alone),
		cmocka_unit_test(ordinary_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
