/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "sensor/fleet/fleet_place.h"
#include "sensor/fleet/fleet_report.h"
#include "sensor/fleet/fleet_set.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define LARGE    ((size_t)8 << 20)

/* A set with a right first line and any octets after it. */
static size_t with_head(char *to, const char *body, size_t size)
{
	int head = sprintf(to, "nsmx-rules 1 3 %zu %016llx\n", size,
	                   (unsigned long long)XXH64(body, size, 0));
	memcpy(to + head, body, size);
	return (size_t)head + size;
}

static void written_and_read(void **state)
{
	(void)state;
	struct writer files, octets;
	struct fleet_set set;
	struct fleet_file file;
	writer_init_growing(&files, FLEET_SET_MAX);
	writer_init_growing(&octets, FLEET_SET_MAX);
	fleet_set_add(&files, "a.rules", "alert ns .a.example\n", 20);
	fleet_set_add(&files, "empty", "", 0);
	fleet_set_add(&files, "nul", "\0\n\xff", 3);
	fleet_set_write(&octets, &files, 42);
	assert_null(fleet_set_read(octets.start, writer_size(&octets), &set));
	assert_int_equal(set.head.version, 42);
	struct cursor c = fleet_set_files(&set);
	assert_true(fleet_set_next(&c, &file));
	assert_string_equal(file.name, "a.rules");
	assert_int_equal(file.size, 20);
	assert_memory_equal(file.text, "alert ns .a.example\n", 20);
	assert_true(fleet_set_next(&c, &file));
	assert_string_equal(file.name, "empty");
	assert_int_equal(file.size, 0);
	assert_true(fleet_set_next(&c, &file));
	assert_memory_equal(file.text, "\0\n\xff", 3);
	assert_false(fleet_set_next(&c, &file));
	writer_free(&files);
	writer_free(&octets);
}

static void every_cut_is_refused(void **state)
{
	(void)state;
	static const char body[] = "file 5 a.rules\nrules\nfile 0 b\n\n";
	char octets[256];
	struct fleet_set set;
	size_t size = with_head(octets, body, sizeof(body) - 1);
	assert_null(fleet_set_read(octets, size, &set));
	for (size_t cut = 0; cut < size; cut++) {
		assert_non_null(fleet_set_read(octets, cut, &set));
	}
	octets[size] = 'x';
	assert_non_null(fleet_set_read(octets, size + 1, &set));
	for (size_t i = 0; i < size; i++) {
		char before = octets[i];
		octets[i] ^= 1;
		bool version = i == 13;
		assert_int_equal(fleet_set_read(octets, size, &set) == NULL, version);
		octets[i] = before;
	}
}

static void bodies(void **state)
{
	(void)state;
	static const struct {
		const char *body;
		bool good;
	} tests[] = {
		{ "", true },
		{ "file 1 a\nx\n", true },
		{ "file 1 a\nx", false },
		{ "file 1 a\nxy\n", false },
		{ "file 2 a\nx\n", false },
		{ "file  a\n\n", false },
		{ "file -1 a\n\n", false },
		{ "file 0 \n\n", false },
		{ "file 0 /etc/a\n\n", false },
		{ "file 0 a b\n\n", false },
		{ "file 0 a\x1b[2J\n\n", false },
		{ "file 0 a\xc3\xa9\n\n", false },
		{ "file 18446744073709551615 a\n\n", false },
		{ "file 9999999999999999999 a\n\n", false },
		{ "folder 0 a\n\n", false },
		{ "file 0 a\n\nmore", false },
	};
	for (size_t i = 0; i < COUNT(tests); i++) {
		char octets[256];
		struct fleet_set set;
		size_t size = with_head(octets, tests[i].body, strlen(tests[i].body));
		if ((fleet_set_read(octets, size, &set) == NULL) != tests[i].good) {
			fail_msg("%s", tests[i].body);
		}
	}
}

static void heads(void **state)
{
	(void)state;
	static const struct {
		const char *head;
		bool good;
	} tests[] = {
		{ "nsmx-rules 1 1 0 ef46db3751d8e999\n", true },
		{ "nsmx-rules 1 9999999999999999999 7339000 0123456789abcdef\n", true },
		{ "nsmx-rules 1 0 0 ef46db3751d8e999\n", false },
		{ "nsmx-rules 2 1 0 ef46db3751d8e999\n", false },
		{ "nsmx-rules 1 1 7340033 ef46db3751d8e999\n", false },
		{ "nsmx-rules 1 1 18446744073709551616 ef46db3751d8e999\n", false },
		{ "nsmx-rules 1 1 0 EF46DB3751D8E999\n", false },
		{ "nsmx-rules 1 1 0 ef46db3751d8e99\n", false },
		{ "nsmx-rules 1 1 0 ef46db3751d8e9990\n", false },
		{ "nsmx-rules 1 1 0 ef46db3751d8e999", false },
		{ "alert ns .a.example\n", false },
		{ "", false },
	};
	for (size_t i = 0; i < COUNT(tests); i++) {
		struct fleet_head head;
		const char *why = fleet_head_read(tests[i].head, strlen(tests[i].head), &head);
		if ((why == NULL) != tests[i].good) {
			fail_msg("%s", tests[i].head);
		}
	}
}

static void large(void **state)
{
	(void)state;
	char *octets = calloc(1, LARGE + 100);
	char *body = malloc(LARGE);
	struct fleet_set set;
	assert_non_null(octets);
	assert_non_null(body);
	int head = sprintf(body, "file %zu a\n", FLEET_SET_MAX);
	memset(body + head, 'x', LARGE - (size_t)head);
	body[(size_t)head + FLEET_SET_MAX] = '\n';
	size_t size = with_head(octets, body, (size_t)head + FLEET_SET_MAX + 1);
	assert_non_null(fleet_set_read(octets, size, &set));
	size = 0;
	for (int i = 0; i <= FLEET_FILES_MAX; i++) {
		size += (size_t)sprintf(body + size, "file 0 %d\n\n", i);
		size_t whole = with_head(octets, body, size);
		assert_int_equal(fleet_set_read(octets, whole, &set) == NULL, i < FLEET_FILES_MAX);
	}
	free(octets);
	free(body);
}

static void places(void **state)
{
	(void)state;
	static const struct {
		const char *target, *set, *news, *sensors;
	} tests[] = {
		{ "redis://h", "nsmx:rules", "nsmx:rules:news", "nsmx:rules:sensors" },
		{ "redis://h?key=r:1", "r:1", "r:1:news", "r:1:sensors" },
		{ "redis+cluster://h", "{nsmx:rules}", "{nsmx:rules}:news",
		  "{nsmx:rules}:sensors" },
		{ "redis+cluster://h?key={a}b", "{a}b", "{a}b:news", "{a}b:sensors" },
	};
	struct fleet_place place;
	char error[256];
	for (size_t i = 0; i < COUNT(tests); i++) {
		assert_true(fleet_place_parse(&place, tests[i].target, error, sizeof(error)));
		assert_string_equal(place.set, tests[i].set);
		assert_string_equal(place.news, tests[i].news);
		assert_string_equal(place.sensors, tests[i].sensors);
	}
	assert_false(fleet_place_parse(&place, "redis://h?as=list", error, sizeof(error)));
	assert_non_null(strstr(error, "as="));
	assert_false(fleet_place_parse(&place, "redis://", error, sizeof(error)));
}

static void reports(void **state)
{
	(void)state;
	static const char *const wrong[] = {
		"", "took", "took 1 2 3", "gave 1 2 3 4", "took x 2 3 4", "tooktooktook 1 2 3 4"
	};
	struct fleet_report report = { FLEET_REFUSED, 6, 0xabc, 5, 1600000000, "" };
	struct fleet_report again;
	char text[FLEET_REPORT_MAX];
	fleet_report_write(&report, text);
	assert_string_equal(text, "refused 6 0000000000000abc 5 1600000000");
	assert_true(fleet_report_read(text, strlen(text), &again));
	assert_string_equal(again.reason, "");
	memset(report.reason, 'r', sizeof(report.reason) - 1);
	fleet_report_write(&report, text);
	assert_true(fleet_report_read(text, strlen(text), &again));
	assert_memory_equal(&again, &report, sizeof(report));
	for (size_t i = 0; i < COUNT(wrong); i++) {
		assert_false(fleet_report_read(wrong[i], strlen(wrong[i]), &again));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_and_read),
		cmocka_unit_test(every_cut_is_refused),
		cmocka_unit_test(bodies),
		cmocka_unit_test(heads),
		cmocka_unit_test(large),
		cmocka_unit_test(places),
		cmocka_unit_test(reports),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
