/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>
#include <time.h>

#include "sensor/intake/drops.h"
#include "sensor/process/losses.h"

/* Any descriptor stands for a packet socket, but for the first. */

#define SOCKETS 64

static struct drops since[SOCKETS]; /* the last call, by descriptor */
static unsigned stopped[SOCKETS];
static uint64_t of_interface[2];
static time_t clock_ahead;
static int no_socket;
static bool counting_twice;

bool drops_has_packets(int fd)
{
	return fd != no_socket;
}

bool drops_counts_twice(int fd)
{
	(void)fd;
	return counting_twice;
}

void drops_add(int fd, struct drops *drops)
{
	drops->received += since[fd].received;
	drops->dropped += since[fd].dropped;
	since[fd] = (struct drops){ .received = 0 };
}

void drops_stop(int fd)
{
	stopped[fd]++;
}

uint64_t drops_of_interface(const char *name)
{
	return of_interface[name[0] - 'a'];
}

int clock_gettime(clockid_t id, struct timespec *now)
{
	(void)id;
	*now = (struct timespec){ .tv_sec = clock_ahead };
	return 0;
}

static struct options options;
static struct counters *counters;
static _Atomic uint64_t passed[OPTIONS_WORKERS_MAX];
static struct losses *losses;

static int begin(unsigned workers)
{
	options = (struct options){ .workers = workers };
	options.interfaces.items[0] = "a";
	options.interfaces.items[1] = "b";
	options.interfaces.count = 2;
	of_interface[0] = 100;
	of_interface[1] = 20;
	clock_ahead = 1000;
	memset(since, 0, sizeof(since));
	memset(stopped, 0, sizeof(stopped));
	memset(passed, 0, sizeof(passed));
	no_socket = open("/dev/null", O_RDONLY);
	counting_twice = false;
	counters = counters_new(OPTIONS_WORKERS_MAX);
	losses = losses_new(&options, counters, passed);
	return losses == NULL;
}

static int one_worker(void **state)
{
	(void)state;
	return begin(1);
}

static int three_workers(void **state)
{
	(void)state;
	return begin(3);
}

static int end(void **state)
{
	(void)state;
	losses_free(losses);
	counters_free(counters, OPTIONS_WORKERS_MAX);
	(void)close(no_socket);
	return 0;
}

/* A worker sends one socket, and another descriptor. Returns the socket. */
static int take_one(unsigned worker)
{
	struct channel_fds fds = { .count = 2 };
	fds.items[0] = dup(no_socket);
	fds.items[1] = dup(no_socket);
	int none = no_socket, socket = fds.items[1];
	no_socket = fds.items[0];
	losses_take(losses, worker, &fds);
	no_socket = none;
	return socket;
}

static void receive(int socket, uint64_t received, uint64_t dropped)
{
	since[socket].received += received;
	since[socket].dropped += dropped;
}

static void expect_drops(unsigned worker, uint64_t wanted)
{
	assert_int_equal(counter_get(&counters[worker].kernel_drops), wanted);
}

static void interfaces(void **state)
{
	(void)state;
	losses_count(losses);
	assert_int_equal(counter_get(&counters->interface_drops), 0);
	of_interface[0] += 3;
	of_interface[1] += 4;
	losses_count(losses); /* not within a second */
	assert_int_equal(counter_get(&counters->interface_drops), 0);
	clock_ahead++;
	losses_count(losses);
	assert_int_equal(counter_get(&counters->interface_drops), 7);
	of_interface[1]++;
	losses_count(losses);
	assert_int_equal(counter_get(&counters->interface_drops), 7);
	clock_ahead++;
	losses_count(losses);
	assert_int_equal(counter_get(&counters->interface_drops), 8);
	/* One that was made anew has lost less. */
	of_interface[0] = 0;
	clock_ahead++;
	losses_count(losses);
	assert_int_equal(counter_get(&counters->interface_drops), 0);
}

/* Its sockets are kept until its successor captures: what comes meanwhile is lost. */
static void a_worker_dies(void **state)
{
	(void)state;
	int open = unit_count_descriptors();
	int socket = take_one(0);
	assert_int_equal(unit_count_descriptors(), open + 1);
	receive(socket, 100, 5);
	losses_count(losses);
	expect_drops(0, 5);
	receive(socket, 10, 1);
	counter_set(&counters->packets, 90);
	counter_set(&passed[0], 4);
	losses_count(losses);
	expect_drops(0, 6);
	losses_end(losses, 0);
	losses_count(losses);
	expect_drops(0, 110 - 94);
	receive(socket, 7, 0);
	losses_count(losses);
	expect_drops(0, 117 - 94);
	losses_end(losses, 0); /* a successor that does not capture, either */
	assert_int_equal(unit_count_descriptors(), open + 1);
	int next = take_one(0);
	assert_int_equal(unit_count_descriptors(), open + 1);
	expect_drops(0, 23);
	receive(next, 50, 2);
	losses_count(losses);
	expect_drops(0, 25);
	counter_set(&counters->packets, 130);
	losses_end(losses, 0);
	losses_finish(losses);
	expect_drops(0, 23 + 50 - 40);
	assert_int_equal(unit_count_descriptors(), open);
	losses_finish(losses);
	expect_drops(0, 33);
}

/* What the kernel received does not show then what was not read. */
static void packets_counted_twice(void **state)
{
	(void)state;
	counting_twice = true;
	receive(take_one(0), 200, 3);
	counter_set(&counters->packets, 97);
	losses_end(losses, 0);
	losses_finish(losses);
	expect_drops(0, 3);
	/* A successor on another interface */
	counting_twice = false;
	receive(take_one(0), 20, 0);
	counter_set(&counters->packets, 100);
	losses_end(losses, 0);
	losses_finish(losses);
	expect_drops(0, 3 + 20 - 3);
}

/* Sockets are taken once; those that a worker sends later are closed. */
static void sockets_are_taken_once(void **state)
{
	(void)state;
	int open = unit_count_descriptors();
	int socket = take_one(0);
	receive(socket, 9, 3);
	(void)take_one(0);
	assert_int_equal(unit_count_descriptors(), open + 1);
	losses_count(losses);
	expect_drops(0, 3);
}

/* A worker that claims to have read more than there was. */
static void a_hostile_count(void **state)
{
	(void)state;
	int socket = take_one(0);
	receive(socket, 100, 5);
	counter_set(&counters->packets, 100);
	losses_end(losses, 0);
	losses_count(losses);
	expect_drops(0, 0);
	(void)take_one(0);
	expect_drops(0, 0);
	socket = take_one(0); /* refused */
	counter_set(&counters->packets, 500);
	losses_end(losses, 0);
	losses_count(losses);
	expect_drops(0, 0);
}

static void more_read_than_received(void **state)
{
	(void)state;
	int socket = take_one(0);
	receive(socket, 100, 5);
	counter_set(&counters->packets, 101);
	losses_end(losses, 0);
	losses_count(losses);
	expect_drops(0, 5);
}

/* With several, the sockets of a dead worker are closed at once. */
static void one_of_several_dies(void **state)
{
	(void)state;
	int open = unit_count_descriptors();
	int first = take_one(0), second = take_one(1), third = take_one(2);
	receive(first, 10, 1);
	receive(second, 20, 2);
	receive(third, 30, 3);
	counter_set(&counters[1].packets, 15);
	losses_end(losses, 1);
	assert_int_equal(unit_count_descriptors(), open + 2);
	expect_drops(0, 0);
	expect_drops(1, 5);
	losses_count(losses);
	expect_drops(0, 1);
	expect_drops(1, 5);
	expect_drops(2, 3);
	losses_stop(losses);
	assert_int_equal(stopped[first], 1);
	assert_int_equal(stopped[second], 0);
	assert_int_equal(stopped[third], 1);
	/* A successor leaves the sockets of the others, and ends those of its predecessor. */
	losses_leave(losses, 2);
	assert_int_equal(unit_count_descriptors(), open + 1);
	losses_replace(losses, 2);
	assert_int_equal(stopped[third], 2);
	assert_int_equal(unit_count_descriptors(), open);
	losses_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(interfaces, one_worker, end),
		cmocka_unit_test_setup_teardown(a_worker_dies, one_worker, end),
		cmocka_unit_test_setup_teardown(packets_counted_twice, one_worker, end),
		cmocka_unit_test_setup_teardown(sockets_are_taken_once, one_worker, end),
		cmocka_unit_test_setup_teardown(a_hostile_count, one_worker, end),
		cmocka_unit_test_setup_teardown(more_read_than_received, one_worker, end),
		cmocka_unit_test_setup_teardown(one_of_several_dies, three_workers, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
