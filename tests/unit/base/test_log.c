/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time_ns.h"

#define LINE_MAX_OCTETS 4096

static int standard_error;
static char got[2 * LINE_MAX_OCTETS];

/* What is logged goes into a pipe, or to a terminal. */
static void redirect(int to)
{
	standard_error = dup(STDERR_FILENO);
	assert_true(standard_error > STDERR_FILENO);
	assert_int_equal(dup2(to, STDERR_FILENO), STDERR_FILENO);
}

static void restore(void)
{
	(void)dup2(standard_error, STDERR_FILENO);
	(void)close(standard_error);
}

static void log_into(int ends[2])
{
	assert_int_equal(pipe(ends), 0);
	redirect(ends[1]);
}

static const char *read_log(int ends[2])
{
	restore();
	(void)close(ends[1]);
	ssize_t size = read(ends[0], got, sizeof(got) - 1);
	(void)close(ends[0]);
	assert_true(size >= 0);
	got[size] = '\0';
	return got;
}

static void levels(void **state)
{
	int ends[2];
	(void)state;
	log_into(ends);
	log_error("%s %d", "an error", 1);
	log_warn("a warning");
	log_info("information");
	assert_string_equal(read_log(ends),
	                    "nsmx: an error 1\nnsmx: warning: a warning\nnsmx: information\n");
}

static void keeps_errno(void **state)
{
	int ends[2];
	(void)state;
	(void)signal(SIGPIPE, SIG_IGN);
	log_into(ends);
	(void)close(ends[0]);
	ends[0] = open("/dev/null", O_RDONLY);
	errno = ENOENT;
	log_info("isatty() and write() fail");
	assert_int_equal(errno, ENOENT);
	(void)read_log(ends);
}

/* Text of the network cannot end a line, nor write to a terminal. */
static void escapes(void **state)
{
	int ends[2];
	(void)state;
	log_into(ends);
	log_info("%s", "a\nb\x1b[2Jc\x7f \xe3\x81\x82");
	const char *text = read_log(ends);
	assert_non_null(strstr(text, "nsmx: a"));
	assert_null(strchr(text, '\x1b'));
	assert_null(strchr(text, '\x7f'));
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	assert_non_null(strstr(text, "\xe3\x81\x82"));
}

/* One write of at most PIPE_BUF octets: lines of several processes do not mix. */
static void cuts_long_lines(void **state)
{
	static char text[2 * LINE_MAX_OCTETS];
	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	/* Around the size at which the end of the line has no room. */
	for (size_t size = LINE_MAX_OCTETS - 30; size < sizeof(text); size++) {
		int ends[2];
		if (size == LINE_MAX_OCTETS + 2) {
			size = sizeof(text) - 1;
		}
		log_into(ends);
		log_info("%.*s", (int)size, text);
		size_t length = strlen(read_log(ends));
		size_t whole = size + strlen("nsmx: \n");
		assert_true(length <= LINE_MAX_OCTETS);
		assert_true(length == whole || length > LINE_MAX_OCTETS - 8);
		assert_int_equal(got[length - 1], '\n');
		assert_int_equal(got[length - 2], 'x');
	}
}

static void mutes(void **state)
{
	int ends[2];
	(void)state;
	log_into(ends);
	log_mute(true);
	log_error("not this");
	log_mute(false);
	log_error("but this");
	assert_string_equal(read_log(ends), "nsmx: but this\n");
}

/* A longer line of progress may be there. */
static void erases_on_a_terminal(void **state)
{
	(void)state;
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) {
		print_message("no pseudo-terminal\n");
		skip();
	}
	int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	assert_true(slave >= 0);
	redirect(slave);
	log_info("a line");
	restore();
	ssize_t size = read(master, got, sizeof(got) - 1);
	(void)close(slave);
	(void)close(master);
	assert_true(size > 0);
	got[size] = '\0';
	assert_string_equal(got, "nsmx: a line\033[K\r\n");
}

static void fill(int fd)
{
	static const char octets[65536];
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	while (write(fd, octets, sizeof(octets)) > 0) {
	}
	while (write(fd, octets, 1) > 0) {
	}
	assert_int_equal(fcntl(fd, F_SETFL, 0), 0);
}

/* The first line waits for half a second, the others do not, until it reads again. */
static void a_reader_that_stalls_stops_nothing(void **state)
{
	int ends[2];
	(void)state;
	log_into(ends);
	fill(ends[1]);
	int64_t begin_ns = monotonic_ns();
	log_info("waits");
	int64_t first_ns = monotonic_ns();
	for (int i = 0; i < 100; i++) {
		log_info("does not wait");
	}
	int64_t end_ns = monotonic_ns();
	assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	while (read(ends[0], got, sizeof(got)) > 0) {
	}
	log_info("it reads again");
	assert_string_equal(read_log(ends), "nsmx: it reads again\n");
	assert_true(first_ns - begin_ns >= 400 * NS_PER_MS);
	assert_true(end_ns - first_ns < 100 * 400 * NS_PER_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(levels),
		cmocka_unit_test(keeps_errno),
		cmocka_unit_test(escapes),
		cmocka_unit_test(cuts_long_lines),
		cmocka_unit_test(mutes),
		cmocka_unit_test(erases_on_a_terminal),
		cmocka_unit_test(a_reader_that_stalls_stops_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
