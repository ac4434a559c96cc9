/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The notes of workers, also of those under the control of an attacker. */
#include "tests/unit/captured.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sensor/incidents/incident_process.h"

#define WORKERS 2
#define S       INT64_C(1000000000)
#define HOUR    (3600 * S)

struct place {
	struct incident_process process;
	struct incident_feed feeds[WORKERS];
	struct counters *counters;
	struct captured output;
	char path[32];
};

static int set_up(void **state)
{
	static struct place place;
	char target[64], error[OUTPUTS_ERROR_MAX];
	const char *const targets[] = { target };
	place = (struct place){ .path = "/tmp/nsmx-XXXXXX" };
	(void)close(mkstemp(place.path));
	(void)snprintf(target, sizeof(target), "file:%s", place.path);
	place.counters = counters_new(WORKERS + 1);
	place.process = (struct incident_process){ .workers = WORKERS,
		                                   .report = true,
		                                   .sensor = "test",
		                                   .counters = &place.counters[WORKERS] };
	place.process.outputs = outputs_parse(targets, 1, error);
	assert_non_null(place.process.outputs);
	assert_true(outputs_open_local(place.process.outputs, error));
	static struct outputs_config config;
	config = (struct outputs_config){ .counters = place.process.counters };
	assert_true(outputs_start(place.process.outputs, &config, error));
	captured_begin(&place.output);
	*state = &place;
	return 0;
}

static int tear_down(void **state)
{
	struct place *place = *state;
	captured_end(&place->output);
	(void)outputs_close(place->process.outputs);
	counters_free(place->counters, WORKERS + 1);
	return unlink(place->path);
}

static void open_sockets(struct place *place, bool live)
{
	place->process.live = live;
	place->process.sockets = incident_sockets_open(WORKERS, live);
	assert_non_null(place->process.sockets);
	for (unsigned i = 0; i < WORKERS; i++) {
		place->feeds[i] = (struct incident_feed){ .counters = &place->counters[i] };
		place->feeds[i].socket = dup(incident_sockets_of(place->process.sockets, i, true));
		assert_true(place->feeds[i].socket >= 0);
	}
	incident_sockets_enter_process(place->process.sockets);
}

static void put(struct place *place, unsigned worker, const char *owner, int64_t time_ns)
{
	struct incident_note note = {
		.head = { .time_ns = time_ns, .date_ns = time_ns, .severity = 25, .hit = 1 }
	};
	memcpy(note.head.id, owner, strlen(owner));
	incident_note_add(&note, INCIDENT_OWNER, owner, strlen(owner));
	incident_feed_put(&place->feeds[worker], &note);
}

static void run(struct place *place, bool good)
{
	for (unsigned i = 0; i < WORKERS; i++) {
		incident_feed_end(&place->feeds[i], 0);
		(void)close(place->feeds[i].socket);
	}
	assert_int_equal(incident_process_run(&place->process), good);
	incident_sockets_close(place->process.sockets);
}

static uint64_t incidents_of(const struct place *place)
{
	return counter_get(&place->process.counters->incidents);
}

/* The workers of a replay are at different times. */
static void notes_are_taken_in_order_of_time(void **state)
{
	struct place *place = *state;
	open_sockets(place, false);
	for (int64_t hour = 0; hour < 10; hour += 2) {
		put(place, 1, "b.test", (hour + 1) * HOUR / 2);
	}
	for (int64_t hour = 0; hour < 10; hour += 2) {
		put(place, 0, "b.test", hour * HOUR / 2);
	}
	run(place, true);
	assert_int_equal(incidents_of(place), 1); /* never an hour without a hit */
	captured_expect(&place->output, "b.test: 10 hits from 1970-01-01T00:00:00.000000Z to "
	                                "1970-01-01T04:30:00.000000Z, 1 client");
}

static void notes_of_all_workers_are_taken(void **state)
{
	struct place *place = *state;
	open_sockets(place, true);
	put(place, 0, "a.test", S);
	put(place, 1, "a.test", 2 * S);
	put(place, 1, "b.test", 2 * S);
	run(place, true);
	assert_int_equal(incidents_of(place), 2);
	assert_int_equal(counter_get(&place->process.counters->incident_hits_dropped), 0);
}

/* Wrong messages of a worker do not keep the notes of others away. */
static void wrong_messages_are_dropped(void **state)
{
	struct place *place = *state;
	static uint8_t octets[INCIDENT_FEED_MAX];
	open_sockets(place, true);
	put(place, 0, "a.test", S);
	incident_feed_send(&place->feeds[0]);
	put(place, 0, "b.test", S);
	size_t size = place->feeds[0].size;
	memcpy(octets, place->feeds[0].octets, size);
	memset(octets + size, 0xff, 100);
	place->feeds[0].size = 0;
	assert_int_equal(write(place->feeds[0].socket, octets, size + 100), size + 100);
	memset(octets, 0xff, sizeof(octets));
	assert_int_equal(write(place->feeds[0].socket, octets, sizeof(octets)), sizeof(octets));
	assert_int_equal(write(place->feeds[0].socket, octets, 1), 1);
	put(place, 1, "c.test", S);
	run(place, true);
	assert_int_equal(incidents_of(place), 3);
	assert_int_equal(counter_get(&place->process.counters->incident_hits_dropped), 3);
}

/* A live worker does not wait for the process. */
static void a_full_socket_drops(void **state)
{
	struct place *place = *state;
	open_sockets(place, true);
	for (int i = 0; i < 100000; i++) {
		put(place, 0, "a.test", S);
	}
	assert_true(counter_get(&place->counters[0].incident_hits_dropped) > 0);
	run(place, true);
	assert_true(incidents_of(place) > 0); /* the time is long ago */
}

/* Reads what the socket has; returns the number of notes, which must be whole. */
static size_t drain(const struct place *place, unsigned worker)
{
	static uint8_t octets[INCIDENT_FEED_MAX];
	static struct incident_note note;
	int socket = incident_sockets_of(place->process.sockets, worker, false);
	size_t notes = 0;
	for (ssize_t got; (got = read(socket, octets, sizeof(octets))) > 0;) {
		for (size_t at = 0; at < (size_t)got; notes++) {
			size_t used = incident_note_decode(&note, octets + at, (size_t)got - at);
			assert_true(used > 0);
			at += used;
		}
	}
	return notes;
}

/* A burst waits in the worker, one message for many notes, until the process has time. */
static void notes_wait_for_room(void **state)
{
	struct place *place = *state;
	struct incident_feed *feed = &place->feeds[0];
	size_t notes = 0;
	open_sockets(place, true);
	for (int i = 0; i < 5000; i++) {
		put(place, 0, "a.test", S);
		incident_feed_send(feed);
	}
	assert_true(feed->size > feed->sent);
	while (feed->size > 0) {
		notes += drain(place, 0);
		incident_feed_send(feed);
	}
	assert_int_equal(notes + drain(place, 0), 5000);
	assert_int_equal(counter_get(&place->counters[0].incident_hits_dropped), 0);
	run(place, true);
}

static void sockets_are_closed(void **state)
{
	(void)state;
	int before = unit_count_descriptors();
	struct incident_sockets *sockets = incident_sockets_open(WORKERS, true);
	assert_int_equal(unit_count_descriptors(), before + 2 * WORKERS);
	int mine = incident_sockets_enter_worker(sockets, 1);
	assert_int_equal(unit_count_descriptors(), before + 1);
	assert_int_equal(write(mine, "x", 1), -1); /* the other end is closed */
	assert_int_equal(errno, EPIPE);
	incident_sockets_close(sockets);
	incident_sockets_close(NULL);
	assert_int_equal(unit_count_descriptors(), before);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	(void)signal(SIGPIPE, SIG_IGN);
	const struct CMUnitTest tests[] = {
		TEST(notes_are_taken_in_order_of_time),
		TEST(notes_of_all_workers_are_taken),
		TEST(wrong_messages_are_dropped),
		TEST(a_full_socket_drops),
		TEST(notes_wait_for_room),
		TEST(sockets_are_closed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
