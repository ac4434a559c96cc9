/* SPDX-License-Identifier: GPL-3.0-or-later */
/* STIX and MISP. */
#include "tests/unit/unit.h"

#include "rules/exchange.h"
#include "rules/feeds/json/json.h"
#include "rules/feeds/json/stix_pattern.h"
#include "tests/unit/rules/feeds/import.h"

static void keep_value(void *ctx, const char *path, const char *value)
{
	char *text = ctx;
	size_t used = strlen(text);
	snprintf(text + used, 512 - used, "%s=%s;", path, value);
}

static void walks_patterns(void **state)
{
	(void)state;
	static const struct {
		const char *pattern;
		enum stix_outcome outcome;
		const char *values;
	} tests[] = {
		{ "[domain-name:value = 'a.com']", STIX_SOUND, "domain-name:value=a.com;" },
		{ "[domain-name:value='a.com']", STIX_SOUND, "domain-name:value=a.com;" },
		{ "[a:b = 'x' OR a:c == 'y']", STIX_SOUND, "a:b=x;a:c=y;" },
		{ "[a:b = 'x'] OR ([a:c = 'y'])", STIX_SOUND, "a:b=x;a:c=y;" },
		{ "([a:b = 'x' OR (a:b = 'y')])", STIX_SOUND, "a:b=x;a:b=y;" },
		{ "[a:b IN ('x','y' , 'z')]", STIX_SOUND, "a:b=x;a:b=y;a:b=z;" },
		{ "[a:b ISSUBSET '192.0.2.0/24']", STIX_SOUND, "a:b=192.0.2.0/24;" },
		{ "[a:b_refs[*].value = 'x']", STIX_SOUND, "a:b_refs[*].value=x;" },
		{ "[file:hashes.'SHA-256' = 'x']", STIX_SOUND, "file:hashes.'SHA-256'=x;" },
		{ "[a:b = 42]", STIX_SOUND, "a:b=42;" },
		{ "[a:b = t'2020-01-01T00:00:00Z']", STIX_SOUND, "a:b=2020-01-01T00:00:00Z;" },
		{ "[a:b LIKE '%.x' OR a:b LIKE '%@x']", STIX_SOUND, "a:b=*.x;a:b=@x;" },
		/* escapes, and words inside of literals */
		{ "[a:b = 'o\\'x\\\\']", STIX_SOUND, "a:b=o'x\\;" },
		{ "[a:b = 'x AND y] OR']", STIX_SOUND, "a:b=x AND y] OR;" },
		{ "[a:b = 'AND']", STIX_SOUND, "a:b=AND;" },
		/* an AND that only adds a description */
		{ "[a:r.type = 'ipv4-addr' AND a:r.value = 'x']", STIX_SOUND,
		  "a:r.type=ipv4-addr;a:r.value=x;" },
		{ "[a:r.value = 'x' AND a:dst_port = 25 AND a:protocols[*] = 'tcp']", STIX_SOUND,
		  "a:r.value=x;a:dst_port=25;a:protocols[*]=tcp;" },
		{ "[(a:r.type = 'y' AND a:r.value = 'x') OR (a:r.type = 'y' AND a:r.value = 'z')]",
		  STIX_SOUND, "a:r.type=y;a:r.value=x;a:r.type=y;a:r.value=z;" },
		{ "[a:r.type = 'y' AND (a:r.value = 'x' OR a:r.value = 'z')]", STIX_SOUND,
		  "a:r.type=y;a:r.value=x;a:r.value=z;" },
		{ "[a:r.type = 'y' AND a:b = 'x' AND a:c = 'z']", STIX_NARROW, NULL },
		{ "[a:b = 'x' AND (a:r.type = 'y' OR a:c = 'z')]", STIX_NARROW, NULL },
		{ "[(a:b = 'x' AND a:r.type = 'y') AND a:c = 'z']", STIX_NARROW, NULL },
		{ "[a:b = 'x'] AND [a:c = 'y']", STIX_NARROW, NULL },
		/* narrower than rules can say */
		{ "[a:b = 'x' AND a:c = 'y']", STIX_NARROW, NULL },
		{ "[a:b = 'x'] FOLLOWEDBY [a:b = 'y']", STIX_NARROW, NULL },
		{ "[a:b = 'x'] WITHIN 5 SECONDS", STIX_NARROW, NULL },
		{ "[a:b = 'x'] REPEATS 5 TIMES", STIX_NARROW, NULL },
		{ "[a:b != 'x']", STIX_NARROW, NULL },
		{ "[a:b LIKE 'x%']", STIX_NARROW, NULL },
		{ "[a:b LIKE '%.x%']", STIX_NARROW, NULL },
		{ "[a:b LIKE '%.x_y']", STIX_NARROW, NULL },
		{ "[a:b LIKE '%x']", STIX_NARROW, NULL },
		{ "[a:b NOT LIKE '%.x']", STIX_NARROW, NULL },
		{ "[a:b MATCHES 'x']", STIX_NARROW, NULL },
		{ "[a:b NOT = 'x']", STIX_NARROW, NULL },
		{ "[NOT a:b = 'x']", STIX_NARROW, NULL },
		{ "[EXISTS a:b]", STIX_NARROW, NULL },
		{ "[a:b > 5]", STIX_NARROW, NULL },
		/* no patterns */
		{ "", STIX_BROKEN, NULL },
		{ "[", STIX_BROKEN, NULL },
		{ "[a:b = 'x'", STIX_BROKEN, NULL },
		{ "a:b = 'x']", STIX_BROKEN, NULL },
		{ "[a:b = 'x", STIX_BROKEN, NULL },
		{ "[a:b = 'x\\", STIX_BROKEN, NULL },
		{ "[a:b = ]", STIX_BROKEN, NULL },
		{ "[a:b 'x']", STIX_BROKEN, NULL },
		{ "[a:b IN 'x']", STIX_BROKEN, NULL },
		{ "[a:b LIKE ]", STIX_BROKEN, NULL },
		{ "[a:b LIKE x]", STIX_BROKEN, NULL },
		{ "[a:b IN ()]", STIX_BROKEN, NULL },
		{ "[a:b IN ('x',)]", STIX_BROKEN, NULL },
		{ "[a:b = 'x' a:c = 'y']", STIX_BROKEN, NULL },
		{ "[a:b[* = 'x']", STIX_BROKEN, NULL },
		{ "[a:'b = x]", STIX_BROKEN, NULL },
		{ "[plain = 'x']", STIX_BROKEN, NULL },
		{ "[a:b = 'x' OR ]", STIX_BROKEN, NULL },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		char values[512] = "";
		char why[STIX_PATH_SIZE] = "";
		enum stix_outcome outcome =
		        stix_pattern_walk(tests[i].pattern, keep_value, values, why);
		if (outcome != tests[i].outcome || (outcome != STIX_SOUND) != (why[0] != '\0')) {
			fail_msg("%s: %d, near %s", tests[i].pattern, (int)outcome, why);
		}
		if (tests[i].values != NULL) {
			assert_string_equal(values, tests[i].values);
		}
	}
}

#define INDICATOR(rest)                                                                            \
	"{\"objects\":[{\"type\":\"indicator\",\"id\":\"indicator--1\",\"pattern_type\":"          \
	"\"stix\"," rest "}]}"

static void reads_stix(void **state)
{
	(void)state;
	static const struct import_test tests[] = {
		{ FEED_AUTO, "{\"objects\":[]}", "", NULL },
		{ FEED_AUTO, "{\"more\":false}", "", NULL },
		{ FEED_AUTO, "{\"type\":\"bundle\",\"id\":\"bundle--1\"}", "", NULL },
		{ FEED_AUTO, INDICATOR("\"pattern\":\"[ipv4-addr:value = '192.0.2.1']\""),
		  "alert any 192.0.2.1\n", NULL },
		{ FEED_AUTO,
		  INDICATOR("\"name\":\"N\",\"description\":\"D\",\"confidence\":0,"
		            "\"labels\":[\"a\",\"b,c\"],\"pattern\":\"[domain-name:value = "
		            "'a.com']\""),
		  "alert any .a.com conf=0 tags=a,b;c note=\"N: D\"\n", NULL },
		{ FEED_AUTO,
		  INDICATOR("\"confidence\":101,\"pattern\":\"[email-addr:value = 'a@b.com']\""),
		  "alert any a@b.com\n", NULL },
		{ FEED_AUTO,
		  INDICATOR("\"revoked\":true,\"pattern\":\"[email-addr:value = 'a@b.com']\""), "",
		  NULL },
		{ FEED_AUTO, INDICATOR("\"pattern\":\"[file:name = 'x' AND file:size = 5]\""), "",
		  NULL },
		{ FEED_AUTO,
		  INDICATOR("\"valid_from\":\"2020-01-01T00:00:00Z\",\"valid_until\":"
		            "\"2020-02-01T00:00:00.5Z\",\"pattern\":\"[ipv6-addr:value = "
		            "'2001:db8::1']\""),
		  "alert any 2001:db8::1 since=2020-01-01 until=2020-02-01T00:00:00.500000000Z\n",
		  NULL },
		{ FEED_AUTO,
		  "[{\"type\":\"indicator\",\"id\":\"x\",\"pattern\":\"[ipv4-addr:value = "
		  "'192.0.2.1']\"}]",
		  "alert any 192.0.2.1\n", NULL },
		/* names below, mailboxes of a domain */
		{ FEED_AUTO,
		  INDICATOR("\"pattern\":\"[domain-name:value = 'a.com' OR domain-name:value LIKE "
		            "'%.b.com' OR email-message:from_ref.value LIKE '%@c.com']\""),
		  "alert from @c.com\nalert any *.b.com\nalert any .a.com\n", NULL },
		/* as MISP writes attributes with a port; URLs */
		{ FEED_AUTO,
		  INDICATOR("\"pattern\":\"[network-traffic:dst_ref.type = 'ipv4-addr' AND "
		            "network-traffic:dst_ref.value = '192.0.2.1' AND "
		            "network-traffic:dst_port = '443']\""),
		  "alert any 192.0.2.1\n", NULL },
		{ FEED_AUTO, INDICATOR("\"pattern\":\"[url:value = 'http://a.com/x']\""),
		  "alert any .a.com\n", NULL },
		{ FEED_AUTO, INDICATOR("\"pattern\":\"[url:value = 'http://bit.ly/x']\""), "",
		  "1:1: `http://bit.ly/x` is left out: a URL on a shared host\n" },
		/* narrow, and about hosts by a reference */
		{ FEED_AUTO,
		  INDICATOR("\"pattern\":\"[NOT network-traffic:dst_ref.value = '192.0.2.1']\""),
		  "", "1:1: indicator--1: its pattern has `NOT`, which rules cannot express\n" },
		{ FEED_AUTO,
		  INDICATOR("\"pattern\":\"[x-a:host = 'evil.com' OR file:name = "
		            "'evil.com' OR a:dst_port = 5]\""),
		  "", "1:1: `evil.com` is left out: unknown type x-a:host\n" },
		/* broken */
		{ FEED_AUTO, INDICATOR("\"pattern\":7"), "", "1:1: indicator--1: no pattern\n" },
		{ FEED_AUTO, INDICATOR("\n\"pattern\":\"[domain-name:value = 'a b']\""), "",
		  "1:1: `a b`: ` ` is not allowed in a name\n" },
		{ FEED_AUTO, "{\"objects\":\n[{]", "", "2:3: string or '}' expected near ']'\n" },
		{ FEED_AUTO, "{\"a\":1}", "",
		  "1:1: the file is JSON, but has no STIX objects, M"
		  "ISP events or entries with an indicator\n" },
		{ FEED_STIX, "{\"a\":1}", "", "1:1: the file is JSON, but has no STIX objects\n" },
		/* a NUL hides nothing, and makes no other value */
		{ FEED_AUTO,
		  INDICATOR(
		          "\"name\":\"a\\u0000b\",\"pattern\":\"[ipv4-addr:value = '192.0.2.1']\""),
		  "alert any 192.0.2.1 note=\"a\"\n", NULL },
		{ FEED_AUTO, INDICATOR("\"pattern\":\"[domain-name:value = 'a.com\\u0000']\""), "",
		  "1:1: indicator--1: no pattern\n" },
		{ FEED_STIX, "not json", "", "1:3: '[' or '{' expected near 'not'\n" },
	};
	IMPORT_CHECK(tests);
}

#define RULE(rest)                                                                                 \
	INDICATOR("\"name\":\"N\",\"description\":\"D\",\"indicator_types\":[\"t\"],\"labels\":["  \
	          "\"l\"],"                                                                        \
	          "\"valid_from\":\"2020-01-01T00:00:00Z\",\"pattern\":\"[ipv4-addr:value = "      \
	          "'192.0.2.1']\",\"extensions\":{\"" EXCHANGE_STIX_EXTENSION "\":{" rest "}}")

/* Indicators that reports of this program have. */
static void reads_own_stix(void **state)
{
	(void)state;
	static const struct import_test tests[] = {
		{ FEED_AUTO,
		  RULE("\"what\":\"ns\",\"severity\":\"critical\",\"indicators\":[\".a.example\","
		       "\"*.b.a.example\",\"com.com\"]"),
		  "alert ns *.b.a.example sev=critical tags=l note=\"D\"\n"
		  "alert ns .a.example sev=critical tags=l note=\"D\"\n"
		  "alert ns com.com sev=critical tags=l note=\"D\"\n",
		  NULL },
		{ FEED_AUTO,
		  RULE("\"what\":\"rcpt\",\"indicators\":[\"@a.example\"],\"servers\":["
		       "\"192.0.2.1\",\"2001:db8::/32\"],\"since\":\"2020-02-01\",\"until\":"
		       "\"2020-02-02\""),
		  "alert rcpt @a.example tags=l note=\"D\" since=2020-02-01 until=2020-02-02 "
		  "server=192.0.2.1,2001:db8::/32\n",
		  NULL },
		/* `any`, an unknown severity */
		{ FEED_AUTO,
		  RULE("\"what\":\"any\",\"severity\":\"x\",\"indicators\":[\"a@b.example\"]"),
		  "alert any a@b.example tags=l note=\"D\"\n", NULL },
		/* not a rule: the pattern is read */
		{ FEED_AUTO, RULE("\"what\":\"tls\",\"indicators\":[\"a.example\"]"),
		  "alert any 192.0.2.1 tags=t,l note=\"N: D\" since=2020-01-01\n", NULL },
		{ FEED_AUTO, RULE("\"what\":\"ns\",\"indicators\":[]"),
		  "alert any 192.0.2.1 tags=t,l note=\"N: D\" since=2020-01-01\n", NULL },
		{ FEED_AUTO, RULE("\"indicators\":[\"a.example\"]"),
		  "alert any 192.0.2.1 tags=t,l note=\"N: D\" since=2020-01-01\n", NULL },
		/* without its servers a rule would match more */
		{ FEED_AUTO,
		  RULE("\"what\":\"rcpt\",\"indicators\":[\"@a.example\"],\"servers\":[7]"), "",
		  "1:1: invalid list of servers\n" },
		{ FEED_AUTO,
		  RULE("\"what\":\"rcpt\",\"indicators\":[\"@a.example\"],\"servers\":["
		       "\"a.example\"]"),
		  "", "1:1: invalid list of servers\n" },
		{ FEED_AUTO, RULE("\"what\":\"ns\",\"indicators\":[7,\"a b\",\"192.0.2.1\"]"), "",
		  "1:1: an indicator is not a string\n1:1: `a b`: ` ` is not allowed in a name\n"
		  "1:1: `192.0.2.1` as `ns`: a rule of this kind does not take this type of "
		  "indicator\n" },
	};
	IMPORT_CHECK(tests);
}

#define ATTRIBUTE(rest) "{\"Event\":{\"info\":\"I\",\"Attribute\":[{\"uuid\":\"u-1\"," rest "}]}}"

#define TAGGED(type, value, tags)                                                                  \
	ATTRIBUTE("\"type\":\"" type "\",\"value\":\"" value "\",\"Tag\":[" tags "]")
#define TAG(key, value) "{\"name\":\"nsmx:" key "=\\\"" value "\\\"\"}"

/* Attributes that reports of this program have. */
static void reads_own_misp(void **state)
{
	(void)state;
	static const struct import_test tests[] = {
		{ FEED_AUTO,
		  TAGGED("domain", "a.example",
		         TAG("what", "ns") "," TAG("reach", "both") "," TAG(
		                 "severity", "critical") "," TAG("confidence",
		                                                 "95") ",{\"name\":\"tlp:red\"}"),
		  "alert ns .a.example sev=critical conf=95 tags=tlp:red\n", NULL },
		{ FEED_AUTO, TAGGED("domain", "a.com", TAG("reach", "below")),
		  "alert any *.a.com\n", NULL },
		{ FEED_AUTO, TAGGED("hostname", "a.com", TAG("reach", "exact")),
		  "alert any a.com\n", NULL },
		{ FEED_AUTO,
		  TAGGED("domain", "a.com", TAG("reach", "mailboxes") "," TAG("what", "from")),
		  "alert from @a.com\n", NULL },
		{ FEED_AUTO, TAGGED("ip-dst", "192.0.2.0/24", TAG("what", "resolver")),
		  "alert resolver 192.0.2.0/24\n", NULL },
		/* unknown values change nothing */
		{ FEED_AUTO,
		  TAGGED("ip-dst", "192.0.2.1",
		         TAG("what", "tls") "," TAG("severity", "x") "," TAG(
		                 "confidence", "101") "," TAG("confidence",
		                                              "") ",{\"name\":\"nsmx:what\"},{"
		                                                  "\"name\":\"nsmx:\"}"),
		  "alert any 192.0.2.1\n", NULL },
		{ FEED_AUTO, TAGGED("ip-dst", "192.0.2.1", TAG("what", "ns")), "",
		  "1:1: `192.0.2.1` as `ns`: a rule of this kind does not take this type of "
		  "indicator\n" },
	};
	IMPORT_CHECK(tests);
}

static void reads_misp(void **state)
{
	(void)state;
	static const struct import_test tests[] = {
		{ FEED_AUTO, "{\"Event\":{}}", "", NULL },
		{ FEED_AUTO, "{\"u\":{\"Orgc\":{},\"info\":\"in a manifest\"}}", "", NULL },
		{ FEED_AUTO, ATTRIBUTE("\"type\":\"domain\",\"to_ids\":true,\"value\":\"a.com\""),
		  "alert any .a.com note=\"I\"\n", NULL },
		{ FEED_AUTO,
		  ATTRIBUTE("\"type\":\"domain\",\"value\":\"a.com\",\"comment\":\"x\\u0000y\""),
		  "alert any .a.com note=\"I: x\"\n", NULL },
		{ FEED_AUTO, ATTRIBUTE("\"type\":\"domain\",\"value\":\"a.com\\u0000.org\""), "",
		  "1:1: an attribute has no type or no value\n" },
		/* URLs; types that no rule takes */
		{ FEED_AUTO, ATTRIBUTE("\"type\":\"url\",\"value\":\"http://a.com/x\""),
		  "alert any .a.com note=\"I\"\n", NULL },
		{ FEED_AUTO, ATTRIBUTE("\"type\":\"filename\",\"value\":\"evil.com\""), "", NULL },
		{ FEED_AUTO, ATTRIBUTE("\"type\":\"jabber-id\",\"value\":\"a@evil.com\""), "",
		  "1:1: `a@evil.com` is left out: unknown type jabber-id\n" },
		/* what is not meant for detection */
		{ FEED_AUTO, ATTRIBUTE("\"type\":\"domain\",\"to_ids\":false,\"value\":\"a.com\""),
		  "", NULL },
		{ FEED_AUTO, ATTRIBUTE("\"type\":\"domain\",\"to_ids\":\"0\",\"value\":\"a.com\""),
		  "", NULL },
		{ FEED_AUTO,
		  ATTRIBUTE("\"type\":\"domain\",\"to_ids\":1,\"deleted\":true,"
		            "\"value\":\"a.com\""),
		  "", NULL },
		{ FEED_AUTO, ATTRIBUTE("\"type\":\"md5\",\"to_ids\":true,\"value\":\"00\""), "",
		  NULL },
		/* composite values */
		{ FEED_AUTO, ATTRIBUTE("\"type\":\"ip-src|port\",\"value\":\"192.0.2.1|25\""),
		  "alert any 192.0.2.1 note=\"I\"\n", NULL },
		{ FEED_AUTO, ATTRIBUTE("\"type\":\"hostname|port\",\"value\":\"b.com|25\""),
		  "alert any .b.com note=\"I\"\n", NULL },
		{ FEED_AUTO, ATTRIBUTE("\"type\":\"domain|ip\",\"value\":\"b.com|192.0.2.1\""),
		  "alert any .b.com note=\"I\"\nalert any 192.0.2.1 note=\"I\"\n", NULL },
		/* mailboxes */
		{ FEED_AUTO, ATTRIBUTE("\"type\":\"email-src\",\"value\":\"a@b.com\""),
		  "alert from a@b.com note=\"I\"\n", NULL },
		{ FEED_AUTO, ATTRIBUTE("\"type\":\"target-email\",\"value\":\"a@b.com\""),
		  "alert rcpt a@b.com note=\"I\"\n", NULL },
		/* search results and lists */
		{ FEED_AUTO,
		  "{\"response\":{\"Attribute\":[{\"type\":\"ip-dst\",\"value\":\"192.0.2.1\"}]}}",
		  "alert any 192.0.2.1\n", NULL },
		{ FEED_AUTO,
		  "[{\"Event\":{\"threat_level_id\":\"3\",\"Object\":[{\"name\":\"dns-record\","
		  "\"Attribute\":[{\"object_relation\":\"mx-record\",\"type\":\"domain\","
		  "\"value\":\"b.com\"}]},{\"name\":\"x\",\"deleted\":true,\"Attribute\":[{"
		  "\"type\":\"ip-dst\",\"value\":\"192.0.2.1\"}]}]}}]",
		  "alert mx .b.com sev=low\n", NULL },
		/* broken */
		{ FEED_AUTO, ATTRIBUTE("\"type\":\"domain\",\"value\":\"a..com\""), "",
		  "1:1: `a..com`: the name has an empty label: are there too many dots?\n" },
		{ FEED_AUTO, ATTRIBUTE("\"value\":\"a.com\""), "",
		  "1:1: an attribute has no type or no value\n" },
		{ FEED_AUTO, "{\"Event\":[1],\"Attribute\":[2,null]}", "",
		  "0:0: an attribute has no type or no value\n"
		  "0:0: an attribute has no type or no value\n" },
	};
	IMPORT_CHECK(tests);
}

/* A tag is added as a whole, or not at all. */
static void bounds_tags(void **state)
{
	(void)state;
	for (size_t used = JSON_TEXT_SIZE - 8; used < JSON_TEXT_SIZE; used++) {
		char tags[JSON_TEXT_SIZE + 8], expected[JSON_TEXT_SIZE + 16];
		memset(tags, 'x', used);
		memset(tags + used, '\0', sizeof(tags) - used);
		bool fits = used + 1 + 3 < JSON_TEXT_SIZE;
		(void)snprintf(expected, sizeof(expected), "%s%s", tags, fits ? ",a;b" : "");
		json_tag(tags, "a,b");
		assert_string_equal(tags, expected);
	}
	char tags[JSON_TEXT_SIZE] = "";
	json_tag(tags, NULL);
	json_tag(tags, "");
	assert_string_equal(tags, "");
	json_tag(tags, "a");
	json_tag(tags, "b");
	assert_string_equal(tags, "a,b");
}

static void writes_notes(void **state)
{
	static const struct {
		const char *title, *text, *note;
	} rows[] = {
		{ NULL, NULL, "" }, { "", "", "" },   { "a", NULL, "a" },   { NULL, "b", "b" },
		{ "a", "", "a" },   { "", "b", "b" }, { "a", "b", "a: b" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char note[JSON_TEXT_SIZE];
		json_note(note, rows[i].title, rows[i].text);
		assert_string_equal(note, rows[i].note);
	}
}

/*! \brief Nesting beyond what jansson takes is an error, not an overflow of the stack. */
static void bounds_nesting(void **state)
{
	(void)state;
	static char text[200000];
	struct imported imported;
	struct feed_options options = { .format = FEED_AUTO };
	memset(text, '[', sizeof(text));
	import_text(text, sizeof(text), &options, &imported);
	assert_int_equal(imported.stats.errors, 1);
	assert_non_null(strstr(imported.complaints, "depth"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walks_patterns), cmocka_unit_test(reads_stix),
		cmocka_unit_test(reads_own_stix), cmocka_unit_test(reads_own_misp),
		cmocka_unit_test(reads_misp),     cmocka_unit_test(bounds_tags),
		cmocka_unit_test(writes_notes),   cmocka_unit_test(bounds_nesting),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
