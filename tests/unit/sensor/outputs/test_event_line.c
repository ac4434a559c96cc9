/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "sensor/outputs/event_line.h"

static void lines(void **state)
{
	(void)state;
	static const struct {
		unsigned severity;
		bool coloured;
		const char *reason, *line;
	} tests[] = {
		{ 99, false, "r", "T  critical  r\n" },
		{ 75, false, "r", "T  high      r\n" },
		{ 50, false, "r", "T  medium    r\n" },
		{ 25, false, "r", "T  low       r\n" },
		{ 0, false, "r", "T  log       r\n" },
		{ 99, true, "r", "T  \033[1;31mcritical\033[0m  r\n" },
		{ 0, true, "r", "T  \033[36mlog     \033[0m  r\n" },
		/* what others may send */
		{ 4294967295, false, "", "T  critical  \n" },
		{ 98, false, "r", "T  high      r\n" },
		{ 1, false, "r", "T  low       r\n" },
		/* control characters do not reach a terminal; UTF-8 does */
		{ 50, false, "\033[2J\n\x7f\x01", "T  medium    \\x1b[2J\\x0a\\x7f\\x01\n" },
		{ 50, false, "\xc2\x9b\xe2\x80\xae", "T  medium    \\u{009b}\\u{202e}\n" },
		{ 50, false, "\xc3\xa4", "T  medium    \xc3\xa4\n" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		char memory[128];
		struct writer out;
		writer_init(&out, memory, sizeof(memory));
		event_line_put(&out, "T", tests[i].severity, tests[i].reason, tests[i].coloured);
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
