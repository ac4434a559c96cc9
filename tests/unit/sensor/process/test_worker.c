/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/captured.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sensor/journal/journal.h"
#include "sensor/process/channel.h"
#include "sensor/process/rules_source.h"
#include "sensor/process/worker.h"

#define PACKETS 5
#define BATCH   256 /* events that a replay writes at once */

/* Ethernet, IPv4, UDP, and a DNS response: ns.bad.example is a name server of example. */
static const uint8_t FRAME[] = { 0x02, 0x00, 0x00, 0x00, 0x00, 0x01, 0x02, 0x00, 0x00, 0x00, 0x00,
	                         0x02, 0x08, 0x00,
	                         /* IPv4 192.0.2.53 > 198.51.100.7, 85 octets */
	                         0x45, 0x00, 0x00, 0x55, 0x00, 0x00, 0x00, 0x00, 0x40, 0x11, 0x00,
	                         0x00, 192, 0, 2, 53, 198, 51, 100, 7,
	                         /* UDP 53 > 1024 */
	                         0x00, 0x35, 0x04, 0x00, 0x00, 0x41, 0x00, 0x00,
	                         /* DNS */
	                         0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 7, 'e', 'x', 'a',
	                         'm', 'p', 'l', 'e', 0, 0, 2, 0, 1, 0xc0, 0x0c, 0, 2, 0, 1, 0, 0, 1,
	                         0x2c, 0, 16, 2, 'n', 's', 3, 'b', 'a', 'd', 7, 'e', 'x', 'a', 'm',
	                         'p', 'l', 'e', 0 };

static void feed(struct worker *worker, int64_t ns)
{
	const struct packet packet = {
		.bytes = FRAME,
		.captured = sizeof(FRAME),
		.length = sizeof(FRAME),
		.time_ns = 1600000000000000000 + ns,
		.link = 1,
		.interface = "x",
	};
	worker_packet(worker, &packet);
}

/* A worker whose Redis is away, and that is killed after its last packet. */
static void work_and_die(const char *top, const char *state, bool can_wait)
{
	char rules[96], line[320], *argv[16];
	int argc = 0;
	(void)snprintf(rules, sizeof(rules), "%s/r.rules", top);
	FILE *file = fopen(rules, "w");
	(void)fputs("alert ns ns.bad.example\n", file);
	(void)fclose(file);
	int null = open("/dev/null", O_WRONLY);
	(void)dup2(null, STDERR_FILENO);
	(void)snprintf(
	        line, sizeof(line),
	        "--config /dev/null -i x --dedup 0 --suppress 0 -r %s -o redis+unix://%s/away",
	        rules, top);
	for (char *word = strtok(line, " "); word != NULL; word = strtok(NULL, " ")) {
		argv[argc++] = word;
	}
	char error[OPTIONS_ERROR_MAX];
	struct options options;
	struct worker_group *group;
	struct worker *worker;
	const struct worker_group_delivery delivery = { .state = state,
		                                        .drain_ms = 1,
		                                        .can_wait = can_wait };
	if (!options_parse(&options, COMMAND_RUN, argc, argv, error) ||
	    worker_group_new(&group, &options, false) != EXIT_DONE ||
	    (worker = worker_new(group, 0)) == NULL || !worker_group_start(group, &delivery)) {
		_exit(1);
	}
	for (int i = 0; i < PACKETS; i++) {
		feed(worker, i);
	}
	(void)raise(SIGKILL);
}

static unsigned found_after_kill(bool can_wait)
{
	char top[] = "/tmp/nsmx-XXXXXX", state[64], command[96];
	uint64_t count = 0;
	int status;
	assert_non_null(mkdtemp(top));
	(void)snprintf(state, sizeof(state), "%s/state", top);
	pid_t child = fork();
	if (child == 0) {
		work_and_die(top, state, can_wait);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
	assert_int_equal(journal_backlog(state, 0, &count), 0);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", top);
	assert_int_equal(system(command), 0);
	return (unsigned)count;
}

static void a_kill_loses_no_hit(void **state)
{
	(void)state;
	assert_int_equal(found_after_kill(false), PACKETS + 1); /* and the incident */
}

static void a_replay_writes_many_at_once(void **state)
{
	(void)state;
	assert_int_equal(found_after_kill(true), 0);
}

/* A worker of this process, with a file as its output. */

struct place {
	char top[64], rules[96], events[96], words[320];
	struct options options;
	struct worker_group *group;
	struct worker *worker;
	int ends[2]; /* of its channel */
	struct captured output;
};

static void store_rules(const struct place *place, const char *text)
{
	FILE *file = fopen(place->rules, "w");
	(void)fputs(text, file);
	(void)fclose(file);
}

static int set_up(void **state)
{
	static struct place place;
	char error[OPTIONS_ERROR_MAX], *argv[16];
	int argc = 0;
	place = (struct place){ .top = "/tmp/nsmx-XXXXXX" };
	assert_non_null(mkdtemp(place.top));
	(void)snprintf(place.rules, sizeof(place.rules), "%s/r.rules", place.top);
	(void)snprintf(place.events, sizeof(place.events), "%s/events", place.top);
	store_rules(&place, "alert ns ns.bad.example\nalert ns x.example\n");
	(void)snprintf(place.words, sizeof(place.words),
	               "--config /dev/null -i x --dedup 0 --suppress 0 -r %s -o file:%s",
	               place.rules, place.events);
	for (char *word = strtok(place.words, " "); word != NULL; word = strtok(NULL, " ")) {
		argv[argc++] = word;
	}
	captured_begin(&place.output);
	assert_true(options_parse(&place.options, COMMAND_RUN, argc, argv, error));
	assert_int_equal(worker_group_new(&place.group, &place.options, true), EXIT_DONE);
	assert_true(worker_group_open(place.group));
	assert_true(channel_open(place.ends));
	*state = &place;
	return 0;
}

static int tear_down(void **state)
{
	struct place *place = *state;
	char command[96];
	worker_group_free(place->group);
	options_free(&place->options);
	captured_end(&place->output);
	(void)close(place->ends[0]);
	(void)close(place->ends[1]);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", place->top);
	return system(command);
}

static void start(struct place *place, bool can_wait)
{
	const struct worker_group_delivery delivery = { .can_wait = can_wait };
	assert_true(worker_group_start(place->group, &delivery));
	place->worker = worker_new_forked(place->group, 0, place->ends[1], false);
	assert_non_null(place->worker);
}

static unsigned events_in(const struct place *place)
{
	unsigned lines = 0;
	FILE *file = fopen(place->events, "r");
	for (int c = fgetc(file); c != EOF; c = fgetc(file)) {
		lines += c == '\n';
	}
	(void)fclose(file);
	return lines;
}

static void end(struct place *place)
{
	assert_true(worker_end(place->worker));
	place->group->outputs[0] = NULL; /* it has ended with the worker */
}

static void a_live_worker_writes_each_hit(void **state)
{
	struct place *place = *state;
	start(place, false);
	for (int i = 1; i <= 3; i++) {
		feed(place->worker, i);
		assert_int_equal(events_in(place), i);
	}
	assert_int_equal(place->group->heartbeats[0], 0);
	worker_idle(place->worker);
	assert_int_equal(place->group->heartbeats[0], 1);
	assert_int_equal(counter_get(&place->group->counters->packets), 3);
	worker_flush_pending(place->worker);
	assert_int_equal(place->group->heartbeats[0], 1);
	feed(place->worker, 4);
	worker_flush_pending(place->worker);
	worker_flush_pending(place->worker);
	assert_int_equal(place->group->heartbeats[0], 2);
	assert_true(worker_has_outputs(place->worker));
	assert_false(worker_should_stop(place->worker));
	end(place);
	assert_int_equal(counter_get(&place->group->counters->packets), 4);
}

static void a_replay_writes_batches(void **state)
{
	struct place *place = *state;
	start(place, true);
	for (int i = 1; i < BATCH; i++) {
		feed(place->worker, i);
	}
	assert_true(events_in(place) < BATCH - 1); /* as many as the output writes at once */
	feed(place->worker, BATCH);
	assert_int_equal(events_in(place), BATCH);
	feed(place->worker, BATCH + 1);
	assert_int_equal(events_in(place), BATCH);
	end(place);
	assert_int_equal(events_in(place), BATCH + 1);
}

static bool unconfined(void)
{
	return true;
}

static size_t send_rules(const struct place *place, const char *text)
{
	const struct options given = { .rules = { .items = { place->rules }, .count = 1 } };
	store_rules(place, text);
	struct ruleset_stats stats;
	int image = memfd_create("image", MFD_CLOEXEC);
	(void)rules_source_compile(&given, place->group->rules, unconfined, image, &stats);
	assert_true(channel_send(place->ends[0], &image, 1));
	(void)close(image);
	return stats.errors;
}

/* Until a counter has grown. */
static void take_rules(const struct place *place, const _Atomic uint64_t *counter)
{
	uint64_t before = counter_get(counter);
	worker_reload(place->worker);
	for (int ms = 0; ms < 10000 && counter_get(counter) == before; ms++) {
		worker_take_rules(place->worker);
		(void)usleep(1000);
	}
	assert_int_not_equal(counter_get(counter), before);
}

/* Until it is logged that the rules are refused. */
static void take_refused(struct place *place)
{
	bool refused = false;
	worker_reload(place->worker);
	for (int ms = 0; ms < 10000 && !refused; ms++) {
		worker_take_rules(place->worker);
		(void)usleep(1000);
		refused = strstr(captured_take(&place->output), "the current rules stay in use");
	}
	assert_true(refused);
}

static void rules_are_reloaded(void **state)
{
	struct place *place = *state;
	const struct counters *counters = place->group->counters;
	start(place, false);
	assert_int_equal(counter_get(&counters->rules), 2);
	int before = unit_count_descriptors();
	worker_reload(place->worker); /* none were sent */
	worker_take_rules(place->worker);
	assert_int_equal(counter_get(&counters->reloads), 0);
	/* Of those that were sent, the last ones count. */
	send_rules(place, "alert ns a.example\n");
	assert_true(channel_sign(place->ends[0]));
	send_rules(place, "alert ns a.example\nalert ns b.example\nalert ns c.example\n");
	take_rules(place, &counters->reloads);
	assert_int_equal(counter_get(&counters->rules), 3);
	feed(place->worker, 1);
	assert_int_equal(events_in(place), 0);
	assert_int_equal(send_rules(place, "alert ns ns.bad.example\nnonsense\nnonsense\n"), 2);
	take_refused(place);
	assert_int_equal(counter_get(&counters->rules), 3);
	assert_int_equal(counter_get(&counters->reloads), 1);
	feed(place->worker, 2);
	assert_int_equal(events_in(place), 0);
	send_rules(place, "alert ns ns.bad.example\nalert ns b.example\n");
	take_rules(place, &counters->reloads);
	feed(place->worker, 3);
	assert_int_equal(events_in(place), 1);
	assert_int_equal(counter_get(&counters->reloads), 2);
	end(place);
	assert_int_equal(unit_count_descriptors(), before - 1); /* without its output */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kill_loses_no_hit),
		cmocka_unit_test(a_replay_writes_many_at_once),
		cmocka_unit_test_setup_teardown(a_live_worker_writes_each_hit, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_replay_writes_batches, set_up, tear_down),
		cmocka_unit_test_setup_teardown(rules_are_reloaded, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
