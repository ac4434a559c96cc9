/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/date.h"
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

/*! \brief The hijacks whose indicators were published, in their time and at others. */
static void past_incidents(void **state)
{
	(void)state;
	static const struct {
		const char *date, *kind, *value, *ids;
	} tests[] = {
		{ "2018-09-20", "ns", "ns1.cloudipnameserver.com",
		  "dnspionage-cloudipnameserver " },
		{ "2018-09-20", "ns", "ns1.interaland.com", "dnspionage-interaland " },
		{ "2018-09-20", "ip", "185.20.187.8", "dnspionage-185-20-187-8 " },
		{ "2018-09-20", "resolver", "185.20.187.8", "dnspionage-185-20-187-8 " },
		{ "2018-10-01", "ip", "185.20.187.8", "" },
		{ "2018-08-31", "ip", "185.20.187.8", "" },
		{ "2019-07-01", "ns", "ns2.rootdnservers.com", "sea-turtle-rootdnservers " },
		{ "2019-07-01", "resolver", "45.32.100.62", "sea-turtle-45-32-100-62 " },
		{ "2018-04-24", "ip", "46.161.42.42", "myetherwallet-2018-ip " },
		{ "2020-04-24", "ip", "46.161.42.42", "" },
		{ "2024-01-01", "ns", "a22-65.akam.ne", "akam-ne-2025 lookalike-akam " },
		{ "2024-01-01", "ns", "a22-65.akam.net", "" },
	};
	static const char *const PATHS[] = { "rules/sets" };
	struct complaints complaints = { .size = 0 };
	struct ruleset_stats stats;
	struct ruleset *set = ruleset_load(PATHS, 1, load_complain, load_warn, &complaints, &stats);
	assert_non_null(set);
	assert_string_equal(complaints.text, "");
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct sample sample;
		char ids[IDS_SIZE];
		observe(&sample, tests[i].kind, tests[i].value);
		assert_null(date_parse(tests[i].date, false, &sample.seen.time_ns));
		match_ids(set, &sample.seen, ids);
		if (strcmp(ids, tests[i].ids) != 0) {
			fail_msg("%s %s: %s, not %s", tests[i].date, tests[i].value, ids,
			         tests[i].ids);
		}
	}
	ruleset_free(set);
}

static void incidents_have_sources(void **state)
{
	(void)state;
	static const char *const PATHS[] = { "rules/sets/dns-hijacks.rules" };
	static const char *const KEYS[] = { " id=",          " conf=",  " feed=",
		                            " ref=https://", " since=", " note=" };
	char *text;
	size_t size;
	struct complaints complaints = { .size = 0 };
	struct ruleset_stats stats;
	struct ruleset *set = ruleset_load(PATHS, 1, load_complain, load_warn, &complaints, &stats);
	FILE *out = open_memstream(&text, &size);
	assert_non_null(set);
	assert_int_equal(ruleset_list(set, out), 0);
	fclose(out);
	size_t lines = 0;
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"), lines++) {
		for (size_t i = 0; i < sizeof(KEYS) / sizeof(KEYS[0]); i++) {
			if (strstr(line, KEYS[i]) == NULL) {
				fail_msg("no%s: %s", KEYS[i], line);
			}
		}
		/* An address has another tenant after a while. */
		bool address = ascii_is_digit(line[strlen("alert any ")]) &&
		               strspn(line + strlen("alert any "), "0123456789.") > 6;
		assert_true(!address || strstr(line, " until=") != NULL);
	}
	assert_int_equal(lines, stats.rules);
	assert_true(lines >= 30);
	free(text);
	ruleset_free(set);
}

/*! \brief Neighbours of the providers' names that are their own. */
static void neighbours(void **state)
{
	(void)state;
	static const char *const NAMES[] = { "login.msa.akadns6.net",
		                             "a.akadns7.net",
		                             "akadns88.net",
		                             "akatns.net",
		                             "akami.net",
		                             "x.akamaihd.net",
		                             "e1.edgekey.net",
		                             "akamai.com" };
	static const char *const PATHS[] = { "rules/sets/providers.rules" };
	struct complaints complaints = { .size = 0 };
	struct ruleset_stats stats;
	struct ruleset *set = ruleset_load(PATHS, 1, load_complain, load_warn, &complaints, &stats);
	assert_non_null(set);
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
		struct sample sample;
		char ids[IDS_SIZE];
		observe(&sample, "cname", NAMES[i]);
		match_ids(set, &sample.seen, ids);
		if (ids[0] != '\0') {
			fail_msg("%s: %s", NAMES[i], ids);
		}
	}
	ruleset_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shipped_sets),           cmocka_unit_test(providers_alone),
		cmocka_unit_test(ordinary_names),         cmocka_unit_test(past_incidents),
		cmocka_unit_test(incidents_have_sources), cmocka_unit_test(neighbours),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
