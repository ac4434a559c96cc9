/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A child answers requests one after the other; if it dies, another one does. */
#include "history/reading.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "history/merged.h"
#include "parsers/dns/dns_codes.h"
#include "tests/unit/history/fixture.h"

#define LARGE ((size_t)1 << 20)
#define PART  1000 /* octets of an answer */

static void see(struct fixture *f, uint8_t number)
{
	static const uint8_t owner[] = "\7example";
	const uint8_t data[4] = { 192, 0, 2, number };
	const struct history_row row = { .owner = owner,
		                         .owner_size = sizeof(owner),
		                         .type = DNS_TYPE_A,
		                         .data = data,
		                         .data_size = sizeof(data) };
	history_table_see(f->table, &row, 1, 300, false);
	assert_true(history_table_flush(f->table));
}

static void note_damage(void *ctx, const char *name)
{
	struct fixture *f = ctx;
	(void)name;
	f->damaged++;
}

/* Answers with its process, the number of records, and the octet that was asked. */
struct answer {
	pid_t pid;
	size_t records;
	uint8_t asked;
};

static int answer(struct cursor *request, struct history_merged *merged, struct writer *output)
{
	const uint8_t kind = HISTORY_KEY_OWNER;
	const uint8_t *asked = cursor_take(request, 1), *key, *value;
	size_t size, value_size;
	struct answer given = { .pid = getpid(), .asked = *asked };
	(void)history_merged_seek(merged, &kind, sizeof(kind));
	while (history_merged_next(merged, &key, &size, &value, &value_size)) {
		given.records++;
	}
	writer_put(output, (const char *)&given, sizeof(given));
	return 0;
}

static struct answer ask(struct history_reading *reading, uint8_t octet)
{
	struct writer output;
	struct answer given;
	writer_init_growing(&output, LARGE);
	assert_int_equal(history_reading_ask(reading, answer, &octet, 1, &output), 0);
	assert_int_equal(writer_size(&output), sizeof(given));
	memcpy(&given, output.start, sizeof(given));
	writer_free(&output);
	assert_int_equal(given.asked, octet);
	assert_int_not_equal(given.pid, getpid());
	return given;
}

static void one_child_answers_all(void **state)
{
	struct fixture *f = *state;
	struct history_reading reading;
	see(f, 1);
	assert_int_equal(history_reading_open(&reading, f->path, note_damage, f), 0);
	pid_t pid = ask(&reading, 0).pid;
	for (uint8_t i = 1; i < 100; i++) {
		assert_int_equal(ask(&reading, i).pid, pid);
	}
	history_reading_close(&reading);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
}

static void another_child_follows_a_dead_one(void **state)
{
	struct fixture *f = *state;
	struct history_reading reading;
	see(f, 1);
	assert_int_equal(history_reading_open(&reading, f->path, note_damage, f), 0);
	pid_t pid = ask(&reading, 1).pid;
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_not_equal(ask(&reading, 2).pid, pid);
	assert_int_equal(f->damaged, 0);
	history_reading_close(&reading);
}

static void damaged_file_is_named_once(void **state)
{
	struct fixture *f = *state;
	struct history_reading reading;
	char path[128], name[HISTORY_FILE_NAME_MAX];
	see(f, 1);
	see(f, 2);
	assert_int_equal(history_reading_open(&reading, f->path, note_damage, f), 0);
	assert_int_equal(ask(&reading, 1).records, 2);
	history_file_name(&reading.files.items[0], name);
	(void)snprintf(path, sizeof(path), "%s/%s", f->path, name);
	history_reading_close(&reading);
	assert_int_equal(truncate(path, 100), 0);
	assert_int_equal(history_reading_open(&reading, f->path, note_damage, f), 0);
	for (uint8_t i = 0; i < 3; i++) {
		assert_int_equal(ask(&reading, i).records, 1);
	}
	assert_int_equal(f->damaged, 1);
	history_reading_close(&reading);
}

static int refuse(struct cursor *request, struct history_merged *merged, struct writer *output)
{
	(void)merged;
	if (*cursor_take(request, 1) == 0) {
		return -ERANGE;
	}
	while (!output->failed) {
		writer_string(output, "more than there is room for");
	}
	return 0;
}

static void failures_are_passed_on(void **state)
{
	struct fixture *f = *state;
	struct history_reading reading;
	struct writer output;
	assert_int_equal(history_reading_open(&reading, f->path, note_damage, f), 0);
	writer_init_growing(&output, 100);
	assert_int_equal(history_reading_ask(&reading, refuse, (const uint8_t *)"", 1, &output),
	                 -ERANGE);
	assert_int_equal(history_reading_ask(&reading, refuse, (const uint8_t *)"x", 1, &output),
	                 -ENOMEM);
	writer_free(&output);
	history_reading_close(&reading);
}

static bool gives_up(void *ctx)
{
	return ++*(unsigned *)ctx < 2;
}

static int sleep_on(struct cursor *request, struct history_merged *merged, struct writer *output)
{
	(void)request;
	(void)merged;
	(void)output;
	return pause();
}

static void work_is_given_up(void **state)
{
	struct fixture *f = *state;
	struct history_reading reading;
	struct writer output;
	unsigned calls = 0;
	assert_int_equal(history_reading_open(&reading, f->path, note_damage, f), 0);
	writer_init_growing(&output, 100);
	history_watch(gives_up, &calls);
	assert_int_equal(history_reading_ask(&reading, sleep_on, (const uint8_t *)"", 1, &output),
	                 -ECANCELED);
	history_watch(NULL, NULL);
	assert_true(calls >= 2);
	assert_int_equal(ask(&reading, 1).records, 0);
	writer_free(&output);
	history_reading_close(&reading);
}

/* Exceeds the buffers between the two processes, so that the child waits in the middle of it. */
static int answer_at_length(struct cursor *request, struct history_merged *merged,
                            struct writer *output)
{
	(void)request;
	(void)merged;
	while (writer_size(output) < LARGE) {
		writer_string(output, "a part of a long answer");
	}
	return 0;
}

struct stopping {
	struct history_reading reading;
	bool stopped;
};

/* Stops the child once it has sent a part of its answer, then gives up. */
static bool stops_child(void *ctx)
{
	struct stopping *stopping = ctx;
	int got = 0;
	if (stopping->reading.socket < 0) {
		return true; /* it has not been started */
	}
	if (stopping->stopped) {
		return false;
	}
	while (got < PART) {
		assert_int_equal(ioctl(stopping->reading.socket, FIONREAD, &got), 0);
		(void)sched_yield();
	}
	assert_int_equal(kill(stopping->reading.server.pid, SIGSTOP), 0);
	stopping->stopped = true;
	return true;
}

static void child_that_stops_within_its_answer_is_given_up(void **state)
{
	struct fixture *f = *state;
	struct stopping stopping = { .stopped = false };
	struct writer output;
	assert_int_equal(history_reading_open(&stopping.reading, f->path, note_damage, f), 0);
	writer_init_growing(&output, 2 * LARGE);
	history_watch(stops_child, &stopping);
	assert_int_equal(history_reading_ask(&stopping.reading, answer_at_length,
	                                     (const uint8_t *)"", 1, &output),
	                 -ECANCELED);
	history_watch(NULL, NULL);
	assert_true(stopping.stopped);
	writer_free(&output);
	history_reading_close(&stopping.reading);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(one_child_answers_all),
		TEST(another_child_follows_a_dead_one),
		TEST(damaged_file_is_named_once),
		TEST(failures_are_passed_on),
		TEST(work_is_given_up),
		TEST(child_that_stops_within_its_answer_is_given_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
