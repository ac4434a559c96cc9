/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "sensor/process/channel.h"
#include "sensor/process/losses.h"

static int ends[2];

static int set_up(void **state)
{
	(void)state;
	return channel_open(ends) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	(void)close(ends[0]);
	(void)close(ends[1]);
	return 0;
}

static void descriptors_arrive(void **state)
{
	(void)state;
	struct channel_fds fds;
	int pipes[2];
	char byte;
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(channel_receive(ends[0], &fds), CHANNEL_NONE);
	assert_true(channel_send(ends[1], pipes, 2));
	assert_true(channel_sign(ends[1]));
	assert_int_equal(channel_receive(ends[0], &fds), CHANNEL_MESSAGE);
	assert_int_equal(fds.count, 2);
	assert_int_equal(fcntl(fds.items[0], F_GETFD), FD_CLOEXEC);
	assert_int_equal(write(fds.items[1], "x", 1), 1);
	assert_int_equal(read(pipes[0], &byte, 1), 1);
	channel_close_fds(&fds);
	assert_int_equal(channel_receive(ends[0], &fds), CHANNEL_MESSAGE);
	assert_int_equal(fds.count, 0);
	(void)close(ends[1]);
	assert_int_equal(channel_receive(ends[0], &fds), CHANNEL_END);
	(void)close(pipes[0]);
	(void)close(pipes[1]);
}

static void neither_side_waits(void **state)
{
	(void)state;
	struct channel_fds fds;
	int sent = 0;
	while (sent < 100000 && channel_send(ends[1], ends, 1)) {
		sent++;
	}
	assert_true(sent > 0 && sent < 100000);
	for (int i = 0; i < sent; i++) {
		assert_int_equal(channel_receive(ends[0], &fds), CHANNEL_MESSAGE);
		channel_close_fds(&fds);
	}
	assert_int_equal(channel_receive(ends[0], &fds), CHANNEL_NONE);
}

static void too_many_descriptors_are_refused(void **state)
{
	(void)state;
	int many[CHANNEL_FDS_MAX + 1];
	struct channel_fds fds;
	for (size_t i = 0; i <= CHANNEL_FDS_MAX; i++) {
		many[i] = ends[0];
	}
	assert_false(channel_send(ends[1], many, CHANNEL_FDS_MAX + 1));
	assert_true(channel_send(ends[1], many, CHANNEL_FDS_MAX));
	assert_int_equal(channel_receive(ends[0], &fds), CHANNEL_MESSAGE);
	assert_int_equal(fds.count, CHANNEL_FDS_MAX);
	channel_close_fds(&fds);
}

/* A worker may pass on anything, and write any number into the counters. */
static void losses_believe_no_worker(void **state)
{
	(void)state;
	static struct counters counters[OPTIONS_WORKERS_MAX];
	static _Atomic uint64_t passed[OPTIONS_WORKERS_MAX];
	const struct options options = { .workers = 1 };
	struct channel_fds fds = { .items = { dup(ends[0]) }, .count = 1 };
	const int given = fds.items[0];
	struct losses *losses = losses_new(&options, counters, passed);
	assert_non_null(losses);
	losses_take(losses, 0, &fds);
	assert_int_equal(fcntl(given, F_GETFD), -1); /* no packet socket */
	counter_set(&counters[0].packets, UINT64_MAX);
	counter_set(&passed[0], 3);
	losses_count(losses);
	losses_end(losses, 0);
	losses_finish(losses);
	assert_int_equal(counter_get(&counters[0].kernel_drops), 0);
	losses_free(losses);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(descriptors_arrive, set_up, tear_down),
		cmocka_unit_test_setup_teardown(neither_side_waits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(too_many_descriptors_are_refused, set_up,
		                                tear_down),
		cmocka_unit_test_setup_teardown(losses_believe_no_worker, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
