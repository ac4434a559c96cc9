/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON of publishers without a standard, and warning lists of MISP. */
#include "tests/unit/unit.h"

#include "tests/unit/rules/feeds/import.h"

static void reads_records(void **state)
{
	(void)state;
	static const struct import_test tests[] = {
		/* Spamhaus DROP: JSON lines, the last of them about the list */
		{ FEED_AUTO,
		  "{\"cidr\":\"198.51.100.0/24\",\"sblid\":\"SBL1\"}\r\n\n{\"cidr\":\"2001:db8::/"
		  "32\"}\n"
		  "{\"type\":\"metadata\",\"timestamp\":1,\"size\":2}\n",
		  "alert any 198.51.100.0/24\nalert any 2001:db8::/32\n", NULL },
		{ FEED_AUTO,
		  "{\"cidr\":\"198.51.100.0/24\"}\n{\"cidr\":7}\n{\"cidr\":\n{\"ip\":\"x\"}\n",
		  "alert any 198.51.100.0/24\n",
		  "3:8: unexpected token near end of file\n"
		  "4:1: `x` is not a name of at least two labels\n" },
		/* the same mistake in two lines */
		{ FEED_AUTO, "{\"ip\":\"x\"}\n{\"ip\":\"192.0.2.1\"}\n{\"ip\":\"x\"}\n",
		  "alert any 192.0.2.1\n",
		  "1:1: `x` is not a name of at least two labels\n"
		  "3:1: `x` is not a name of at least two labels\n" },
		/* one end of a range makes no range */
		{ FEED_JSON,
		  "{\"a\":[{\"start\":\"192.0.2.1\"},{\"end\":\"192.0.2.3\"},{\"start\":\"192.0.2."
		  "4\","
		  "\"end\":\"192.0.2.5\"}]}",
		  "alert any 192.0.2.4/31\n", NULL },
		/* OTX pulses */
		{ FEED_AUTO,
		  "{\"id\":\"5f\",\"name\":\"Pulse\",\"references\":[\"https://r.com/"
		  "\"],\"indicators\":["
		  "{\"id\":1,\"indicator\":\"a.com\",\"type\":\"domain\",\"title\":\"\"},\n"
		  "{\"indicator\":\"192.0.2.1\",\"type\":\"IPv4\",\"description\":\"C2\"},\n"
		  "{\"indicator\":\"00\",\"type\":\"FileHash-MD5\"},\n"
		  "{\"indicator\":\"m.b.com\",\"type\":\"hostname\"}]}",
		  "alert any .a.com note=\"Pulse\"\nalert any 192.0.2.1 note=\"C2\"\n"
		  "alert any m.b.com note=\"Pulse\"\n",
		  NULL },
		{ FEED_AUTO,
		  "[{\"indicator\":\"a.com\",\"type\":\"domain\"},{\"indicator\":\"u@b.com\","
		  "\"type\":\"email\"}]",
		  "alert any .a.com\nalert any u@b.com\n", NULL },
		/* ThreatFox: an export, by number; an answer of the interface */
		{ FEED_AUTO,
		  "{\"17\":[{\"ioc_value\":\"192.0.2.1:443\",\"ioc_type\":\"ip:port\","
		  "\"malware_printable\":\"RAT\",\"confidence_level\":75,\"tags\":\"a,b\"}],"
		  "\"18\":[{\"ioc_value\":\"00\",\"ioc_type\":\"md5_hash\"}]}",
		  "alert any 192.0.2.1 conf=75 tags=a,b note=\"RAT\"\n", NULL },
		{ FEED_AUTO,
		  "{\"query_status\":\"ok\",\"data\":[{\"ioc\":\"a.com\",\"ioc_type\":\"domain\","
		  "\"reference\":null,\"tags\":[\"x\",\"y z\"]}]}",
		  "alert any .a.com tags=x,y,z\n", NULL },
		/* Feodo: the host name is that of the hosting company's customer */
		{ FEED_AUTO,
		  "[{\"ip_address\":\"192.0.2.1\",\"port\":443,\"hostname\":\"s1.hoster.com\","
		  "\"as_number\":64500,\"malware\":\"Bot\"}]",
		  "alert any 192.0.2.1 note=\"Bot\"\n", NULL },
		/* Spamhaus ASN-DROP: the domain is that of the network's owner */
		{ FEED_AUTO,
		  "{\"asn\":64500,\"domain\":\"isp.com\"}\n{\"asn\":64501,\"domain\":\"b.com\"}",
		  "", NULL },
		/* PhishTank: the network of a URL's host is no indicator */
		{ FEED_AUTO,
		  "[{\"phish_id\":\"1\",\"url\":\"http://a.evil.com/"
		  "x\",\"details\":[{\"ip_address\":"
		  "\"192.0.2.1\",\"cidr_block\":\"192.0.2.0/24\"}]},\n{\"url\":\"https://bit.ly/"
		  "x\"}]",
		  "alert any a.evil.com\n",
		  "2:1: `https://bit.ly/x` is left out: a URL on a shared host\n" },
		/* texts, ranges of addresses of clouds */
		{ FEED_AUTO, "[\"a.com\",\"http://b.com/x\",\"192.0.2.0/24\",\"main\"]",
		  "alert any .a.com\nalert any .b.com\nalert any 192.0.2.0/24\n",
		  "1:1: `main` is not a name of at least two labels\n" },
		{ FEED_AUTO,
		  "{\"ips\":[\"192.0.2.1\"],\"note\":\"x\",\"contacts\":[\"me@good.com\"]}",
		  "alert any 192.0.2.1 note=\"x\"\n", NULL },
		{ FEED_AUTO, "{\"tags\":[\"a.com\"],\"blocklist\":[\"b.com\"]}",
		  "alert any .b.com\n", NULL },
		{ FEED_AUTO, "{\"prefixes\":[{\"ip_prefix\":\"192.0.2.0/24\",\"region\":\"x\"}]}",
		  "alert any 192.0.2.0/24\n", NULL },
		{ FEED_AUTO, "[{\"start_ip\":\"192.0.2.0\",\"end_ip\":\"192.0.2.255\"}]",
		  "alert any 192.0.2.0/24\n", NULL },
		{ FEED_AUTO, "[{\"value\":\"a.com\",\"to_ids\":false}]", "", NULL },
		/* nothing to read */
		{ FEED_AUTO, "[]", "", NULL },
		{ FEED_AUTO, "[\"a\\u0000.com\"]", "", "0:0: a string contains a NUL\n" },
		{ FEED_AUTO, "[\"a.com\",", "", "1:9: ']' expected near end of file\n" },
	};
	IMPORT_CHECK(tests);
}

static void refuses_depth(void **state)
{
	(void)state;
	char text[128];
	struct imported imported;
	struct feed_options options = { .format = FEED_AUTO };
	for (size_t depth = 33; depth <= 34; depth++) {
		memset(text, '[', depth);
		snprintf(text + depth, sizeof(text) - depth, "\"a.com\"");
		memset(text + depth + 7, ']', depth);
		import_text(text, 2 * depth + 7, &options, &imported);
		assert_string_equal(imported.rules, depth == 33 ? "alert any .a.com\n" : "");
	}
	assert_string_equal(imported.complaints,
	                    "0:0: objects and arrays are nested deeper than 32 levels\n");
}

#define WARNINGLIST(rest) "{\"name\":\"W\",\"version\":1,\"list\":[" rest "}"

static void reads_warning_lists(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum feed_verb as;
		const char *rules, *complaints;
	} tests[] = {
		{ WARNINGLIST("\"google.com\",\".b.com\"],\"type\":\"hostname\""), FEED_AS_ALLOW,
		  "allow any .b.com note=\"W\"\nallow any .google.com note=\"W\"\n", "" },
		{ WARNINGLIST("\"google.com\"],\"type\":\"string\""), FEED_AS_ALLOW,
		  "allow any google.com note=\"W\"\n", "" },
		{ WARNINGLIST("\"192.0.2.0/24\",7,\"x\"],\"type\":\"cidr\""), FEED_AS_ALERT,
		  "alert any 192.0.2.0/24 note=\"W\"\n",
		  "1:1: entry 2 is not a string\n1:1: `x` is not a name of at least two labels\n" },
		{ WARNINGLIST("\"oog\"],\"type\":\"substring\""), FEED_AS_ALLOW, "", "" },
		{ WARNINGLIST("\"a.com\"]"), FEED_AS_ALLOW, "", "" },
		/* an alert for each would be wrong */
		{ WARNINGLIST("\"google.com\"],\"type\":\"hostname\""), FEED_AS_PUBLISHED, "",
		  "1:1: this is a list of what is known to be good: import it with --as allow, or "
		  "with --as alert if you want alerts\n" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct imported imported;
		struct feed_options options = { .format = FEED_AUTO, .as = tests[i].as };
		import_text(tests[i].text, strlen(tests[i].text), &options, &imported);
		assert_int_equal(imported.stats.format, FEED_WARNINGLIST);
		if (strcmp(imported.rules, tests[i].rules) != 0 ||
		    strcmp(imported.complaints, tests[i].complaints) != 0) {
			fail_msg("%s\n%s%s", tests[i].text, imported.rules, imported.complaints);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_records),
		cmocka_unit_test(refuses_depth),
		cmocka_unit_test(reads_warning_lists),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
