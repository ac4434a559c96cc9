/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "sensor/console/request.h"

#define NOW 1600000000

static struct console_request request;

static unsigned read_target(const char *target)
{
	const char *reason = NULL;
	unsigned status = console_request_read(&request, target, NOW, &reason);
	assert_true((status == 200) == (reason == NULL));
	return status;
}

static void paths_are_pages(void **state)
{
	static const struct {
		const char *target;
		unsigned status;
		enum console_page page;
		const char *text;
	} rows[] = {
		{ "/", 200, CONSOLE_INCIDENTS, "" },
		{ "/incidents", 200, CONSOLE_INCIDENTS, "" },
		{ "/incidents?refresh=0", 200, CONSOLE_INCIDENTS, "" },
		{ "/incidents/ab%20c", 200, CONSOLE_INCIDENT, "ab c" },
		{ "/lookup", 200, CONSOLE_LOOKUP, "" },
		{ "/lookup?q=user%40example.com", 200, CONSOLE_LOOKUP, "user@example.com" },
		{ "/lookup?x=1&q=a+b", 200, CONSOLE_LOOKUP, "a b" },
		{ "/lookup?qq=1", 200, CONSOLE_LOOKUP, "" },
		{ "/login", 200, CONSOLE_LOGIN, "" },
		{ "/logout", 200, CONSOLE_LOGOUT, "" },
		{ "/pdns/query/example.com", 200, CONSOLE_CIRCL, "example.com" },
		{ "/pdns/query/%2A.example.com", 200, CONSOLE_CIRCL, "*.example.com" },
		{ "/pdns/query/192.0.2.0/24", 200, CONSOLE_CIRCL, "192.0.2.0/24" },
		{ "/pdns/query/192.0.2.0,24", 200, CONSOLE_CIRCL, "192.0.2.0/24" },
		{ "/pdns/query/2001:db8::%2F32", 200, CONSOLE_CIRCL, "2001:db8::/32" },
		{ "/pdns/query/@example.com", 200, CONSOLE_CIRCL, "@example.com" },
		{ "/dnsdb/v2/ping", 200, CONSOLE_DNSDB_PING, "" },
		{ "/dnsdb/v2/rate_limit", 200, CONSOLE_DNSDB_RATE, "" },
		{ "/lookup/rate_limit", 200, CONSOLE_DNSDB_RATE, "" },
		{ "/pdns/query/a..b", 400, 0, NULL },
		{ "/pdns/query/%", 400, 0, NULL },
		{ "/pdns/query/%2", 400, 0, NULL },
		{ "/pdns/query/%zz", 400, 0, NULL },
		{ "/pdns/query/a%00b", 400, 0, NULL },
		{ "/lookup?q=%00", 400, 0, NULL },
		{ "/pdns/query/", 404, 0, NULL },
		{ "", 404, 0, NULL },
		{ "*", 404, 0, NULL },
		{ "//", 404, 0, NULL },
		{ "/../etc/passwd", 404, 0, NULL },
		{ "/dnsdb/v2/flex/regex/rrnames/a", 404, 0, NULL },
		{ "/dnsdb/v2/lookup/", 404, 0, NULL },
		{ "/dnsdb/v2/lookup/rrset/name/a/A/b/c", 400, 0, NULL },
		{ "/dnsdb/v2/lookup/rdata/name/a/A/b", 404, 0, NULL },
		{ "/dnsdb/v2/lookup/a/b/c/d/e/f/g/h", 400, 0, NULL },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned status = read_target(rows[i].target);
		if (status != rows[i].status ||
		    (status == 200 &&
		     (request.page != rows[i].page || strcmp(request.text, rows[i].text) != 0))) {
			fail_msg("%s: status %u, page %d, %s", rows[i].target, status,
			         (int)request.page, request.text);
		}
	}
	assert_int_equal(read_target("/incidents?refresh=0"), 200);
	assert_true(request.still);
	assert_int_equal(read_target("/incidents"), 200);
	assert_false(request.still);
}

static const char *name_text(const struct dns_name *name)
{
	static char text[DNS_NAME_TEXT_MAX];
	text[dns_name_text(name->wire, text)] = '\0';
	return text;
}

static void lookups_are_queries(void **state)
{
	static const struct {
		const char *path;
		enum history_question question;
		enum history_key_kind kind;
		const char *name;
		size_t types;
	} rows[] = {
		{ "rrset/name/Example.com", HISTORY_ASK_NAME, HISTORY_KEY_OWNER, "example.com", 0 },
		{ "rrset/name/example.com./ANY", HISTORY_ASK_NAME, HISTORY_KEY_OWNER, "example.com",
		  0 },
		{ "rrset/name/example.com/NS", HISTORY_ASK_NAME, HISTORY_KEY_OWNER, "example.com",
		  1 },
		{ "rrset/name/example.com/NS,TYPE65280,mx", HISTORY_ASK_NAME, HISTORY_KEY_OWNER,
		  "example.com", 3 },
		{ "rrset/name/example.com/ANY-DNSSEC", HISTORY_ASK_NAME, HISTORY_KEY_OWNER,
		  "example.com", 7 },
		{ "rrset/name/*.example.com", HISTORY_ASK_BELOW, HISTORY_KEY_OWNER, "example.com",
		  0 },
		{ "rrset/name/.example.com", HISTORY_ASK_AT_BELOW, HISTORY_KEY_OWNER, "example.com",
		  0 },
		{ "rrset/name/www.example.*", HISTORY_ASK_START, HISTORY_KEY_OWNER, "www.example",
		  0 },
		{ "rrset/name/192.0.2.1", HISTORY_ASK_NAME, HISTORY_KEY_OWNER, "192.0.2.1", 0 },
		{ "rdata/name/ns.example.com/NS", HISTORY_ASK_NAME, HISTORY_KEY_TARGET,
		  "ns.example.com", 1 },
		{ "rrset/raw/03777777076578616D706C6500", HISTORY_ASK_NAME, HISTORY_KEY_OWNER,
		  "www.example", 0 },
		{ "rdata/ip/192.0.2.1", HISTORY_ASK_NETWORK, HISTORY_KEY_ADDRESS, NULL, 0 },
		{ "rdata/ip/192.0.2.0,24", HISTORY_ASK_NETWORK, HISTORY_KEY_ADDRESS, NULL, 0 },
		{ "rdata/ip/192.0.2.0-192.0.2.9", HISTORY_ASK_NETWORK, HISTORY_KEY_ADDRESS, NULL,
		  0 },
		{ "rdata/ip/2001:db8::%2F32", HISTORY_ASK_NETWORK, HISTORY_KEY_ADDRESS, NULL, 0 },
		{ "rdata/raw/0102", HISTORY_ASK_DATA, HISTORY_KEY_OWNER, NULL, 0 },
	};
	char target[256];
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(target, sizeof(target), "/dnsdb/v2/lookup/%s", rows[i].path);
		assert_int_equal(read_target(target), 200);
		assert_int_equal(request.page, CONSOLE_DNSDB);
		assert_true(request.framed && request.query.alone && !request.summarize);
		assert_int_equal(request.rdata, rows[i].path[1] == 'd');
		assert_int_equal(request.query.question, rows[i].question);
		assert_int_equal(request.query.kind, rows[i].kind);
		assert_int_equal(request.query.types_count, rows[i].types);
		if (rows[i].name != NULL) {
			assert_string_equal(name_text(&request.query.name), rows[i].name);
		}
	}
	assert_int_equal(request.query.data_size, 2);
	assert_memory_equal(request.query.data, "\1\2", 2);
	assert_int_equal(read_target("/dnsdb/v2/lookup/rdata/ip/192.0.2.0,24"), 200);
	assert_int_equal(request.query.prefix, 96 + 24);
	assert_int_equal(read_target("/lookup/rrset/name/a.example/A/example"), 200);
	assert_false(request.framed);
	assert_string_equal(name_text(&request.bailiwick), "example");
	assert_int_equal(read_target("/dnsdb/v2/summarize/rrset/name/a.example"), 200);
	assert_true(request.summarize);
}

/* A name of 255 octets, which is the longest, and one of 256. */
static void the_longest_raw_name(void **state)
{
	(void)state;
	for (int last = 61; last <= 62; last++) {
		const int labels[] = { 63, 63, 63, last };
		char target[1024] = "/dnsdb/v2/lookup/rrset/raw/";
		for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
			size_t size = strlen(target);
			(void)snprintf(target + size, sizeof(target) - size, "%02x", labels[i]);
			for (int j = 0; j < labels[i]; j++) {
				(void)strcat(target, "61");
			}
		}
		(void)strcat(target, "00");
		assert_int_equal(read_target(target), last == 61 ? 200 : 400);
	}
}

static void bad_lookups_are_refused(void **state)
{
	static const char *const paths[] = {
		"rrset/name/a..b",      "rrset/name/a@b",        "rrset/name/a%2Fb",
		"rrset/name/a/NOTYPE",  "rrset/name/a/A/*.b",    "rrset/name/a/A/b..c",
		"rdata/ip/example.com", "rdata/ip/192.0.2.0,33", "rdata/ip/192.0.2.9-192.0.2.0",
		"rdata/raw/1",          "rdata/raw/zz",          "rrset/raw/0377777",
		"rrset/raw/037777",     "rrset/name/%",
	};
	char target[256];
	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		(void)snprintf(target, sizeof(target), "/dnsdb/v2/lookup/%s", paths[i]);
		if (read_target(target) != 400) {
			fail_msg("%s is a lookup", paths[i]);
		}
	}
}

#define LOOKUP "/dnsdb/v2/lookup/rrset/name/example.com?"

static void parameters_are_read(void **state)
{
	const struct history_query *query = &request.query;
	(void)state;
	assert_int_equal(read_target("/dnsdb/v2/lookup/rrset/name/example.com"), 200);
	assert_int_equal(query->limit, CONSOLE_LIMIT_DEFAULT);
	assert_true(query->until_s == UINT64_MAX && query->last_until_s == 0);
	assert_int_equal(read_target(LOOKUP "limit=7&offset=3&humantime=t&aggr=f&swclient=x"), 200);
	assert_int_equal(query->limit, 7);
	assert_int_equal(request.offset, 3);
	assert_true(request.dates);
	assert_int_equal(read_target(LOOKUP "limit=0"), 200);
	assert_int_equal(query->limit, CONSOLE_LIMIT_MAX);
	assert_int_equal(read_target(LOOKUP "limit=99999999999"), 200);
	assert_int_equal(query->limit, CONSOLE_LIMIT_MAX);
	assert_int_equal(read_target(LOOKUP "time_first_after=1&time_first_before=2"
	                                    "&time_last_after=-100&time_last_before=4"),
	                 200);
	assert_int_equal(query->first_since_s, 1);
	assert_int_equal(query->until_s, 2);
	assert_int_equal(query->since_s, NOW - 100);
	assert_int_equal(query->last_until_s, 4);
	assert_int_equal(read_target(LOOKUP "time_last_after=2020-05-31T00:05:12Z"), 200);
	assert_int_equal(query->since_s, 1590883512);
	assert_int_equal(read_target(LOOKUP "time_last_after=-99999999999"), 200);
	assert_int_equal(query->since_s, 0);
}

static void bad_parameters_are_refused(void **state)
{
	static const char *const parameters[] = {
		"limit=x",
		"limit=-1",
		"limit=",
		"limit=1x",
		"offset=%31x",
		"limit=99999999999999999999",
		"time_first_after=yesterday",
		"time_first_after=--1",
		"time_last_before=%",
	};
	char target[256];
	(void)state;
	for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
		(void)snprintf(target, sizeof(target), LOOKUP "%s", parameters[i]);
		if (read_target(target) != 400) {
			fail_msg("%s is a parameter", parameters[i]);
		}
	}
	assert_int_equal(read_target(LOOKUP "offset=100001"), 416);
	assert_int_equal(read_target(LOOKUP "offset=100000"), 200);
}

static void long_targets_are_refused(void **state)
{
	char target[CONSOLE_TARGET_MAX + 2];
	(void)state;
	memset(target, 'a', sizeof(target));
	memcpy(target, "/lookup?q=", 10);
	target[CONSOLE_TARGET_MAX + 1] = '\0';
	assert_int_equal(read_target(target), 414);
	target[CONSOLE_TARGET_MAX] = '\0';
	assert_int_equal(read_target(target), 400);
	target[10 + CONSOLE_TEXT_MAX - 1] = '\0';
	assert_int_equal(read_target(target), 200);
	target[10 + CONSOLE_TEXT_MAX - 1] = 'a';
	target[10 + CONSOLE_TEXT_MAX] = '\0';
	assert_int_equal(read_target(target), 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_pages),
		cmocka_unit_test(lookups_are_queries),
		cmocka_unit_test(the_longest_raw_name),
		cmocka_unit_test(bad_lookups_are_refused),
		cmocka_unit_test(parameters_are_read),
		cmocka_unit_test(bad_parameters_are_refused),
		cmocka_unit_test(long_targets_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
