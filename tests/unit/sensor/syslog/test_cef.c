/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "sensor/syslog/cef.h"

#define START "CEF:0|nsmx|nsmx||"

/* The CEF of an event that is written with ' in place of ". */
static const char *cef(const char *event, unsigned severity)
{
	static char text[16384];
	char json[16384];
	struct writer out;
	(void)snprintf(json, sizeof(json), "%s", event);
	for (char *at = json; *at != '\0'; at++) {
		*at = *at == '\'' ? '"' : *at;
	}
	json_t *parsed = json_loads(json, JSON_ALLOW_NUL, NULL);
	assert_non_null(parsed);
	writer_init(&out, text, sizeof(text));
	cef_put(&out, parsed, severity);
	json_decref(parsed);
	const char *written = writer_text(&out);
	assert_non_null(written);
	return written;
}

static void escapes(void **state)
{
	static const struct {
		const char *event, *expected;
	} rows[] = {
		/* In the header | and \ are escaped, and = is not. */
		{ "{'rule':{'id':'a|b\\\\c=d'},'event':{'action':'x'}}",
		  START "a\\|b\\\\c=d|x|0|" },
		{ "{'rule':{'id':'a\\nb\\rc\\td'},'event':{'action':'x'}}", START "a b c d|x|0|" },
		{ "{'event':{'dataset':'nsmx.dns'}}", START "nsmx.dns|nsmx.dns|0|cat=nsmx.dns" },
		{ "{}", START "||0|" },
		{ "{'observer':{'version':'1|2'}}", "CEF:0|nsmx|nsmx|1\\|2|||0|" },
		{ "{'rule':7,'event':[1]}", START "||0|" },
		/* In the extension = and \ are escaped, and | is not. */
		{ "{'event':{'reason':'a=b|c\\\\d'}}", START "||0|msg=a\\=b|c\\\\d" },
		{ "{'event':{'reason':'a\\nb\\rc\\td\\u0000e\\u007ff'}}",
		  START "||0|msg=a\\nb\\rc d e f" },
		{ "{'event':{'reason':' a '}}", START "||0|msg= a " },
		{ "{'event':{'reason':'\\\\'}}", START "||0|msg=\\\\" },
		{ "{'event':{'reason':'\xc3\xa9\\u20ac\xf0\x9f\x98\x80'}}",
		  START "||0|msg=\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" },
		{ "{'event':{'reason':''},'network':{'protocol':'dns'}}", START "||0|app=dns" },
		/* Text that looks like a key does not begin one. */
		{ "{'event':{'reason':'x src=1.2.3.4'}}", START "||0|msg=x src\\=1.2.3.4" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_string_equal(cef(rows[i].event, 0), rows[i].expected);
	}
}

static void forms(void **state)
{
	static const struct {
		const char *event, *expected;
	} rows[] = {
		{ "{'@timestamp':'2020-05-30T15:05:12.025846Z'}", "rt=1590851112025" },
		{ "{'@timestamp':'1970-01-01T00:00:00Z'}", "rt=0" },
		{ "{'@timestamp':'yesterday'}", "" },
		{ "{'@timestamp':5}", "" },
		{ "{'client':{'ip':'192.0.2.1','port':53},'server':{'ip':'2001:db8::1'}}",
		  "src=192.0.2.1 spt=53 c6a3=2001:db8::1 c6a3Label=Destination IPv6 Address" },
		{ "{'client':{'ip':'::1','port':-1},'server':{'ip':'1.2.3'}}",
		  "c6a2=::1 c6a2Label=Source IPv6 Address" },
		{ "{'client':{'ip':'1.2.3.4\\u0000','port':'53'}}", "" },
		{ "{'smtp':{'mail_from':'a@b','rcpt_to':[{'address':'c@d'},{'address':'e@f'}]}}",
		  "suser=a@b duser=c@d" },
		{ "{'smtp':{'rcpt_to':[]},'nsmx':{'count':3,'confidence':0}}",
		  "cnt=3 cn1=0 cn1Label=confidence" },
		{ "{'nsmx':{'owner':'a.example','what':'ns','incident':{'id':'7'}}}",
		  "cs2=a.example cs2Label=owner cs4=ns cs4Label=kind cs5=7 cs5Label=incident" },
		{ "{'nsmx':{'incident':{'owner':'a.example','state':'open'}}}",
		  "cs2=a.example cs2Label=owner cs4=open cs4Label=state" },
		{ "{'threat':{'enrichments':[{'matched':{'atomic':'v'}}]}}",
		  "cs3=v cs3Label=value" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_string_equal(cef(rows[i].event, 0) + strlen(START "||0|"), rows[i].expected);
	}
}

static void severities(void **state)
{
	static const struct {
		unsigned severity;
		const char *expected;
	} rows[] = {
		{ 0, "||0|" }, { 25, "||3|" }, { 50, "||5|" }, { 75, "||8|" }, { 99, "||10|" }
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_string_equal(cef("{}", rows[i].severity) + strlen(START), rows[i].expected);
	}
}

/* A value is cut at the size of its key, between two characters. */
static void long_values(void **state)
{
	char event[5000] = "{'event':{'reason':'";
	const char *msg = NULL;
	(void)state;
	strcat(event, "x");
	for (int i = 0; i < 700; i++) {
		strcat(event, "\xc3\xa9");
	}
	strcat(event, "'}}");
	msg = cef(event, 0) + strlen(START "||0|msg=");
	assert_int_equal(strlen(msg), 1023);
	assert_memory_equal(msg + 1021, "\xc3\xa9", 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes),
		cmocka_unit_test(forms),
		cmocka_unit_test(severities),
		cmocka_unit_test(long_values),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
