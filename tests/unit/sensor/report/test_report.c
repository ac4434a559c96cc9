/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The memory of a report, and the table of formats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "sensor/report/formats/formats.h"

static void memory_is_counted(void **state)
{
	struct report_memory memory = { .limit = 4096 };
	(void)state;
	char *a = report_alloc(&memory, 100);
	assert_non_null(a);
	assert_int_equal(a[99], 0);
	memset(a, 'a', 100);
	size_t used = memory.used;
	assert_true(used >= 100);
	char *b = report_alloc(&memory, 1000);
	assert_non_null(b);
	a = report_resize(&memory, a, 200);
	assert_non_null(a);
	assert_int_equal(a[99], 'a');
	assert_int_equal(a[100], 0);
	report_release(&memory, b);
	report_release(&memory, NULL);
	assert_int_equal(memory.used, used + 100);
	assert_int_equal(memory.refused, 0);
	report_memory_free(&memory);
	assert_int_equal(memory.used, 0);
}

static void memory_has_a_limit(void **state)
{
	struct report report = { .memory = { .limit = 1000 } };
	(void)state;
	char *a = report_alloc(&report.memory, 400);
	assert_non_null(a);
	assert_null(report_alloc(&report.memory, 600));
	assert_null(report_alloc(&report.memory, SIZE_MAX));
	assert_null(report_resize(&report.memory, a, 900));
	assert_int_equal(report.memory.refused, 0);
	a[399] = 1;
	report_free(&report);
	assert_int_equal(report.memory.used, 0);
}

static void formats_are_found(void **state)
{
	static const struct {
		const char *file, *format;
	} tests[] = {
		{ "report.json", "json" }, { "folder.json/report.json", "json" }, { "json", NULL },
		{ ".json", NULL },         { "report.json.bak", NULL },           { "", NULL },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		const struct report_format *format = report_format_of_file(tests[i].file);
		assert_int_equal(format != NULL, tests[i].format != NULL);
		if (format != NULL) {
			assert_string_equal(format->name, tests[i].format);
		}
	}
	for (size_t i = 0; report_format_at(i) != NULL; i++) {
		assert_non_null(report_format_at(i)->write);
	}
	assert_non_null(report_format_at(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_counted),
		cmocka_unit_test(memory_has_a_limit),
		cmocka_unit_test(formats_are_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
