/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "sensor/outputs/event_line.h"

/* A literal and its size, NULs in it included. */
#define TEXT(literal) literal, sizeof(literal) - 1

static void lines(void **state)
{
	(void)state;
	static const struct {
		unsigned severity;
		bool coloured;
		const char *reason;
		size_t size;
		const char *line;
	} tests[] = {
		{ 99, false, TEXT("r"), "T  critical  r\n" },
		{ 75, false, TEXT("r"), "T  high      r\n" },
		{ 50, false, TEXT("r"), "T  medium    r\n" },
		{ 25, false, TEXT("r"), "T  low       r\n" },
		{ 0, false, TEXT("r"), "T  log       r\n" },
		{ 99, true, TEXT("r"), "T  \033[1;31mcritical\033[0m  r\n" },
		{ 0, true, TEXT("r"), "T  \033[36mlog     \033[0m  r\n" },
		/* what others may send */
		{ 4294967295, false, TEXT(""), "T  critical  \n" },
		{ 98, false, TEXT("r"), "T  high      r\n" },
		{ 1, false, TEXT("r"), "T  low       r\n" },
		/* control characters do not reach a terminal; UTF-8 does */
		{ 50, false, TEXT("\033[2J\n\x7f\x01"), "T  medium    \\x1b[2J\\x0a\\x7f\\x01\n" },
		{ 50, false, TEXT("\xc2\x9b\xe2\x80\xae"), "T  medium    \\u{009b}\\u{202e}\n" },
		{ 50, false, TEXT("a\0b"), "T  medium    a\\x00b\n" },
		{ 50, false, TEXT("\xc3\xa4"), "T  medium    \xc3\xa4\n" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		char memory[128];
		struct writer out;
		writer_init(&out, memory, sizeof(memory));
		event_line_put(&out, "T", tests[i].severity, tests[i].reason, tests[i].size,
		               tests[i].coloured);
		assert_string_equal(writer_text(&out), tests[i].line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
