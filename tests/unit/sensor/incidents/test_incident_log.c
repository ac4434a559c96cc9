/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file of open incidents: what one run writes, another reads, as if there had been one run. */
#include "tests/unit/captured.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sensor/incidents/incident_log.h"
#include "sensor/incidents/incident_stored.h"
#include "tests/unit/parsed.h"

#define S     NS_PER_S
#define START (1590850000 * S)
#define FILE_ "incidents"

struct bench {
	char folder[40];
	int fd;
	struct counters *counters;
	struct incidents *incidents;
	struct incident_log *log;
	struct captured output;
	size_t states[3]; /* open, update, closed */
	json_t *last;
};

static void emit(void *ctx, const struct record *record)
{
	static const char *const states[] = { "open", "update", "closed" };
	struct bench *bench = ctx;
	json_decref(bench->last);
	bench->last = parsed(record->json, record->json_size);
	for (size_t i = 0; i < 3; i++) {
		bench->states[i] +=
		        strcmp(parsed_text(bench->last, "nsmx.incident.state"), states[i]) == 0;
	}
}

static void flushed(void *ctx)
{
	(void)ctx;
}

/* A process begins, as after a restart. */
static void begin(struct bench *bench, int64_t now_ns)
{
	const struct incidents_config config = {
		.sensor = "test", .counters = bench->counters, .emit = emit, .ctx = bench
	};
	bench->incidents = incidents_new(&config);
	bench->log = incident_log_open(bench->fd);
	assert_non_null(bench->incidents);
	assert_non_null(bench->log);
	memset(bench->states, 0, sizeof(bench->states));
	incident_log_restore(bench->log, bench->incidents, now_ns, flushed, NULL);
}

/* It is killed: nothing is written any more. */
static void kill_it(struct bench *bench)
{
	size_t states[3];
	memcpy(states, bench->states, sizeof(states));
	incident_log_close(bench->log);
	incidents_end(bench->incidents);
	memcpy(bench->states, states, sizeof(states));
	bench->incidents = NULL;
	bench->log = NULL;
}

/* It ends because the sensor ends. */
static void end(struct bench *bench)
{
	incidents_close(bench->incidents);
	incident_log_end(bench->log);
	kill_it(bench);
}

static int set_up(void **state)
{
	static struct bench bench;
	bench = (struct bench){ .folder = "/tmp/nsmx-XXXXXX", .counters = counters_new(1) };
	captured_begin(&bench.output);
	if (mkdtemp(bench.folder) == NULL) {
		return -1;
	}
	bench.fd = incident_log_folder(bench.folder);
	*state = &bench;
	return bench.fd < 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;
	char inner[64];
	if (bench->incidents != NULL) {
		kill_it(bench);
	}
	(void)unlinkat(bench->fd, FILE_, 0);
	(void)unlinkat(bench->fd, FILE_ ".new", 0);
	(void)close(bench->fd);
	(void)snprintf(inner, sizeof(inner), "%s/" INCIDENT_LOG_FOLDER, bench->folder);
	captured_end(&bench->output);
	json_decref(bench->last);
	counters_free(bench->counters, 1);
	return rmdir(inner) != 0 || rmdir(bench->folder) != 0;
}

/* A hit of a client, with a mail of its own. */
static size_t encode(unsigned owner, unsigned client, int64_t time_ns, uint8_t *to, size_t room)
{
	char text[64];
	struct incident_note note = { .head = { .time_ns = time_ns,
		                                .date_ns = time_ns,
		                                .severity = 75,
		                                .hit = 1,
		                                .session = 1,
		                                .accepted = 1,
		                                .mail = client + 1,
		                                .cached_until_ns = time_ns + 60 * S } };
	memcpy(note.head.id, &owner, sizeof(owner));
	(void)snprintf(text, sizeof(text), "::ffff:192.0.%u.%u", client / 256, client % 256);
	(void)inet_pton(AF_INET6, text, &note.head.client);
	note.head.resolver = note.head.client;
	char name[32], mailbox[32];
	(void)snprintf(name, sizeof(name), "%u.test", owner);
	(void)snprintf(mailbox, sizeof(mailbox), "a%u@%u.test", client, owner);
	incident_note_add(&note, INCIDENT_OWNER, name, strlen(name));
	incident_note_add(&note, INCIDENT_RULE, "rule", 4);
	incident_note_add(&note, INCIDENT_SEEN, text, strlen(text));
	incident_note_add(&note, INCIDENT_EXPECTED, "ns.test", 7);
	incident_note_add(&note, INCIDENT_REASON, "ioc-match", 9);
	incident_note_add(&note, INCIDENT_FROM, "from@x.test", 11);
	incident_note_add(&note, INCIDENT_RCPT, mailbox, strlen(mailbox));
	return incident_note_encode(&note, to, room);
}

/* As the process of the incidents takes a message. */
static void take(struct bench *bench, unsigned owner, unsigned client, int64_t time_ns)
{
	static uint8_t octets[INCIDENT_NOTE_MAX];
	static struct incident_note note;
	size_t size = encode(owner, client, time_ns, octets, sizeof(octets));
	incident_log_notes(bench->log, octets, size);
	assert_int_equal(incident_note_decode(&note, octets, size), size);
	incidents_take(bench->incidents, &note);
}

static void mark(struct bench *bench)
{
	incident_log_mark(bench->log, bench->incidents);
}

static void assert_states(const struct bench *bench, size_t opened, size_t updates, size_t closed)
{
	assert_int_equal(bench->states[0], opened);
	assert_int_equal(bench->states[1], updates);
	assert_int_equal(bench->states[2], closed);
}

/* The last event, without its state. */
static void take_event(struct bench *bench, char *text, size_t room)
{
	json_t *nsmx = json_object_get(bench->last, "nsmx");
	json_t *incident = json_object_get(nsmx, "incident");
	(void)json_object_del(incident, "state");
	char *dump = json_dumps(incident, JSON_SORT_KEYS);
	(void)snprintf(text, room, "%s", dump);
	free(dump);
}

static void killed_and_continued(void **state)
{
	struct bench *bench = *state;
	static char whole[65536], continued[65536];
	begin(bench, START);
	for (unsigned i = 0; i < 150; i++) {
		take(bench, 1, i, START + i * S);
	}
	end(bench);
	assert_states(bench, 1, 0, 1);
	take_event(bench, whole, sizeof(whole));
	(void)unlinkat(bench->fd, FILE_, 0);
	/* The same, with a kill after each few notes. */
	size_t opened = 0, closed = 0;
	for (unsigned i = 0; i < 150; i++) {
		if (i % 7 == 0) {
			begin(bench, START + i * S);
		}
		take(bench, 1, i, START + i * S);
		mark(bench);
		if (i % 7 == 6) {
			assert_int_equal(bench->states[2], 0);
			opened += bench->states[0];
			kill_it(bench);
		}
	}
	end(bench);
	opened += bench->states[0];
	closed += bench->states[2];
	assert_int_equal(opened, 1);
	assert_int_equal(closed, 1);
	take_event(bench, continued, sizeof(continued));
	assert_string_equal(continued, whole);
	assert_int_equal(counter_get(&bench->counters->incidents), 2);
}

/* Killed after the notes were written, and before their events were: the events come now. */
static void what_was_not_reported_is_reported(void **state)
{
	struct bench *bench = *state;
	begin(bench, START);
	take(bench, 1, 1, START);
	char id[4096];
	(void)snprintf(id, sizeof(id), "%s", parsed_text(bench->last, "event.id"));
	kill_it(bench);
	begin(bench, START + S);
	assert_states(bench, 1, 0, 0);
	assert_string_equal(parsed_text(bench->last, "event.id"), id);
	kill_it(bench);
	begin(bench, START + 2 * S);
	assert_states(bench, 0, 0, 0);
}

static void an_ended_run_is_continued_by_a_hit(void **state)
{
	struct bench *bench = *state;
	begin(bench, START);
	take(bench, 1, 1, START);
	mark(bench);
	end(bench);
	assert_states(bench, 1, 0, 1);
	begin(bench, START + 60 * S);
	assert_states(bench, 0, 0, 0);
	/* A run without a hit reports it neither as closed again, nor to the user. */
	(void)captured_take(&bench->output);
	incidents_log(bench->incidents);
	assert_string_equal(captured_take(&bench->output), "");
	end(bench);
	assert_states(bench, 0, 0, 0);
	begin(bench, START + 120 * S);
	take(bench, 1, 2, START + 120 * S);
	assert_states(bench, 0, 1, 0);
	assert_string_equal(parsed_text(bench->last, "nsmx.incident.hits"), "2");
	take(bench, 1, 3, START + 121 * S);
	assert_states(bench, 0, 1, 0);
	end(bench);
	assert_states(bench, 0, 1, 1);
}

/* The sensor did not run for an hour: what it had not reported as closed is closed at once. */
static void silence_lasts_while_the_sensor_does_not_run(void **state)
{
	struct bench *bench = *state;
	begin(bench, START);
	take(bench, 1, 1, START);
	mark(bench);
	kill_it(bench);
	begin(bench, START + 3601 * S);
	assert_states(bench, 0, 0, 1);
	take(bench, 1, 1, START + 3602 * S);
	assert_states(bench, 1, 0, 1);
	mark(bench);
	end(bench);
	begin(bench, START + 9000 * S);
	assert_states(bench, 0, 0, 0);
	take(bench, 1, 1, START + 9001 * S);
	assert_states(bench, 1, 0, 0);
}

/* A clock that was wrong does not keep incidents open. */
static void a_clock_that_was_ahead(void **state)
{
	struct bench *bench = *state;
	begin(bench, START);
	take(bench, 1, 1, START + 1000000 * S);
	mark(bench);
	kill_it(bench);
	begin(bench, START);
	incidents_tick(bench->incidents, START + 3599 * S);
	assert_states(bench, 0, 0, 0);
	incidents_tick(bench->incidents, START + 3600 * S);
	assert_states(bench, 0, 0, 1);
}

static off_t file_size(const struct bench *bench)
{
	struct stat info;
	assert_int_equal(fstatat(bench->fd, FILE_, &info, 0), 0);
	return info.st_size;
}

static void the_file_has_a_bound(void **state)
{
	struct bench *bench = *state;
	off_t largest = 0;
	begin(bench, START);
	for (unsigned i = 0; i < 100000; i++) {
		take(bench, i % 10, i % 1000, START + i * S / 1000);
		if (i % 100 == 0) {
			mark(bench);
			largest = file_size(bench) > largest ? file_size(bench) : largest;
		}
	}
	assert_in_range(largest, INCIDENT_LOG_NOTES / 2, INCIDENT_LOG_NOTES + (1 << 20));
	mark(bench);
	kill_it(bench);
	begin(bench, START + 100 * S);
	end(bench);
	assert_states(bench, 0, 0, 10);
	assert_string_equal(parsed_text(bench->last, "nsmx.incident.hits"), "10000");
	assert_string_equal(parsed_text(bench->last, "nsmx.incident.clients_count"), "100");
}

static size_t load(const struct bench *bench, uint8_t *to, size_t room)
{
	int fd = openat(bench->fd, FILE_, O_RDONLY | O_CLOEXEC);
	ssize_t got = read(fd, to, room);
	assert_true(got > 0);
	(void)close(fd);
	return (size_t)got;
}

static void save(const struct bench *bench, const uint8_t *octets, size_t size)
{
	int fd = openat(bench->fd, FILE_, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, octets, size), size);
	(void)close(fd);
}

/* A file that is cut, or has a wrong octet, anywhere. */
static void damage_is_named_and_left_out(void **state)
{
	struct bench *bench = *state;
	static uint8_t good[8192], bad[8192];
	begin(bench, START);
	take(bench, 1, 1, START);
	mark(bench);
	kill_it(bench);
	begin(bench, START);
	take(bench, 2, 2, START);
	mark(bench);
	kill_it(bench);
	size_t size = load(bench, good, sizeof(good));
	for (size_t i = 0; i < size; i++) {
		save(bench, good, i);
		begin(bench, START);
		kill_it(bench);
		memcpy(bad, good, size);
		bad[i] ^= 0x55;
		save(bench, bad, size);
		begin(bench, START);
		kill_it(bench);
		(void)captured_take(&bench->output);
	}
	save(bench, good, size - 1);
	begin(bench, START);
	captured_expect(&bench->output, "nsmx: warning: open-incidents/incidents in the folder of "
	                                "--state is damaged or cut; incidents of the earlier run "
	                                "are continued from the first");
	end(bench);
	assert_int_equal(bench->states[2], 2);
	good[8]++;
	save(bench, good, size);
	begin(bench, START);
	captured_expect(&bench->output, "--state is of another version; ");
	end(bench);
	assert_states(bench, 0, 0, 0);
}

static void a_folder_has_one_sensor(void **state)
{
	struct bench *bench = *state;
	struct stat info;
	assert_int_equal(fstat(bench->fd, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0700);
	assert_int_equal(incident_log_folder(bench->folder), -EBUSY);
	assert_int_equal(incident_log_folder("/nonexistent"), -ENOENT);
}

/* It is logged once, and the incidents go on without the file. */
static void a_file_that_cannot_be_written(void **state)
{
	struct bench *bench = *state;
	assert_int_equal(mkdirat(bench->fd, FILE_ ".new", 0700), 0);
	begin(bench, START);
	captured_expect(&bench->output, "the open incidents cannot be stored: File exists; a "
	                                "restart now would begin them anew");
	take(bench, 1, 1, START);
	mark(bench);
	assert_string_equal(captured_take(&bench->output), "");
	end(bench);
	assert_states(bench, 1, 0, 1);
	assert_int_equal(unlinkat(bench->fd, FILE_ ".new", AT_REMOVEDIR), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(killed_and_continued),
		TEST(what_was_not_reported_is_reported),
		TEST(an_ended_run_is_continued_by_a_hit),
		TEST(silence_lasts_while_the_sensor_does_not_run),
		TEST(a_clock_that_was_ahead),
		TEST(the_file_has_a_bound),
		TEST(damage_is_named_and_left_out),
		TEST(a_folder_has_one_sensor),
		TEST(a_file_that_cannot_be_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
