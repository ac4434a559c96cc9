/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/captured.h"

#include <errno.h>
#include <glob.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "sensor/outputs/outputs.h"
#include "sensor/outputs/outputs_private.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define REDIS        "redis+unix://%s/socket" /* where no server is */

struct bench {
	char folder[64];
	char targets[4][128];
	char error[OUTPUTS_ERROR_MAX];
	struct counters *counters;
	struct outputs_config config;
	struct outputs *outputs;
	struct captured log;
	unsigned waits_left;
};

static int pipe_error, fork_error;

/* These take the place of libc's. */

int pipe2(int fds[2], int flags)
{
	errno = pipe_error;
	return pipe_error != 0 ? -1 : (int)syscall(SYS_pipe2, fds, flags);
}

pid_t fork(void)
{
	errno = fork_error;
	return fork_error != 0 ? -1 : _Fork();
}

static bool waiting(void *ctx)
{
	struct bench *b = ctx;
	return b->waits_left > 0 && --b->waits_left > 0;
}

static int set_up(void **state)
{
	static struct bench bench;
	bench = (struct bench){ .counters = counters_new(1), .waits_left = 1000 };
	(void)snprintf(bench.folder, sizeof(bench.folder), "/tmp/nsmx-XXXXXX");
	if (mkdtemp(bench.folder) == NULL || setenv("TMPDIR", bench.folder, 1) != 0) {
		return -1;
	}
	captured_begin(&bench.log);
	bench.config = (struct outputs_config){ .counters = bench.counters,
		                                .all = bench.counters,
		                                .all_count = 1,
		                                .sensor = "bench",
		                                .stall_ms = 100,
		                                .journal_max = JOURNAL_BYTES_MIN,
		                                .waiting = waiting,
		                                .waiting_ctx = &bench };
	*state = &bench;
	return 0;
}

static int tear_down(void **state)
{
	char command[128];
	struct bench *b = *state;
	captured_end(&b->log);
	counters_free(b->counters, 1);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", b->folder);
	return system(command);
}

static void parse(struct bench *b, const char *first, const char *second)
{
	const char *const forms[] = { first, second };
	const char *targets[2];
	size_t count = second != NULL ? 2 : 1;
	for (size_t i = 0; i < count; i++) {
		char *text = b->targets[i];
		const char *place = strstr(forms[i], "%s");
		(void)snprintf(text, sizeof(b->targets[i]), "%.*s%s%s",
		               place != NULL ? (int)(place - forms[i]) : 100, forms[i],
		               place != NULL ? b->folder : "", place != NULL ? place + 2 : "");
		targets[i] = text;
	}
	b->outputs = outputs_parse(targets, count, b->error);
	assert_non_null(b->outputs);
	assert_true(outputs_open_local(b->outputs, b->error));
}

static void start(struct bench *b, const char *first, const char *second)
{
	parse(b, first, second);
	if (!outputs_start(b->outputs, &b->config, b->error)) {
		fail_msg("%s", b->error);
	}
}

static void emit(struct bench *b, enum record_kind kind, size_t size)
{
	static char json[JOURNAL_BYTES_MIN];
	memset(json, '.', sizeof(json));
	const struct record record = { .kind = kind,
		                       .severity = kind == RECORD_HIT ? 99 : 0,
		                       .json = json,
		                       .json_size = size - 1 };
	outputs_emit(b->outputs, &record);
}

struct account {
	uint64_t due, held, delivered, dropped;
};

static void expect(struct bench *b, size_t output, struct account wanted)
{
	const struct counters_output *got = &b->counters->outputs[output];
	assert_int_equal(counter_get(&got->due), wanted.due);
	assert_int_equal(counter_get(&got->held), wanted.held);
	assert_int_equal(counter_get(&got->delivered), wanted.delivered);
	assert_int_equal(counter_get(&got->dropped), wanted.dropped);
}

#define EXPECT(b, output, ...) expect(b, output, (struct account){ __VA_ARGS__ })

static size_t files(const struct bench *b, const char *pattern)
{
	char path[200];
	glob_t found;
	(void)snprintf(path, sizeof(path), "%s/%s", b->folder, pattern);
	size_t count = glob(path, 0, NULL, &found) == 0 ? found.gl_pathc : 0;
	globfree(&found);
	return count;
}

static size_t size_of(const struct bench *b, const char *name)
{
	char path[128];
	struct stat st;
	(void)snprintf(path, sizeof(path), "%s/%s", b->folder, name);
	assert_int_equal(stat(path, &st), 0);
	return (size_t)st.st_size;
}

static void close_all(struct bench *b, bool delivered)
{
	assert_int_equal(outputs_close(b->outputs), delivered);
}

/* Targets */

static void targets_that_are_none(void **state)
{
	static char at_most[302], far_more[402];
	static const struct {
		const char *target, *error;
	} rows[] = {
		{ "", "--output '': expected -" },
		{ "--", "--output '--': expected -" },
		{ "text:", "--output 'text:': expected" },
		{ "nul", "--output 'nul': expected" },
		{ "file:", "--output 'file:': expected" },
		{ "File:x", "--output 'File:x': expected" },
		{ "reds://u:secret@h", "--output 'reds': expected" },
		{ "redis://h/x", "--output: " },
		{ at_most, far_more },
	};
	struct bench *b = *state;
	memset(at_most, 'x', sizeof(at_most) - 1);
	(void)snprintf(far_more, sizeof(far_more), "--output '%.200s': expected", at_most);
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_null(outputs_parse(&rows[i].target, 1, b->error));
		if (strstr(b->error, rows[i].error) != b->error) {
			fail_msg("%s: %s", rows[i].target, b->error);
		}
	}
	const char *many[OUTPUTS_MAX + 1];
	for (size_t i = 0; i < COUNT(many); i++) {
		many[i] = "null";
	}
	assert_null(outputs_parse(many, OUTPUTS_MAX + 1, b->error));
	assert_string_equal(b->error, "--output: more than 16 targets are given");
	struct outputs *outputs = outputs_parse(many, OUTPUTS_MAX, b->error);
	assert_non_null(outputs);
	outputs_free(outputs);
	const char *twice[] = { "redis://h", "null", "redis://h/1", "redis://h?batch=3" };
	assert_null(outputs_parse(twice, 4, b->error));
	assert_non_null(strstr(b->error, "redis://h:6379"));
	assert_non_null(strstr(b->error, ": the target is given twice; choose another key="));
	outputs = outputs_parse(twice, 3, b->error);
	assert_non_null(outputs);
	outputs_free(outputs);
}

static void names(void **state)
{
	static const char *const targets[] = { "-",      "text",   "null",   "file:a",
		                               "file:b", "file:a", "null",   "redis://h",
		                               "-",      "null",   "file:-", "file:a" };
	static const char *const wanted[] = {
		"-",       "text",      "null", "file:a",  "file:b",    "file:a #2",
		"null #2", "redis://h", "- #2", "null #3", "file:- #3", "file:a #3",
	};
	struct counters_names got;
	struct bench *b = *state;
	struct outputs *outputs = outputs_parse(targets, COUNT(targets), b->error);
	outputs_name(outputs, &got);
	for (size_t i = 0; i < COUNT(targets); i++) {
		bool redis = strncmp(wanted[i], "redis", 5) == 0;
		if (redis ? strstr(got.of[i], wanted[i]) != got.of[i]
		          : strcmp(got.of[i], wanted[i]) != 0) {
			fail_msg("%s instead of %s", got.of[i], wanted[i]);
		}
	}
	assert_true(outputs_need_journal(outputs));
	assert_int_equal(outputs_journal_fd(outputs), -1);
	outputs_free(outputs);
	outputs = outputs_parse(targets, 7, b->error);
	assert_false(outputs_need_journal(outputs));
	/* Never started. */
	assert_true(outputs_close(outputs));
	outputs_leave(NULL);
}

static void a_file_that_cannot_be_opened(void **state)
{
	struct bench *b = *state;
	static const char *const targets[] = { "null", "file:/nonexistent/x" };
	struct outputs *outputs = outputs_parse(targets, 2, b->error);
	assert_false(outputs_open_local(outputs, b->error));
	assert_string_equal(b->error, "--output: /nonexistent/x: No such file or directory");
	assert_true(outputs_close(outputs));
}

/* Local outputs */

static void hits_are_kept_at_once(void **state)
{
	struct bench *b = *state;
	start(b, "file:%s/events", "null");
	emit(b, RECORD_LOG, 10);
	outputs_keep(b->outputs);
	assert_int_equal(size_of(b, "events"), 0);
	EXPECT(b, 0, .due = 1, .held = 1);
	EXPECT(b, 1, .due = 1, .held = 1);
	emit(b, RECORD_HIT, 10);
	emit(b, RECORD_LOG, 10);
	outputs_keep(b->outputs);
	assert_int_equal(size_of(b, "events"), 30);
	EXPECT(b, 0, .due = 3, .delivered = 3);
	EXPECT(b, 1, .due = 3, .delivered = 3);
	emit(b, RECORD_LOG, 10);
	outputs_keep(b->outputs);
	assert_int_equal(size_of(b, "events"), 30);
	emit(b, RECORD_HIT, 10);
	outputs_flush(b->outputs);
	assert_int_equal(size_of(b, "events"), 50);
	emit(b, RECORD_LOG, 10);
	outputs_keep(b->outputs); /* the hit is kept */
	assert_int_equal(size_of(b, "events"), 50);
	assert_true(outputs_alive(b->outputs));
	outputs_flush(b->outputs);
	EXPECT(b, 0, .due = 6, .delivered = 6);
	EXPECT(b, 1, .due = 6, .delivered = 6);
	emit(b, RECORD_LOG, 10);
	close_all(b, true);
	EXPECT(b, 0, .due = 7, .delivered = 7);
	assert_int_equal(counter_get(&b->counters->output_errors), 0);
}

static void a_full_disk(void **state)
{
	struct bench *b = *state;
	start(b, "file:/dev/full", "null");
	b->config.counters = NULL; /* it has a copy */
	emit(b, RECORD_HIT, 10);
	outputs_flush(b->outputs);
	captured_expect(&b->log, "/dev/full: No space left on device; events wait");
	outputs_flush(b->outputs); /* logged once a minute */
	assert_string_equal(captured_take(&b->log), "");
	EXPECT(b, 0, .due = 1, .held = 1);
	assert_int_equal(counter_get(&b->counters->output_errors), 2);
	assert_true(outputs_alive(b->outputs));
	b->outputs->list[0].complained -= 60;
	outputs_flush(b->outputs);
	captured_expect(&b->log, "/dev/full: No space left on device; events wait");
	b->outputs->list[0].complained -= 59;
	close_all(b, false);
	captured_expect(&b->log, "/dev/full: cannot be written; events are dropped");
	EXPECT(b, 0, .due = 1, .dropped = 1);
	EXPECT(b, 1, .due = 1, .delivered = 1);
	assert_int_equal(counter_get(&b->counters->events_dropped), 1);
}

/* The failure of one output does not hide that of another. */
static void two_full_disks(void **state)
{
	struct bench *b = *state;
	char link[80];
	(void)snprintf(link, sizeof(link), "%s/pipe", b->folder);
	assert_int_equal(symlink("/dev/full", link), 0);
	start(b, "file:/dev/full", "file:%s/pipe");
	emit(b, RECORD_HIT, 10);
	outputs_flush(b->outputs);
	const char *logged = captured_take(&b->log);
	assert_non_null(strstr(logged, "/dev/full: No space left on device; events wait"));
	assert_non_null(strstr(logged, "/pipe: No space left on device; events wait"));
	outputs_flush(b->outputs);
	assert_string_equal(captured_take(&b->log), "");
	close_all(b, false);
	(void)captured_take(&b->log);
}

static int open_pipe(struct bench *b, const char *second)
{
	char path[80];
	(void)snprintf(path, sizeof(path), "%s/pipe", b->folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	int reader = open(path, O_RDONLY | O_NONBLOCK);
	start(b, "file:%s/pipe", second);
	return reader;
}

static void a_reader_that_is_gone(void **state)
{
	struct bench *b = *state;
	(void)signal(SIGPIPE, SIG_IGN);
	int reader = open_pipe(b, NULL);
	emit(b, RECORD_HIT, 10);
	outputs_flush(b->outputs);
	EXPECT(b, 0, .due = 1, .delivered = 1);
	(void)close(reader);
	emit(b, RECORD_HIT, 10);
	emit(b, RECORD_LOG, 10);
	outputs_flush(b->outputs);
	captured_expect(&b->log, "/pipe: Broken pipe; events are dropped");
	EXPECT(b, 0, .due = 3, .delivered = 1, .dropped = 2);
	assert_false(outputs_alive(b->outputs));
	emit(b, RECORD_HIT, 10);
	outputs_flush(b->outputs);
	EXPECT(b, 0, .due = 4, .delivered = 1, .dropped = 3);
	assert_int_equal(counter_get(&b->counters->output_errors), 1);
	close_all(b, false);
	EXPECT(b, 0, .due = 4, .delivered = 1, .dropped = 3);
	assert_int_equal(counter_get(&b->counters->events_dropped), 3);
}

/* Live, a reader that does not read is not waited for; another output goes on. */
static void a_reader_that_does_not_read(void **state)
{
	struct bench *b = *state;
	int reader = open_pipe(b, "null");
	for (int i = 0; i < 70; i++) {
		emit(b, RECORD_HIT, 1000);
	}
	outputs_flush(b->outputs);
	captured_expect(&b->log, "/pipe: not read; events wait");
	EXPECT(b, 0, .due = 70, .held = 5, .delivered = 65);
	EXPECT(b, 1, .due = 70, .delivered = 70);
	assert_true(outputs_alive(b->outputs));
	close_all(b, false);
	captured_expect(&b->log, "/pipe: cannot be written; events are dropped");
	EXPECT(b, 0, .due = 70, .delivered = 65, .dropped = 5);
	(void)close(reader);
}

/* The journal */

static void folders_of_the_journal(void **state)
{
	static char far_too_long[PATH_MAX + 1];
	struct bench *b = *state;
	/* None is given: a temporary one, which is removed when nothing is left. */
	start(b, REDIS, NULL);
	assert_int_equal(files(b, "nsmx-*/id"), 1);
	assert_int_equal(files(b, "nsmx-*/delivered-*"), 1);
	assert_true(outputs_journal_fd(b->outputs) >= 0);
	close_all(b, true);
	assert_int_equal(files(b, "nsmx-*"), 0);
	/* A relative one is not that of all processes. */
	assert_int_equal(setenv("TMPDIR", ".", 1), 0);
	start(b, REDIS, NULL);
	assert_int_equal(strncmp(b->outputs->journal_dir, "/tmp/nsmx-", 10), 0);
	close_all(b, true);
	assert_int_equal(setenv("TMPDIR", "/nonexistent", 1), 0);
	parse(b, REDIS, NULL);
	assert_false(outputs_start(b->outputs, &b->config, b->error));
	assert_int_equal(strncmp(b->error, "journal in /nonexistent/nsmx-", 29), 0);
	assert_string_equal(strrchr(b->error, ':'), ": No such file or directory");
	outputs_leave(b->outputs);
	memset(far_too_long, 'x', PATH_MAX);
	b->config.state = far_too_long;
	parse(b, REDIS, NULL);
	assert_false(outputs_start(b->outputs, &b->config, b->error));
	assert_non_null(strstr(b->error, "xxx: File name too long"));
	outputs_leave(b->outputs);
	b->config.state = "/dev/null";
	parse(b, REDIS, NULL);
	assert_false(outputs_start(b->outputs, &b->config, b->error));
	assert_string_equal(b->error,
	                    "journal in /dev/null: Not a directory; choose another folder "
	                    "with --state DIR");
	outputs_leave(b->outputs);
}

/* What is written to the journal is held no more; what a file waits for is. */
static void the_journal_holds_events(void **state)
{
	struct bench *b = *state;
	char dir[80];
	(void)snprintf(dir, sizeof(dir), "%s/state", b->folder);
	b->config.state = dir;
	start(b, REDIS "?key=a", REDIS "?key=b");
	assert_int_equal(files(b, "state/delivered-*"), 2);
	emit(b, RECORD_LOG, 10);
	outputs_keep(b->outputs);
	EXPECT(b, 0, .due = 1, .held = 1);
	emit(b, RECORD_HIT, 10);
	outputs_keep(b->outputs);
	EXPECT(b, 0, .due = 2);
	EXPECT(b, 1, .due = 2);
	close_all(b, false);
	captured_expect(&b->log, "4 events wait in ");
	/* Another run finds them; one output is another one. */
	b->config.again = "ELSEWHERE";
	start(b, REDIS "?key=b", "file:/dev/full");
	captured_expect(&b->log, "2 events of an earlier run wait for delivery");
	assert_int_equal(files(b, "state/delivered-*"), 1);
	EXPECT(b, 0, .due = 4);
	emit(b, RECORD_HIT, 10);
	outputs_flush(b->outputs);
	EXPECT(b, 0, .due = 5);
	EXPECT(b, 1, .due = 3, .held = 1);
	b->config.remove = true;
	close_all(b, false);
	EXPECT(b, 1, .due = 3, .dropped = 1);
	captured_expect(&b->log, "they are delivered when nsmx runs again with --state ELSEWHERE");
	assert_int_equal(files(b, "state/id"), 1);
}

static void a_full_journal(void **state)
{
	struct bench *b = *state;
	start(b, REDIS, "null");
	emit(b, RECORD_HIT, JOURNAL_BYTES_MIN - 1000);
	EXPECT(b, 0, .due = 1, .held = 1);
	emit(b, RECORD_HIT, 2000);
	captured_expect(&b->log, ": the journal is full; events are dropped");
	EXPECT(b, 0, .due = 2, .held = 1, .dropped = 1);
	EXPECT(b, 1, .due = 2, .held = 2);
	assert_int_equal(counter_get(&b->counters->events_dropped), 1);
	assert_true(outputs_alive(b->outputs));
	outputs_flush(b->outputs);
	EXPECT(b, 0, .due = 2, .dropped = 1);
	close_all(b, false);
}

/* A replay waits for room, unless the user asks to stop. */
static void patience_ends(void **state)
{
	struct bench *b = *state;
	b->config.patient = true;
	start(b, REDIS, "null");
	emit(b, RECORD_HIT, JOURNAL_BYTES_MIN - 1000);
	b->waits_left = 5;
	emit(b, RECORD_HIT, 2000);
	assert_int_equal(b->waits_left, 0);
	EXPECT(b, 0, .due = 2, .dropped = 1);
	assert_false(outputs_alive(b->outputs));
	/* Nor is it waited for again. */
	b->waits_left = 5;
	emit(b, RECORD_HIT, 2000);
	assert_int_equal(b->waits_left, 5);
	close_all(b, false);
}

static void a_publisher_has_a_successor(void **state)
{
	struct bench *b = *state;
	start(b, REDIS, NULL);
	struct output *output = &b->outputs->list[0];
	pid_t first = output->publisher;
	assert_true(first > 0);
	outputs_maintain(b->outputs);
	assert_int_equal(output->publisher, first);
	assert_int_equal(kill(first, SIGKILL), 0);
	siginfo_t info;
	assert_int_equal(waitid(P_PID, (id_t)first, &info, WEXITED | WNOWAIT), 0);
	/* It may have failed to connect before. */
	uint64_t errors = counter_get(&b->counters->output_errors);
	output->started = time(NULL) + 1; /* not yet */
	outputs_maintain(b->outputs);
	assert_int_equal(output->publisher, 0);
	captured_expect(&b->log, "the publisher ended (signal 9); starting another");
	assert_int_equal(counter_get(&b->counters->output_errors), errors + 1);
	output->started = time(NULL) - 2;
	outputs_flush(b->outputs);
	assert_true(output->publisher > 0);
	assert_in_range(output->started, time(NULL) - 1, time(NULL));
	close_all(b, true);
}

static void no_publisher(void **state)
{
	struct bench *b = *state;
	for (int i = 0; i < 2; i++) {
		parse(b, REDIS, NULL);
		pipe_error = i == 0 ? EMFILE : 0;
		fork_error = i == 1 ? EAGAIN : 0;
		assert_false(outputs_start(b->outputs, &b->config, b->error));
		pipe_error = fork_error = 0;
		assert_non_null(strstr(b->error, i == 0 ? ": no publisher: Too many open files"
		                                        : ": no publisher: Resource temporarily"));
		outputs_leave(b->outputs);
	}
	/* A successor that cannot be started is tried again. */
	start(b, REDIS, NULL);
	struct output *output = &b->outputs->list[0];
	assert_int_equal(kill(output->publisher, SIGKILL), 0);
	siginfo_t info;
	assert_int_equal(waitid(P_PID, (id_t)output->publisher, &info, WEXITED | WNOWAIT), 0);
	output->started = 0;
	fork_error = EAGAIN;
	outputs_maintain(b->outputs);
	fork_error = 0;
	assert_int_equal(output->publisher, 0);
	captured_expect(&b->log, ": no publisher: Resource temporarily unavailable");
	output->started = 0;
	outputs_maintain(b->outputs);
	assert_true(output->publisher > 0);
	close_all(b, true);
}

/* The calls are made in a worker, whose parent has the publishers. */
static int work(struct bench *b)
{
	const struct rlimit none = { 0, 0 };
	struct line_lock *locks = line_lock_new(2);
	int before = unit_count_descriptors();
	if (outputs_take_over(b->outputs, locks, true) != 0 ||
	    unit_count_descriptors() != before - 1) {
		return 1;
	}
	(void)signal(SIGXFSZ, SIG_IGN);
	emit(b, RECORD_HIT, 10);
	outputs_flush(b->outputs);
	b->outputs->list[1].started = 0;
	b->outputs->list[1].publisher = 0;
	outputs_flush(b->outputs);
	if (b->outputs->list[1].publisher != 0) {
		return 2;
	}
	(void)setrlimit(RLIMIT_FSIZE, &none);
	emit(b, RECORD_HIT, 10);
	outputs_keep(b->outputs);
	return outputs_end(b->outputs) ? 3 : 0;
}

static void a_worker_that_cannot_write(void **state)
{
	struct bench *b = *state;
	int status;
	start(b, "file:%s/events", REDIS);
	pid_t child = fork();
	if (child == 0) {
		_exit(work(b));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	EXPECT(b, 0, .due = 2, .delivered = 1, .dropped = 1);
	EXPECT(b, 1, .due = 2, .dropped = 1);
	assert_int_equal(counter_get(&b->counters->events_dropped), 2);
	close_all(b, false); /* one waits */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(targets_that_are_none),
		TEST(names),
		TEST(a_file_that_cannot_be_opened),
		TEST(hits_are_kept_at_once),
		TEST(a_full_disk),
		TEST(two_full_disks),
		TEST(a_reader_that_is_gone),
		TEST(a_reader_that_does_not_read),
		TEST(folders_of_the_journal),
		TEST(the_journal_holds_events),
		TEST(a_full_journal),
		TEST(patience_ends),
		TEST(a_publisher_has_a_successor),
		TEST(no_publisher),
		TEST(a_worker_that_cannot_write),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
