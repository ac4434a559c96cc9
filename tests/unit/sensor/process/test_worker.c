/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sensor/journal/journal.h"
#include "sensor/process/worker.h"

#define PACKETS 5

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
		const struct packet packet = {
			.bytes = FRAME,
			.captured = sizeof(FRAME),
			.length = sizeof(FRAME),
			.time_ns = 1600000000000000000 + i,
			.link = 1,
			.interface = "x",
		};
		worker_packet(worker, &packet);
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
	assert_int_equal(found_after_kill(false), PACKETS);
}

static void a_replay_writes_many_at_once(void **state)
{
	(void)state;
	assert_int_equal(found_after_kill(true), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_kill_loses_no_hit),
		cmocka_unit_test(a_replay_writes_many_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
