/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sensor/process/replay/replay_inputs.h"

#define FILES   6
#define WORKERS 3

struct file {
	int64_t first_ns;
	size_t size;
};

/* Files named 0, 1, ... in a folder; the process works in it. */
static void make_files(const struct file *files, struct merge_input *items)
{
	for (size_t i = 0; i < FILES; i++) {
		char name[8];
		(void)snprintf(name, sizeof(name), "%zu", i);
		FILE *out = fopen(name, "w");
		assert_non_null(out);
		assert_int_equal(ftruncate(fileno(out), (off_t)files[i].size), 0);
		assert_int_equal(fclose(out), 0);
		items[i].path = strdup(name);
		items[i].first_ns = files[i].first_ns;
	}
}

static void list_paths(const struct replay_inputs *share, char *text, size_t room)
{
	size_t size = 0;
	text[0] = '\0';
	for (size_t i = 0; i < share->count; i++) {
		size += (size_t)snprintf(text + size, room - size, "%s%s", i > 0 ? " " : "",
		                         share->items[i].path);
	}
}

/* The earliest file goes to the first worker, each next one to the worker with the least. */
static void deals_by_size_in_order_of_time(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		struct file files[FILES];
		const char *shares[WORKERS];
	} tests[] = {
		{ "equal sizes: in turn",
		  { { 0, 10 }, { 1, 10 }, { 2, 10 }, { 3, 10 }, { 4, 10 }, { 5, 10 } },
		  { "0 3", "1 4", "2 5" } },
		{ "not in order of time",
		  { { 5, 10 }, { 4, 10 }, { 3, 10 }, { 2, 10 }, { 1, 10 }, { 0, 10 } },
		  { "5 2", "4 1", "3 0" } },
		{ "one large file",
		  { { 0, 100 }, { 1, 10 }, { 2, 20 }, { 3, 10 }, { 4, 10 }, { 5, 10 } },
		  { "0", "1 3 4", "2 5" } },
		{ "an unknown time is the first; empty files count",
		  { { 7, 0 }, { 8, 0 }, { INT64_MIN, 0 }, { 9, 0 }, { 10, 0 }, { 11, 0 } },
		  { "2 3", "0 4", "1 5" } },
	};
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct replay_inputs inputs = { .items = calloc(FILES, sizeof(*inputs.items)),
			                        .count = FILES };
		struct replay_inputs shares[WORKERS] = { { .items = NULL } };
		assert_non_null(inputs.items);
		make_files(tests[i].files, inputs.items);
		assert_true(replay_inputs_deal(&inputs, shares, WORKERS));
		for (size_t worker = 0; worker < WORKERS; worker++) {
			char text[64];
			list_paths(&shares[worker], text, sizeof(text));
			if (strcmp(text, tests[i].shares[worker]) != 0) {
				fail_msg("%s: worker %zu: %s", tests[i].name, worker, text);
			}
			replay_inputs_free(&shares[worker]);
		}
		replay_inputs_free(&inputs);
	}
}

struct reports {
	unsigned failures, warnings;
};

static void count_report(void *ctx, bool failed, const char *text)
{
	struct reports *reports = ctx;
	assert_true(text[0] != '\0');
	reports->failures += failed;
	reports->warnings += !failed;
}

/* A folder without captures is a warning; a missing file is reported when it is opened. */
static void finds_operands(void **state)
{
	(void)state;
	char missing[] = "missing.pcap", empty[] = "empty";
	char *words[] = { missing, empty };
	const struct options_operands operands = { .items = words, .count = 2 };
	struct replay_inputs inputs = { .items = NULL };
	struct reports reports = { 0 };
	assert_int_equal(mkdir(empty, 0700), 0);
	assert_true(replay_inputs_find(&inputs, &operands, count_report, &reports));
	assert_int_equal(inputs.count, 1);
	assert_string_equal(inputs.items[0].path, missing);
	assert_true(inputs.items[0].first_ns == INT64_MIN);
	assert_int_equal(reports.failures, 0);
	assert_int_equal(reports.warnings, 1);
	replay_inputs_free(&inputs);
}

static char folder[] = "/tmp/nsmx-XXXXXX";

static int enter_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) != NULL ? chdir(folder) : -1;
}

static int remove_folder(void **state)
{
	char command[64];
	(void)state;
	(void)snprintf(command, sizeof(command), "rm -r '%s'", folder);
	return chdir("/") == 0 ? system(command) : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deals_by_size_in_order_of_time),
		cmocka_unit_test(finds_operands),
	};
	return cmocka_run_group_tests(tests, enter_folder, remove_folder);
}
