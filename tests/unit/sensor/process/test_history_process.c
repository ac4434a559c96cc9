/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The process that writes the history: it may be killed at any moment, and its memory is bounded.
 */
#include "sensor/process/history_process.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory/shared.h"
#include "base/sanitizer.h"
#include "history/folder.h"
#include "history/store/store.h"
#include "parsers/dns/dns_codes.h"
#include "sensor/process/channel.h"
#include "sensor/system/exit_status.h"
#include "tests/unit/unit.h"

#define WORKERS 2
#define KILLS   60

struct fixture {
	char path[64];
	struct history_process process;
	struct history_table *tables[WORKERS];
	int ends[WORKERS]; /* of the workers */
	pid_t pid;
	uint32_t sent;
};

struct tray_of {
	struct fixture *f;
	unsigned worker;
};

static uint8_t *find_room(void *ctx)
{
	const struct tray_of *of = ctx;
	return history_tray_room(of->f->process.trays[of->worker]);
}

static void put(void *ctx, size_t size, size_t rows)
{
	const struct tray_of *of = ctx;
	history_tray_put(of->f->process.trays[of->worker], size, rows);
	(void)channel_sign(of->f->ends[of->worker]);
}

static int setup(void **state)
{
	static struct fixture f;
	static struct tray_of of[WORKERS];
	f = (struct fixture){ .path = "/tmp/nsmx-history-XXXXXX" };
	assert_non_null(mkdtemp(f.path));
	f.process = (struct history_process){ .path = f.path,
		                              .sensor = "here",
		                              .workers = WORKERS,
		                              .live = true,
		                              .counters = counters_new(WORKERS),
		                              .claim = shared_new(sizeof(*f.process.claim)) };
	assert_non_null(f.process.counters);
	assert_non_null(f.process.claim);
	for (unsigned i = 0; i < WORKERS; i++) {
		int ends[2];
		of[i] = (struct tray_of){ &f, i };
		assert_true(channel_open(ends));
		f.process.sockets[i] = ends[0];
		f.ends[i] = ends[1];
		f.process.trays[i] = history_tray_new();
		assert_non_null(f.process.trays[i]);
		f.tables[i] = history_table_new(&(const struct history_sink){
		        .room = find_room, .put = put, .ctx = &of[i] });
		assert_non_null(f.tables[i]);
	}
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[128];
	for (unsigned i = 0; i < WORKERS; i++) {
		(void)close(f->process.sockets[i]);
		if (f->ends[i] >= 0) {
			(void)close(f->ends[i]);
		}
		history_tray_free(f->process.trays[i]);
		history_table_free(f->tables[i]);
	}
	shared_free(f->process.claim, sizeof(*f->process.claim));
	counters_free(f->process.counters, WORKERS);
	(void)snprintf(command, sizeof(command), "rm -r %s", f->path);
	return system(command);
}

static void start(struct fixture *f)
{
	f->pid = fork();
	assert_true(f->pid >= 0);
	if (f->pid == 0) {
		_exit(history_process_run(&f->process));
	}
}

/* Starts the process again when it ends because the lock of the folder is not yet free. */
static void keep_alive(struct fixture *f)
{
	int status;
	if (waitpid(f->pid, &status, WNOHANG) == f->pid) {
		assert_int_equal(status, EXIT_FAILED << 8);
		start(f);
	}
}

static void await(struct fixture *f, unsigned worker)
{
	for (unsigned waited = 0; history_tray_is_full(f->process.trays[worker]); waited++) {
		assert_true(waited < 60000);
		(void)poll(NULL, 0, 1);
		keep_alive(f);
	}
}

static void see(struct fixture *f, unsigned worker, size_t data_size)
{
	static uint8_t data[HISTORY_DATA_MAX];
	const struct history_row row = { .owner = (const uint8_t *)"\7example",
		                         .owner_size = 9,
		                         .type = data_size == 4 ? DNS_TYPE_A : DNS_TYPE_TXT,
		                         .data = data,
		                         .data_size = data_size };
	f->sent++;
	memcpy(data, &f->sent, sizeof(f->sent));
	history_table_see(f->tables[worker], &row, 1, 300, false);
}

/* Ends the process, as its parent does; returns its resources. */
static struct rusage finish(struct fixture *f)
{
	struct rusage used;
	int status;
	for (unsigned i = 0; i < WORKERS; i++) {
		await(f, i);
		see(f, i, 4);
		assert_true(history_table_flush(f->tables[i])); /* it runs if this is written */
		await(f, i);
	}
	for (unsigned i = 0; i < WORKERS; i++) {
		(void)close(f->ends[i]);
		(void)close(f->process.sockets[i]);
		f->ends[i] = f->process.sockets[i] = -1;
	}
	assert_int_equal(wait4(f->pid, &status, 0, &used), f->pid);
	assert_int_equal(status, 0);
	return used;
}

static void note_damage(void *ctx, const char *name)
{
	(void)ctx;
	fail_msg("%s is damaged", name);
}

static uint64_t count_written(const struct fixture *f)
{
	uint64_t rows = 0;
	for (unsigned i = 0; i < WORKERS; i++) {
		rows += counter_get(&f->process.counters[i].history_rows);
	}
	return rows;
}

/* Each row that was sent is in the folder, with one sighting, and was counted once. */
static void check_rows(struct fixture *f)
{
	struct history_folder *folder;
	struct history_record record;
	uint32_t found = 0;
	assert_int_equal(history_folder_open(&folder, f->path, note_damage, NULL), 0);
	while (history_folder_next(folder, &record)) {
		assert_int_equal(record.seen.count, 1);
		found++;
	}
	history_folder_close(folder);
	assert_int_equal(found, f->sent);
	assert_int_equal(count_written(f), f->sent);
}

/* Kills it at any moment: before, while and after it writes a batch, and while it merges. */
static void no_row_is_lost_or_counted_twice(void **state)
{
	struct fixture *f = *state;
	start(f);
	srand(1);
	for (unsigned kills = 0; kills < KILLS; kills++) {
		for (unsigned i = 0; i < WORKERS; i++) {
			await(f, i);
			for (unsigned row = 0; row < 20; row++) {
				see(f, i, 4);
			}
			assert_true(history_table_flush(f->tables[i]));
		}
		(void)usleep((useconds_t)(rand() % 8000));
		(void)kill(f->pid, SIGKILL);
		(void)waitpid(f->pid, NULL, 0);
		start(f);
	}
	(void)finish(f);
	check_rows(f);
}

/* Leaves the state of a process that was killed after it had written the batch of a tray, and
 * before it had removed the batch. */
static void write_and_die(struct fixture *f, bool counted)
{
	char error[HISTORY_ERROR_MAX];
	struct history_batch batch = { .octets = malloc(HISTORY_BATCH_MAX) };
	struct history_store *store = history_store_open(f->path, "here", error);
	assert_non_null(batch.octets);
	assert_non_null(store);
	history_tray_copy(f->process.trays[0], &batch);
	_Atomic uint64_t *rows = &f->process.counters[0].history_rows;
	uint64_t after = counter_get(rows) + batch.rows;
	history_claim_set(f->process.claim, 0, &batch, history_store_next(store), after);
	assert_true(history_store_add(store, batch.octets, batch.size));
	if (counted) {
		counter_set(rows, after);
	}
	history_store_close(store);
	free(batch.octets);
}

static void killed_before_and_after_it_counts(void **state)
{
	struct fixture *f = *state;
	for (unsigned counted = 0; counted < 2; counted++) {
		see(f, 0, 4);
		see(f, 0, 4);
		assert_true(history_table_flush(f->tables[0]));
		write_and_die(f, counted);
		start(f);
		await(f, 0);
		assert_int_equal(count_written(f), f->sent);
		(void)kill(f->pid, SIGKILL);
		(void)waitpid(f->pid, NULL, 0);
	}
	start(f);
	(void)finish(f);
	check_rows(f);
}

/* Tables full of the largest and of the smallest rows, and merges of their files. */
static void memory_is_bounded(void **state)
{
	struct fixture *f = *state;
	start(f);
	for (unsigned batch = 0; batch < 8; batch++) {
		static const uint32_t rows[] = { 4000, 4000, HISTORY_TABLE_ROWS,
			                         HISTORY_TABLE_ROWS };
		unsigned worker = batch % WORKERS;
		uint32_t end = f->sent + (batch < 4 ? rows[batch] : 1);
		while (f->sent < end) {
			see(f, worker, batch < 2 ? HISTORY_DATA_MAX : 4);
		}
		await(f, worker);
		assert_true(history_table_flush(f->tables[worker]));
	}
	const struct rusage used = finish(f);
	check_rows(f);
	print_message("%ld MiB\n", used.ru_maxrss / 1024);
	if (!ADDRESS_SANITIZED) {
		assert_true((size_t)used.ru_maxrss * 1024 < HISTORY_PROCESS_MEMORY / 2);
	}
}

/* qemu, which runs programs of other processors, does not set this limit: it would be its own. */
static bool limits_data(void)
{
	struct rlimit limit, old;
	assert_int_equal(getrlimit(RLIMIT_DATA, &old), 0);
	limit = old;
	limit.rlim_cur = HISTORY_PROCESS_MEMORY;
	assert_int_equal(setrlimit(RLIMIT_DATA, &limit), 0);
	assert_int_equal(getrlimit(RLIMIT_DATA, &limit), 0);
	assert_int_equal(setrlimit(RLIMIT_DATA, &old), 0);
	return limit.rlim_cur == HISTORY_PROCESS_MEMORY;
}

static void the_limit_is_set(void **state)
{
	struct fixture *f = *state;
	struct rlimit limit;
	if (ADDRESS_SANITIZED) {
		skip();
	}
	if (!limits_data()) {
		print_message("no RLIMIT_DATA\n");
		skip();
	}
	start(f);
	see(f, 0, 4);
	assert_true(history_table_flush(f->tables[0]));
	await(f, 0);
	assert_int_equal(prlimit(f->pid, RLIMIT_DATA, NULL, &limit), 0);
	assert_in_range(limit.rlim_max, HISTORY_PROCESS_MEMORY, 2 * HISTORY_PROCESS_MEMORY);
	(void)finish(f);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(no_row_is_lost_or_counted_twice),
		TEST(killed_before_and_after_it_counts),
		TEST(memory_is_bounded),
		TEST(the_limit_is_set),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
