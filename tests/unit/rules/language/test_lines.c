/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "rules/language/lines.h"

static struct lines *open_lines(const void *text, size_t size)
{
	struct lines *lines = calloc(1, sizeof(*lines));
	assert_non_null(lines);
	lines->in = tmpfile();
	assert_non_null(lines->in);
	assert_int_equal(fwrite(text, 1, size, lines->in), size);
	rewind(lines->in);
	return lines;
}

static void close_lines(struct lines *lines)
{
	fclose(lines->in);
	free(lines);
}

static void ends_of_lines(void **state)
{
	(void)state;
	static const struct {
		const char *text, *lines;
	} tests[] = {
		{ "", "" },
		{ "a", "a|" },
		{ "a\n", "a|" },
		{ "a\nb", "a|b|" },
		{ "\n\na\n", "||a|" },
		/* CR before LF goes, elsewhere it stays */
		{ "a\r\nb\r\n", "a|b|" },
		{ "a\rb\n", "a\rb|" },
		{ "a\r\r\n", "a\r|" },
		/* a byte order mark at the beginning alone */
		{ "\xef\xbb\xbf"
		  "a\n\xef\xbb\xbf"
		  "b\n",
		  "a|\xef\xbb\xbf"
		  "b|" },
		{ "\xef\xbb\xbf", "|" },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct lines *lines = open_lines(tests[i].text, strlen(tests[i].text));
		char found[64] = "";
		const char *line;
		size_t size;
		while (lines_next(lines, &line, &size) == LINES_LINE) {
			strncat(found, line, size);
			strcat(found, "|");
		}
		assert_string_equal(found, tests[i].lines);
		close_lines(lines);
	}
}

/*! \brief A line of `size` octets between two short ones. */
static struct lines *with_line(size_t size, const char *end)
{
	char *text = malloc(size + 16);
	assert_non_null(text);
	memcpy(text, "a\n", 2);
	memset(text + 2, 'x', size);
	int more = sprintf(text + 2 + size, "%sb\n", end);
	struct lines *lines = open_lines(text, 2 + size + (size_t)more);
	free(text);
	return lines;
}

static void longest_line(void **state)
{
	(void)state;
	static const struct {
		size_t size;
		const char *end;
		enum lines_state state;
	} tests[] = {
		{ LINES_MAX - 1, "\n", LINES_LINE },     { LINES_MAX, "\n", LINES_LINE },
		{ LINES_MAX, "\r\n", LINES_LINE },       { LINES_MAX + 1, "\n", LINES_LONG },
		{ LINES_MAX + 1, "\r\n", LINES_LONG },   { LINES_MAX + 2, "\n", LINES_LONG },
		{ 4 * LINES_MAX - 3, "\n", LINES_LONG }, { 4 * LINES_MAX - 2, "\n", LINES_LONG },
		{ 4 * LINES_MAX - 1, "\n", LINES_LONG }, { 20 * LINES_MAX, "\n", LINES_LONG },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct lines *lines = with_line(tests[i].size, tests[i].end);
		const char *line;
		size_t size;
		assert_int_equal(lines_next(lines, &line, &size), LINES_LINE);
		assert_int_equal(lines_next(lines, &line, &size), tests[i].state);
		if (tests[i].state == LINES_LINE) {
			assert_int_equal(size, tests[i].size);
		}
		/* What follows is read, with its right number. */
		assert_int_equal(lines_next(lines, &line, &size), LINES_LINE);
		assert_memory_equal(line, "b", 1);
		assert_int_equal(lines->number, 3);
		assert_int_equal(lines_next(lines, &line, &size), LINES_END);
		close_lines(lines);
	}
}

/* The buffer ends in the line, a part of it that is about as long as the longest line. */
static void longest_line_in_two_parts(void **state)
{
	(void)state;
	static const struct {
		size_t size;
		const char *end;
		enum lines_state state;
	} tests[] = {
		{ LINES_MAX, "\n", LINES_LINE },
		{ LINES_MAX, "\r\n", LINES_LINE },
		{ LINES_MAX + 1, "\n", LINES_LONG },
		{ LINES_MAX + 1, "\r\n", LINES_LONG },
	};
	char *text = malloc(6 * LINES_MAX);
	assert_non_null(text);
	for (size_t i = 0; i < 5 * sizeof(tests) / sizeof(tests[0]); i++) {
		size_t part = LINES_MAX - 2 + i % 5;
		size_t start = 4 * LINES_MAX - part;
		const char *line;
		size_t size;
		memset(text, '\n', start);
		memset(text + start, 'x', tests[i / 5].size);
		size_t more = (size_t)sprintf(text + start + tests[i / 5].size, "%sb\n",
		                              tests[i / 5].end);
		struct lines *lines = open_lines(text, start + tests[i / 5].size + more);
		for (size_t j = 0; j < start; j++) {
			assert_int_equal(lines_next(lines, &line, &size), LINES_LINE);
			assert_int_equal(size, 0);
		}
		assert_int_equal(lines_next(lines, &line, &size), tests[i / 5].state);
		if (tests[i / 5].state == LINES_LINE) {
			assert_int_equal(size, tests[i / 5].size);
		}
		assert_int_equal(lines_next(lines, &line, &size), LINES_LINE);
		assert_int_equal(size, 1);
		assert_memory_equal(line, "b", 1);
		assert_int_equal(lines_next(lines, &line, &size), LINES_END);
		close_lines(lines);
	}
	free(text);
}

static void long_line_at_the_end(void **state)
{
	(void)state;
	char *text = malloc(10 * LINES_MAX);
	assert_non_null(text);
	memset(text, 'x', 10 * LINES_MAX);
	struct lines *lines = open_lines(text, 10 * LINES_MAX);
	const char *line;
	size_t size;
	assert_int_equal(lines_next(lines, &line, &size), LINES_LONG);
	assert_int_equal(lines_next(lines, &line, &size), LINES_END);
	close_lines(lines);
	free(text);
}

static void unreadable(void **state)
{
	(void)state;
	struct lines *lines = calloc(1, sizeof(*lines));
	assert_non_null(lines);
	lines->in = fopen("/", "r");
	const char *line;
	size_t size;
	assert_non_null(lines->in);
	assert_int_equal(lines_next(lines, &line, &size), LINES_FAILED);
	close_lines(lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_of_lines),
		cmocka_unit_test(longest_line),
		cmocka_unit_test(longest_line_in_two_parts),
		cmocka_unit_test(long_line_at_the_end),
		cmocka_unit_test(unreadable),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
