/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/captured.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "sensor/process/replay/progress.h"

#define CLEAR "\r\033[K"

static struct captured line;
static struct progress progress;

static int set_up(void **state)
{
	(void)state;
	captured_begin(&line);
	progress_init(&progress, PROGRESS_ALWAYS);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	captured_end(&line);
	return 0;
}

static void expect(const char *text)
{
	assert_string_equal(captured_take(&line), text);
}

static void lines(void **state)
{
	static struct counters sum;
	(void)state;
	progress_clear(&progress);
	expect("");
	counter_set(&sum.packets, 7);
	counter_set(&sum.hits, 5);
	progress_show_files(&progress, 3, &sum);
	expect(CLEAR "nsmx: 3 files: 7 packets, 5 hits\r");
	progress_clear(&progress);
	expect(CLEAR);
	progress_clear(&progress);
	expect("");
	progress_show_rows(&progress, 9, 2);
	expect(CLEAR "nsmx: 9 rows, 2 hits\r");
	progress_clear(&progress);
	expect(CLEAR);
}

static void delivery(void **state)
{
	static struct counters sum;
	(void)state;
	counter_set(&sum.events_delivered, 4);
	counter_set(&sum.events_pending, 1);
	progress_show_delivery(&progress, &sum);
	expect(CLEAR "nsmx: delivering: 4 of 5 events\r");
	counter_set(&sum.events_pending, 0);
	progress_show_delivery(&progress, &sum);
	expect(CLEAR);
	progress_clear(&progress); /* the line is removed already */
	expect("");
}

/* A path has at most 60 octets there, and none that control the terminal. */
static void captures(void **state)
{
	static const uint8_t header[24] = { 0xd4, 0xc3, 0xb2, 0xa1, 2,    0,    4, 0, 0, 0, 0, 0,
		                            0,    0,    0,    0,    0xff, 0xff, 0, 0, 1, 0, 0, 0 };
	static const uint8_t packet[20] = { 1, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0 };
	static struct counters sum;
	char top[] = "/tmp/nsmx-XXXXXX", path[128], error[CAPTURE_ERROR_MAX], expected[512];
	struct packet read;
	(void)state;
	assert_non_null(mkdtemp(top));
	(void)snprintf(path, sizeof(path), "%s/\033%060d", top, 0);
	FILE *file = fopen(path, "w");
	assert_int_equal(fwrite(header, sizeof(header), 1, file), 1);
	assert_int_equal(fwrite(packet, sizeof(packet), 1, file), 1);
	assert_int_equal(fclose(file), 0);
	struct merge_input input = { .path = path, .first_ns = INT64_MIN };
	struct merge *merge = merge_new(&input, 1, &(const struct merge_choice){ .filter = NULL });
	progress_show_capture(&progress, merge, &sum); /* no file is open */
	expect("");
	assert_int_equal(merge_next(merge, &read, error), CAPTURE_PACKET);
	counter_set(&sum.packets, 1);
	progress_show_capture(&progress, merge, &sum);
	(void)snprintf(expected, sizeof(expected),
	               CLEAR "nsmx: 100 %% of %s/\\x1b%.*d: 1 packets, 0 hits\r", top,
	               (int)(60 - strlen(top) - 2), 0);
	expect(expected);
	merge_free(merge);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(top), 0);
}

static void when_it_is_due(void **state)
{
	(void)state;
	struct progress never;
	assert_true(progress_is_due(&progress));
	assert_false(progress_is_due(&progress));
	progress.shown_ns -= 200000000;
	assert_true(progress_is_due(&progress));
	progress_init(&never, PROGRESS_NEVER);
	assert_false(progress_is_due(&never));
	progress_init(&never, PROGRESS_AUTO); /* standard error is a file */
	assert_false(progress_is_due(&never));
}

/* What is written to a terminal of this width, without the octets that clear the line. */
static const char *on_terminal(unsigned short columns, void (*show)(void))
{
	static char text[2048];
	const struct winsize size = { .ws_row = 24, .ws_col = columns };
	int ours = posix_openpt(O_RDWR | O_NOCTTY), before = dup(STDERR_FILENO);
	assert_true(ours >= 0 && grantpt(ours) == 0 && unlockpt(ours) == 0);
	int theirs = open(ptsname(ours), O_RDWR | O_NOCTTY);
	assert_int_equal(ioctl(theirs, TIOCSWINSZ, &size), 0);
	assert_int_equal(dup2(theirs, STDERR_FILENO), STDERR_FILENO);
	show();
	/* A terminal gives what was written in parts. */
	ssize_t got = 0;
	assert_int_equal(write(theirs, "\4", 1), 1);
	while (got == 0 || text[got - 1] != '\4') {
		ssize_t part = read(ours, text + got, sizeof(text) - 1 - (size_t)got);
		assert_true(part > 0);
		got += part;
	}
	got--;
	assert_int_equal(dup2(before, STDERR_FILENO), STDERR_FILENO);
	(void)close(before);
	(void)close(theirs);
	(void)close(ours);
	assert_true(got > (ssize_t)strlen(CLEAR));
	text[got] = '\0';
	assert_memory_equal(text, CLEAR, strlen(CLEAR));
	return text + strlen(CLEAR);
}

static void show_long_work(void)
{
	progress_show_work(&progress, "the export of a history with a long name", 12345678,
	                   "octets");
}

static void show_wide_work(void)
{
	progress_show_work(&progress,
	                   "\xe5\x8c\x97\xe5\x8c\x97\xe5\x8c\x97\xe5\x8c\x97\xe5\x8c\x97"
	                   "\xe5\x8c\x97\xe5\x8c\x97\xe5\x8c\x97\xe5\x8c\x97\xe5\x8c\x97"
	                   "\xe5\x8c\x97\xe5\x8c\x97\xe5\x8c\x97\xe5\x8c\x97\xe5\x8c\x97"
	                   "\xe5\x8c\x97\xe5\x8c\x97\xe5\x8c\x97",
	                   1, "octets");
}

/* A line that is wider than the terminal is not overwritten by the next one. */
static void width(void **state)
{
	(void)state;
	(void)unsetenv("COLUMNS");
	assert_string_equal(on_terminal(80, show_long_work),
	                    "nsmx: the export of a history with a long name: 12345678 octets\r");
	assert_string_equal(on_terminal(48, show_long_work),
	                    "nsmx: the export of a history with a long name:\r");
	/* A character that is not ASCII may take two columns. */
	assert_int_equal(strlen(on_terminal(40, show_wide_work)),
	                 strlen("nsmx: ") + (39 - strlen("nsmx: ")) / 2 * 3 + strlen("\r"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(width),
		cmocka_unit_test_setup_teardown(lines, set_up, tear_down),
		cmocka_unit_test_setup_teardown(delivery, set_up, tear_down),
		cmocka_unit_test_setup_teardown(captures, set_up, tear_down),
		cmocka_unit_test_setup_teardown(when_it_is_due, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
