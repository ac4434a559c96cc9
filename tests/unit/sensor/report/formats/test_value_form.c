/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/report/formats/value_form.h"

#include "tests/unit/sensor/report/formats/sample.h"

#define LABEL "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg"

static void finds_forms(void **state)
{
	static const struct {
		struct report_text text;
		enum value_form form;
	} tests[] = {
		{ { .text = NULL }, VALUE_OTHER },
		{ SAMPLE_TEXT(""), VALUE_OTHER },
		{ SAMPLE_TEXT("192.0.2.1"), VALUE_IPV4 },
		{ SAMPLE_TEXT("2001:db8::1"), VALUE_IPV6 },
		{ SAMPLE_TEXT("192.0.2.0/24"), VALUE_OTHER },
		{ SAMPLE_TEXT("a.example"), VALUE_HOST },
		{ SAMPLE_TEXT("_dmarc.a-b.example"), VALUE_HOST },
		{ SAMPLE_TEXT("a..example"), VALUE_OTHER },
		{ SAMPLE_TEXT(".example"), VALUE_OTHER },
		{ SAMPLE_TEXT("a.example."), VALUE_OTHER },
		{ SAMPLE_TEXT(LABEL), VALUE_HOST },
		{ SAMPLE_TEXT(LABEL "h"), VALUE_OTHER },
		{ SAMPLE_TEXT(LABEL "." LABEL "." LABEL ".aaaaaaaaaabbbbbbbbbbccccccccccddddddddd"
		                    "deeeeeeeeeeffffffffffg"),
		  VALUE_HOST },
		{ SAMPLE_TEXT(LABEL "." LABEL "." LABEL "." LABEL), VALUE_OTHER },
		{ SAMPLE_TEXT("a\\032b.example"), VALUE_OTHER },
		{ SAMPLE_TEXT("a.ex\0mple"), VALUE_OTHER },
		{ SAMPLE_TEXT("a@b.example"), VALUE_MAILBOX },
		{ SAMPLE_TEXT("a+b'c@b.example"), VALUE_MAILBOX },
		{ SAMPLE_TEXT("@b.example"), VALUE_OTHER },
		{ SAMPLE_TEXT("a@"), VALUE_OTHER },
		{ SAMPLE_TEXT("a@b@c.example"), VALUE_OTHER },
		{ SAMPLE_TEXT("a b@c.example"), VALUE_OTHER },
		{ SAMPLE_TEXT("\"a b\"@c.example"), VALUE_OTHER },
		{ SAMPLE_TEXT("<a@c.example"), VALUE_OTHER },
		{ SAMPLE_TEXT("m\xc3\xbcller@c.example"), VALUE_MAILBOX },
		{ SAMPLE_TEXT("a\x7f@c.example"), VALUE_OTHER },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		if (value_form(&tests[i].text) != tests[i].form) {
			fail_msg("%s: %d", tests[i].text.text, value_form(&tests[i].text));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(finds_forms) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
