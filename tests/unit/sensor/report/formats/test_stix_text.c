/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/report/formats/stix_text.h"

#include <stdio.h>

#include "tests/unit/sensor/report/formats/sample.h"

static char memory[8192];

static int write_pattern(void *ctx, const struct language_rule *rule)
{
	const struct report_indicator indicator = { .kind = rule->kind,
		                                    .items = rule->indicators,
		                                    .count = rule->count,
		                                    .keys = rule->keys };
	stix_text_pattern(ctx, &indicator);
	return 0;
}

static void refuse(void *ctx, const char *file, size_t line, size_t column, const char *message)
{
	(void)ctx;
	(void)file;
	(void)line;
	(void)column;
	fail_msg("%s", message);
}

static void writes_patterns(void **state)
{
	static const struct {
		const char *rule, *pattern;
	} tests[] = {
		{ "ns x.example", "[domain-name:value = 'x.example']" },
		{ "mx *.x.example", "[domain-name:value LIKE '%.x.example']" },
		{ "any .x.example",
		  "[domain-name:value = 'x.example' OR domain-name:value LIKE '%.x.example']" },
		{ "ip 192.0.2.1 198.51.100.0/24 2001:db8::/32",
		  "[ipv4-addr:value = '192.0.2.1' OR ipv4-addr:value ISSUBSET '198.51.100.0/24' OR "
		  "ipv6-addr:value ISSUBSET '2001:db8::/32']" },
		{ "resolver 192.0.2.1", "[network-traffic:dst_ref.value = '192.0.2.1']" },
		{ "server 192.0.2.0/24",
		  "[network-traffic:dst_ref.value ISSUBSET '192.0.2.0/24']" },
		{ "from a@x.example", "[email-message:from_ref.value = 'a@x.example']" },
		{ "rcpt @x.example", "[email-message:to_refs[*].value LIKE '%@x.example']" },
		{ "rcpt .x.example", "[email-message:to_refs[*].value LIKE '%@x.example' OR "
		                     "email-message:to_refs[*].value LIKE '%.x.example']" },
		{ "any a@x.example", "[email-addr:value = 'a@x.example']" },
		{ "from \"o'b@x.example\"", "[email-message:from_ref.value = 'o\\'b@x.example']" },
		{ "rcpt @x.example server=192.0.2.1,2001:db8::/32",
		  "[email-message:to_refs[*].value LIKE '%@x.example'] AND "
		  "[network-traffic:dst_ref.value = '192.0.2.1' OR "
		  "network-traffic:dst_ref.value ISSUBSET '2001:db8::/32']" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		char line[256];
		struct writer out;
		size_t bad;
		const struct language_sink sink = { .rule = write_pattern,
			                            .complain = refuse,
			                            .ctx = &out };
		int size = snprintf(line, sizeof(line), "alert %s\n", tests[i].rule);
		FILE *in = fmemopen(line, (size_t)size, "r");
		writer_init(&out, memory, sizeof(memory));
		assert_int_equal(language_read(in, "test", &sink, &bad), 0);
		assert_string_equal(writer_text(&out), tests[i].pattern);
		(void)fclose(in);
	}
}

/* RFC 8785 section 3.2.2.2. */
static void writes_canonical_strings(void **state)
{
	static const struct {
		struct report_text text;
		const char *json;
	} tests[] = {
		{ SAMPLE_TEXT(""), "\"\"" },
		{ SAMPLE_TEXT("a\"b\\c/"), "\"a\\\"b\\\\c/\"" },
		{ SAMPLE_TEXT("\b\t\n\f\r"), "\"\\b\\t\\n\\f\\r\"" },
		{ SAMPLE_TEXT("\0\x1f\x0b"), "\"\\u0000\\u001f\\u000b\"" },
		{ SAMPLE_TEXT("\x7f\xe2\x82\xac\xe2\x80\xae"), "\"\x7f\xe2\x82\xac\xe2\x80\xae\"" },
		{ SAMPLE_TEXT("\xff"), "\"\xef\xbf\xbd\"" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct writer out;
		writer_init(&out, memory, sizeof(memory));
		stix_text_canonical(&out, tests[i].text.text, tests[i].text.size);
		assert_string_equal(writer_text(&out), tests[i].json);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(writes_patterns),
		                            cmocka_unit_test(writes_canonical_strings) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
