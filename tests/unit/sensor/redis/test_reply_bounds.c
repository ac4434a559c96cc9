/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "sensor/redis/reply_bounds.h"

#define ELEMENTS "a reply has too many elements"
#define DEPTH    "a reply has arrays nested too deeply"
#define STRING   "a reply has a string that is too long"
#define LINE     "a reply has a line that is too long"

static const struct row {
	const char *octets;
	const char *why; /* NULL: within the bounds */
	bool complete;
} rows[] = {
	{ "+OK\r\n-ERR x\r\n:1\r\n$-1\r\n*-1\r\n*0\r\n_\r\n", NULL, true },
	{ "$5\r\nPO\r\nG\r\n", NULL, true },
	{ "$0\r\n\r\n", NULL, true },
	{ "$5\r\nPO", NULL, false },
	{ "*2\r\n*2\r\n:1\r\n$1\r\nx\r\n*0\r\n", NULL, true },
	{ "*2\r\n*2\r\n:1\r\n$1\r\nx\r\n", NULL, false },
	{ "%1\r\n+a\r\n+b\r\n", NULL, true },
	{ "%1\r\n+a\r\n", NULL, false },
	{ "$8388608\r\n", NULL, false },
	{ "$8388609\r\n", STRING, false },
	{ "$99999999999999999999999\r\n", STRING, false },
	{ "*262144\r\n", NULL, false },
	{ "*262145\r\n", ELEMENTS, false },
	{ "*2147483647\r\n", ELEMENTS, false },
	{ "*18446744073709551616\r\n", ELEMENTS, false },
	{ "%131073\r\n", ELEMENTS, false },
	{ "*200000\r\n*200000\r\n", ELEMENTS, false },
	{ "*131073\r\n*131072\r\n", ELEMENTS, false },
	{ "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n", NULL, true },
	{ "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n", DEPTH, false },
	{ "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*0\r\n", NULL, true },
};

static const char *check(struct reply_bounds *bounds, const char *octets, size_t size, size_t step)
{
	const char *why = NULL;
	for (size_t at = 0; at < size && why == NULL; at += step) {
		why = reply_bounds_check(bounds, octets + at, size - at < step ? size - at : step);
	}
	return why;
}

/* Whole, and in pieces: the same. */
static void replies(void **state)
{
	(void)state;
	static const size_t steps[] = { SIZE_MAX / 2, 1, 3 };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) * 3; i++) {
		const struct row *row = &rows[i / 3];
		struct reply_bounds bounds = { .depth = 0 };
		const struct reply_bounds none = { .depth = 0 };
		const char *why = check(&bounds, row->octets, strlen(row->octets), steps[i % 3]);
		bool complete =
		        bounds.depth == none.depth && bounds.bulk_left == 0 && bounds.line == 0;
		if ((why == NULL) != (row->why == NULL) ||
		    (why != NULL && strcmp(why, row->why) != 0) ||
		    (why == NULL && complete != row->complete)) {
			fail_msg("%s: %s", row->octets, why != NULL ? why : "within the bounds");
		}
	}
}

static void a_line_without_end(void **state)
{
	(void)state;
	static char line[REPLY_LINE_MAX + 1];
	struct reply_bounds bounds = { .depth = 0 };
	memset(line, '+', sizeof(line));
	assert_null(check(&bounds, line, REPLY_LINE_MAX, SIZE_MAX / 2));
	assert_string_equal(reply_bounds_check(&bounds, line, 1), LINE);
}

/* The elements of one reply count, not those of the connection. */
static void each_reply_begins_anew(void **state)
{
	(void)state;
	struct reply_bounds bounds = { .depth = 0 };
	for (int i = 0; i < REPLY_ELEMENTS_MAX; i++) {
		assert_null(check(&bounds, "*2\r\n:1\r\n:2\r\n", 12, 12));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies),
		cmocka_unit_test(a_line_without_end),
		cmocka_unit_test(each_reply_begins_anew),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
