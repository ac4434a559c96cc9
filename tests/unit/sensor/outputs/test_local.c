/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/time_ns.h"
#include "sensor/outputs/local.h"

#define PIPE_SIZE 65536

struct place {
	char folder[64];
	char path[80];
	int reader; /* of a pipe at `path` */
	bool stopped;
};

static int set_up(void **state)
{
	static struct place place;
	const char *tmp = getenv("TMPDIR");
	(void)snprintf(place.folder, sizeof(place.folder), "%.40s/nsmx-XXXXXX",
	               tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(place.folder) == NULL) {
		return -1;
	}
	(void)snprintf(place.path, sizeof(place.path), "%s/events", place.folder);
	place.reader = -1;
	place.stopped = false;
	*state = &place;
	return 0;
}

static int tear_down(void **state)
{
	const struct place *place = *state;
	if (place->reader >= 0) {
		(void)close(place->reader);
	}
	(void)unlink(place->path);
	return rmdir(place->folder);
}

static bool go_on(void *ctx)
{
	return !((const struct place *)ctx)->stopped;
}

static void be_patient(struct local *local, struct place *place, unsigned wait_ms, unsigned end_ms)
{
	const struct local_patience patience = {
		.wait_ms = wait_ms, .end_ms = end_ms, .go_on = go_on, .ctx = place
	};
	local_set_patience(local, &patience);
}

/* An output to a pipe, which is read by this test. */
static struct local *open_pipe(struct place *place)
{
	assert_int_equal(mkfifo(place->path, 0600), 0);
	place->reader = open(place->path, O_RDONLY | O_NONBLOCK);
	assert_true(place->reader >= 0);
	struct local *local = local_open(LOCAL_JSON, place->path, NULL);
	assert_non_null(local);
	be_patient(local, place, 1, 1);
	return local;
}

/* Adds a line of `size` octets, its end included, which begins with a letter. */
static bool add(struct local *local, char letter, size_t size)
{
	static char json[3 * PIPE_SIZE];
	assert_in_range(size, 2, sizeof(json));
	memset(json, '.', sizeof(json));
	json[0] = letter;
	const struct record record = {
		.kind = RECORD_HIT, .severity = 75, .json = json, .json_size = size - 1
	};
	return local_add(local, &record);
}

static void expect_flush(struct local *local, int error, uint64_t delivered, uint64_t waiting)
{
	uint64_t got = 99;
	assert_int_equal(local_flush(local, &got), error);
	assert_int_equal(got, delivered);
	assert_int_equal(local_waiting(local), waiting);
}

static void expect_lines(const char *text, const char *letters, size_t size)
{
	for (; *letters != '\0'; letters++) {
		const char *end = strchr(text, '\n');
		assert_non_null(end);
		assert_int_equal(text[0], *letters);
		assert_int_equal(end + 1 - text, size);
		text = end + 1;
	}
	assert_string_equal(text, "");
}

/* Reads at most `most` octets of those that a file or pipe has. */
static size_t take(int fd, char *text, size_t most)
{
	size_t size = 0;
	ssize_t got;
	while (size < most && (got = read(fd, text + size, most - size)) > 0) {
		size += (size_t)got;
	}
	text[size] = '\0';
	return size;
}

static size_t file_size(const struct place *place)
{
	struct stat st;
	assert_int_equal(stat(place->path, &st), 0);
	return (size_t)st.st_size;
}

static void a_file_gets_whole_lines(void **state)
{
	static char text[4 * PIPE_SIZE];
	struct place *place = *state;
	struct stat st;
	(void)umask(0);
	int fd = dup(STDIN_FILENO); /* the descriptor that the output will have */
	(void)close(fd);
	struct local *local = local_open(LOCAL_JSON, place->path, NULL);
	assert_non_null(local);
	assert_string_equal(local_name(local), place->path);
	assert_int_equal(stat(place->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	expect_flush(local, 0, 0, 0);
	assert_true(add(local, 'a', 10));
	assert_true(add(local, 'b', 10));
	assert_int_equal(local_waiting(local), 2);
	assert_int_equal(file_size(place), 0);
	expect_flush(local, 0, 2, 0);
	expect_flush(local, 0, 0, 0);
	assert_true(add(local, 'c', 10));
	uint64_t delivered = 0;
	assert_int_equal(local_finish(local, &delivered), 0);
	assert_int_equal(delivered, 1);
	local_close(local);
	/* Another one appends. */
	local = local_open(LOCAL_JSON, place->path, NULL);
	assert_true(add(local, 'd', 10));
	expect_flush(local, 0, 1, 0);
	local_close(local);
	fd = open(place->path, O_RDONLY);
	assert_int_equal(take(fd, text, sizeof(text) - 1), 40);
	expect_lines(text, "abcd", 10);
	(void)close(fd);
}

/* Nothing is flushed. */
static void many_lines_are_written_at_once(void **state)
{
	struct place *place = *state;
	struct local *local = local_open(LOCAL_JSON, place->path, NULL);
	assert_true(add(local, 'a', 40000));
	assert_true(add(local, 'b', 65535 - 40000));
	assert_int_equal(file_size(place), 0);
	assert_int_equal(local_waiting(local), 2);
	expect_flush(local, 0, 2, 0);
	assert_true(add(local, 'a', 40000));
	assert_true(add(local, 'b', 65536 - 40000));
	assert_int_equal(file_size(place), 65535 + 65536);
	assert_int_equal(local_waiting(local), 0);
	expect_flush(local, 0, 2, 0);
	local_close(local);
}

static void nothing_is_written_by_null(void **state)
{
	(void)state;
	struct local *local = local_open(LOCAL_NULL, NULL, NULL);
	assert_string_equal(local_name(local), "standard output");
	assert_true(add(local, 'a', 10));
	assert_true(add(local, 'b', 10));
	assert_int_equal(local_waiting(local), 0);
	expect_flush(local, 0, 2, 0);
	expect_flush(local, 0, 0, 0);
	local_close(local);
	local_close(NULL);
	assert_true(fcntl(STDOUT_FILENO, F_GETFD) >= 0);
}

static void text_is_a_line(void **state)
{
	char text[128];
	struct place *place = *state;
	struct local *local = local_open(LOCAL_TEXT, place->path, NULL);
	const struct record record = { .kind = RECORD_HIT,
		                       .severity = 75,
		                       .json = "{}",
		                       .json_size = 2,
		                       .time = "T",
		                       .reason = "why",
		                       .reason_size = 3 };
	assert_true(local_add(local, &record));
	expect_flush(local, 0, 1, 0);
	local_close(local);
	int fd = open(place->path, O_RDONLY);
	(void)take(fd, text, sizeof(text) - 1);
	assert_string_equal(text, "T  high      why\n");
	(void)close(fd);
}

static void no_such_folder(void **state)
{
	struct place *place = *state;
	char path[120];
	int before = unit_count_descriptors();
	(void)snprintf(path, sizeof(path), "%s/there/events", place->folder);
	assert_null(local_open(LOCAL_JSON, path, NULL));
	assert_int_equal(errno, ENOENT);
	assert_int_equal(unit_count_descriptors(), before);
}

/* A terminal gets each line at once, in colours or without control characters. */
static void a_terminal_is_shown_each_line(void **state)
{
	char text[128];
	static const struct record record = { .kind = RECORD_HIT,
		                              .severity = 99,
		                              .json = "\xc2\x9b",
		                              .json_size = 2,
		                              .time = "T",
		                              .reason = "why",
		                              .reason_size = 3 };
	(void)state;
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
	assert_int_equal(grantpt(master), 0);
	assert_int_equal(unlockpt(master), 0);
	assert_int_equal(unsetenv("NO_COLOR"), 0);
	for (int form = LOCAL_JSON; form <= LOCAL_TEXT; form++) {
		struct local *local = local_open((enum local_form)form, ptsname(master), NULL);
		assert_non_null(local);
		assert_true(local_add(local, &record));
		assert_int_equal(local_waiting(local), 0);
		(void)take(master, text, sizeof(text) - 1);
		assert_string_equal(text, form == LOCAL_JSON
		                                  ? "\\u009b\r\n"
		                                  : "T  \033[1;31mcritical\033[0m  why\r\n");
		expect_flush(local, 0, 1, 0);
		local_close(local);
	}
	(void)close(master);
}

/* A line that is longer than the pipe is written in parts, of which none is written twice. */
static void a_torn_line_is_continued(void **state)
{
	static char text[8 * PIPE_SIZE];
	struct place *place = *state;
	struct local *local = open_pipe(place);
	size_t size = 0;
	/* Of the second line one octet remains, so that it is written alone. */
	assert_true(add(local, 'a', PIPE_SIZE / 2));
	assert_int_equal(local_waiting(local), 1);
	assert_true(add(local, 'b', PIPE_SIZE / 2 + 1));
	assert_int_equal(local_waiting(local), 1);
	expect_flush(local, EAGAIN, 1, 1);
	size += take(place->reader, text + size, 2 * PIPE_SIZE);
	assert_int_equal(size, PIPE_SIZE);
	expect_flush(local, 0, 1, 0);
	size += take(place->reader, text + size, 2 * PIPE_SIZE);
	assert_int_equal(size, PIPE_SIZE + 1);
	assert_string_equal(text + PIPE_SIZE - 1, ".\n");
	/* Octets that are written are removed from memory or not, depending on how many are left.
	 */
	size = 0;
	for (const char *letter = "cdefg"; *letter != '\0'; letter++) {
		assert_true(add(local, *letter, PIPE_SIZE + 3));
	}
	assert_int_equal(local_waiting(local), 5);
	for (int step = 0; step < 100 && local_waiting(local) > 0; step++) {
		uint64_t delivered;
		size += take(place->reader, text + size, PIPE_SIZE / 2);
		(void)local_flush(local, &delivered);
	}
	size += take(place->reader, text + size, 2 * PIPE_SIZE);
	assert_int_equal(local_waiting(local), 0);
	expect_lines(text, "cdefg", PIPE_SIZE + 3);
	local_close(local);
}

/* What has no room in memory is refused; what was taken before stays whole. */
static void memory_is_bounded(void **state)
{
	static char text[2 * PIPE_SIZE];
	struct place *place = *state;
	struct local *local = open_pipe(place);
	const size_t size = PIPE_SIZE;
	const unsigned most = LOCAL_WAITING_MAX / PIPE_SIZE;
	unsigned taken = 0, lines = 0;
	place->stopped = true; /* no call waits */
	while (taken < 2 * most && add(local, 'a', size)) {
		taken++;
	}
	assert_in_range(taken, most - 1, most + 3); /* what the pipe has is removed at times */
	assert_false(add(local, 'b', size));
	for (unsigned step = 0; step < 20 * most; step++) {
		uint64_t delivered;
		size_t got = take(place->reader, text, PIPE_SIZE);
		for (size_t i = 0; i < got; i++) {
			assert_int_not_equal(text[i], 'b');
			lines += text[i] == '\n';
		}
		(void)local_flush(local, &delivered);
	}
	assert_int_equal(lines, taken);
	assert_int_equal(local_waiting(local), 0);
	assert_true(add(local, 'c', size));
	local_close(local);
}

static int64_t elapsed_ms(int64_t since_ns)
{
	return (monotonic_ns() - since_ns) / NS_PER_MS;
}

static void patience_is_bounded(void **state)
{
	static char text[2 * PIPE_SIZE];
	struct place *place = *state;
	struct local *local = open_pipe(place);
	be_patient(local, place, 300, 400);
	int64_t since = monotonic_ns();
	assert_true(add(local, 'a', PIPE_SIZE + 100));
	assert_in_range(elapsed_ms(since), 300, 2000);
	/* In vain: the next attempts do not wait. */
	since = monotonic_ns();
	expect_flush(local, EAGAIN, 0, 1);
	expect_flush(local, EAGAIN, 0, 1);
	assert_in_range(elapsed_ms(since), 0, 290);
	/* After some octets they do. */
	(void)take(place->reader, text, PIPE_SIZE);
	expect_flush(local, 0, 1, 0);
	since = monotonic_ns();
	assert_true(add(local, 'b', PIPE_SIZE + 100));
	assert_in_range(elapsed_ms(since), 300, 2000);
	/* The end has a time of its own. */
	uint64_t delivered;
	since = monotonic_ns();
	assert_int_equal(local_finish(local, &delivered), EAGAIN);
	assert_in_range(elapsed_ms(since), 400, 2000);
	/* Nothing is waited for after a stop, but for the end. */
	place->stopped = true;
	(void)take(place->reader, text, 2 * PIPE_SIZE);
	expect_flush(local, 0, 1, 0);
	since = monotonic_ns();
	assert_true(add(local, 'c', PIPE_SIZE + 100));
	assert_in_range(elapsed_ms(since), LOCAL_STOP_MS, 2000);
	local_close(local);
	local = local_open(LOCAL_JSON, place->path, NULL);
	be_patient(local, place, 5000, 5000);
	since = monotonic_ns();
	assert_true(add(local, 'd', PIPE_SIZE + 100));
	assert_in_range(elapsed_ms(since), 0, 2000);
	assert_int_equal(local_finish(local, &delivered), EAGAIN);
	assert_in_range(elapsed_ms(since), LOCAL_STOP_MS, 3000);
	local_close(local);
}

/* A reader that is slow, not stalled, is waited for without a limit. */
static void no_limit(void **state)
{
	static char text[2 * PIPE_SIZE];
	struct place *place = *state;
	struct local *local = open_pipe(place);
	be_patient(local, place, 0, 0);
	pid_t child = fork();
	if (child == 0) {
		(void)usleep(300000);
		size_t size = 0;
		while (size < 2 * PIPE_SIZE - 1) {
			size += take(place->reader, text, sizeof(text) - 1);
		}
		_exit(0);
	}
	int status;
	assert_true(add(local, 'a', 2 * PIPE_SIZE - 1));
	expect_flush(local, 0, 1, 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	local_close(local);
}

/* In a child: takes the lock, and writes a part of a line. */
static pid_t hold(const struct place *place, struct line_lock *lock)
{
	int ready[2];
	char byte;
	assert_int_equal(pipe(ready), 0);
	pid_t child = fork();
	if (child == 0) {
		bool torn;
		int fd = open(place->path, O_WRONLY | O_APPEND | O_CREAT, 0600);
		bool good = line_lock_try(lock, &torn) && write(fd, "{\"to", 4) == 4 &&
		            write(ready[1], "", 1) == 1;
		while (good) {
			(void)pause();
		}
		_exit(1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
	(void)close(ready[1]);
	return child;
}

static void a_shared_file(void **state)
{
	char text[128];
	struct place *place = *state;
	struct line_lock *lock = line_lock_new(1);
	struct local *local = local_open(LOCAL_JSON, place->path, NULL);
	be_patient(local, place, 200, 200);
	local_share(local, lock);
	pid_t child = hold(place, lock);
	/* Nothing to write needs no lock. */
	expect_flush(local, 0, 0, 0);
	assert_true(add(local, 'a', 4));
	int64_t since = monotonic_ns();
	expect_flush(local, EAGAIN, 0, 1);
	assert_in_range(elapsed_ms(since), 200, 2000);
	since = monotonic_ns();
	expect_flush(local, EAGAIN, 0, 1);
	assert_in_range(elapsed_ms(since), 0, 190);
	/* Its writer has died: that line is ended before the next, once. */
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	expect_flush(local, 0, 1, 0);
	assert_true(add(local, 'b', 4));
	expect_flush(local, 0, 1, 0);
	/* It is free again. */
	child = hold(place, lock);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	int fd = open(place->path, O_RDONLY);
	(void)take(fd, text, sizeof(text) - 1);
	assert_string_equal(text, "{\"to\na..\nb..\n{\"to");
	(void)close(fd);
	local_close(local);
	line_lock_free(lock, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_file_gets_whole_lines),
		TEST(many_lines_are_written_at_once),
		TEST(nothing_is_written_by_null),
		TEST(text_is_a_line),
		TEST(no_such_folder),
		TEST(a_terminal_is_shown_each_line),
		TEST(a_torn_line_is_continued),
		TEST(memory_is_bounded),
		TEST(patience_is_bounded),
		TEST(no_limit),
		TEST(a_shared_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
