/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Workers under the control of an attacker, next to an honest one, below a supervisor.
 *
 * They write into all memory that processes share, hold every lock, fill every pipe and file
 * that they have, ignore signals, and die at random. The supervisor must replace them, the
 * metrics must be served, the honest worker must get on, and SIGTERM must end everything in
 * time. Run it with SANITIZE=address,undefined, too.
 */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/time_ns.h"
#include "history/folder.h"
#include "sensor/process/supervisor.h"
#include "sensor/process/worker.h"
#include "sensor/system/sandbox.h"
#include "sensor/system/signals.h"
#include "tests/unit/sensor/system/filters.h"

#define WORKERS    3
#define DEATHS     7
#define PATIENCE_S 60
#define STOP_S     5

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

/* The hostile worker */

static uint64_t seed;

static unsigned roll(void)
{
	seed = seed * 6364136223846793005 + 1442695040888963407;
	return (unsigned)(seed >> 33);
}

struct region {
	unsigned char *begin;
	size_t size;
};

static size_t find_shared(struct region *regions, size_t max)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];
	size_t count = 0;
	while (maps != NULL && count < max && fgets(line, sizeof(line), maps) != NULL) {
		unsigned long begin, end;
		if (sscanf(line, "%lx-%lx", &begin, &end) == 2 && strstr(line, " rw-s ") != NULL) {
			regions[count++] =
			        (struct region){ (unsigned char *)begin, (size_t)(end - begin) };
		}
	}
	if (maps != NULL) {
		(void)fclose(maps);
	}
	return count;
}

static unsigned char octet_of(unsigned kind)
{
	switch (kind % 4) {
	case 0:
		return 0xff;
	case 1:
		return 63; /* the longest label */
	case 2:
		return 0;
	default:
		return (unsigned char)roll();
	}
}

static void scribble(const struct region *regions, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		/* All of a small region; of a large one a part, so that each has its turn. */
		size_t part = regions[i].size < 65536 ? regions[i].size : 65536;
		size_t at = roll() % (regions[i].size - part + 1);
		unsigned kind = roll();
		for (size_t j = 0; j < part; j++) {
			*(volatile unsigned char *)(regions[i].begin + at + j) = octet_of(kind);
		}
	}
}

/* Locks and fills a file that is open. */
static void abuse(int fd)
{
	static const char junk[4096] = "\xf5nj\x01\xff\xff\xff";
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct stat info;
	if (fstat(fd, &info) != 0) {
		return;
	}
	(void)fcntl(fd, F_SETLK, &all);
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	if (S_ISREG(info.st_mode) && strcmp(junk, "") != 0 && (roll() & 1) != 0) {
		(void)!pwrite(fd, junk, sizeof(junk), 0);
	} else if (S_ISFIFO(info.st_mode) || S_ISSOCK(info.st_mode)) {
		(void)!write(fd, junk, sizeof(junk));
	}
}

static void die(void)
{
	static const int signals[] = { SIGKILL, SIGSEGV, SIGABRT, SIGBUS };
	int number = signals[roll() % 4];
	(void)signal(number, SIG_DFL);
	(void)raise(number);
	_exit((int)(roll() % 256));
}

static int be_hostile(const char *output, int channel)
{
	struct region regions[64];
	struct stat spare, info;
	int64_t end_ns = monotonic_ns() + (roll() % 700 + 50) * NS_PER_MS;
	size_t count = find_shared(regions, 64);
	(void)signal(SIGTERM, SIG_IGN);
	(void)channel_sign(channel);
	while (monotonic_ns() < end_ns || (roll() % 8 == 0 && count > 0)) {
		scribble(regions, count);
		for (int fd = STDERR_FILENO + 1; fd < 256; fd++) {
			/* What it writes into the common output is its right. */
			if (stat(output, &spare) != 0 || fstat(fd, &info) != 0 ||
			    info.st_ino != spare.st_ino) {
				abuse(fd);
			}
		}
		for (int i = 0; i < 4; i++) {
			(void)channel_send(channel, regions[0].size > 0 ? &channel : NULL, 1);
		}
	}
	die();
	return 0;
}

/* The honest worker, and the supervisor of all */

struct bench {
	char top[32];
	char output[64];
	struct options options;
	struct worker_group *group;
	unsigned port;
};

static int be_honest(struct bench *bench, unsigned number, int channel, bool restarted)
{
	struct worker *worker = worker_new_forked(bench->group, number, channel, restarted);
	if (worker == NULL) {
		return EXIT_FAILED;
	}
	(void)channel_sign(channel);
	for (int64_t i = 0; !worker_should_stop(worker); i++) {
		const struct packet packet = {
			.bytes = FRAME,
			.captured = sizeof(FRAME),
			.length = sizeof(FRAME),
			.time_ns = realtime_ns() + i,
			.link = 1,
			.interface = "x",
		};
		worker_packet(worker, &packet);
		worker_flush(worker);
		(void)poll(NULL, 0, 2);
	}
	return worker_end(worker) ? EXIT_DONE : EXIT_FAILED;
}

static int work(void *ctx, unsigned number, int channel, bool restarted)
{
	struct bench *bench = ctx;
	seed = (uint64_t)monotonic_ns() ^ (uint64_t)getpid() << 32;
	if (number == 0) {
		return be_honest(bench, number, channel, restarted);
	}
	/* It keeps its own tray, which no other worker has. */
	history_writer_enter_worker(bench->group->history, number);
	return be_hostile(bench->output, channel);
}

static bool go_on(void *ctx)
{
	(void)ctx;
	return !signals_stop();
}

static int supervise(struct bench *bench)
{
	char line[512], error[OPTIONS_ERROR_MAX], state[64], *argv[32];
	int argc = 0;
	(void)snprintf(line, sizeof(line),
	               "--config /dev/null -i x --dedup 0 --suppress 0 --workers %d --metrics "
	               "127.0.0.1:%u -r %s/r.rules -o file:%s -o redis+unix://%s/away "
	               "--history %s/seen --history-interval 1",
	               WORKERS, bench->port, bench->top, bench->output, bench->top, bench->top);
	for (char *word = strtok(line, " "); word != NULL; word = strtok(NULL, " ")) {
		argv[argc++] = word;
	}
	(void)snprintf(state, sizeof(state), "%s/state", bench->top);
	const struct worker_group_delivery delivery = { .state = state,
		                                        .drain_ms = 2000,
		                                        .waiting = go_on };
	struct supervisor_config config = {
		.work = work, .ctx = bench, .restart = true, .stop_ms = 1500
	};
	if (mkdir(state, 0700) != 0 ||
	    !options_parse(&bench->options, COMMAND_RUN, argc, argv, error) ||
	    worker_group_new(&bench->group, &bench->options, true) != EXIT_DONE ||
	    !worker_group_open(bench->group) || !worker_group_start(bench->group, &delivery)) {
		return 100;
	}
	config.group = bench->group;
	(void)supervisor_run(&config);
	(void)worker_group_finish(bench->group);
	return 42;
}

/* The test */

static unsigned free_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	(void)close(fd);
	return ntohs(address.sin_port);
}

static bool metrics_answer(unsigned port)
{
	static const char request[] = "GET /metrics HTTP/1.0\r\n\r\n";
	struct sockaddr_in address = { .sin_family = AF_INET,
		                       .sin_port = htons((uint16_t)port),
		                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	char reply[16] = "";
	const struct timeval patience = { .tv_sec = 5 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	bool good = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
	            send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) > 0 &&
	            recv(fd, reply, 12, MSG_WAITALL) == 12 && strcmp(reply + 8, " 200") == 0;
	(void)close(fd);
	return good;
}

static char log_text[1 << 20];

static void read_log(const char *path)
{
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	log_text[fread(log_text, 1, sizeof(log_text) - 1, file)] = '\0';
	(void)fclose(file);
}

static size_t count_in_log(const char *path, const char *text)
{
	size_t count = 0;
	read_log(path);
	for (const char *at = log_text; (at = strstr(at, text)) != NULL; at++) {
		count++;
	}
	return count;
}

static void prepare(struct bench *bench, char log[64])
{
	char path[64];
	if (sandbox_is_real() && !kernel_has_filters()) {
		skip();
	}
	(void)snprintf(bench->top, sizeof(bench->top), "/tmp/nsmx-XXXXXX");
	assert_non_null(mkdtemp(bench->top));
	(void)snprintf(bench->output, sizeof(bench->output), "%s/out.json", bench->top);
	(void)snprintf(path, sizeof(path), "%s/r.rules", bench->top);
	(void)snprintf(log, 64, "%s/log", bench->top);
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	(void)fputs("alert ns ns.bad.example\n", file);
	(void)fclose(file);
	bench->port = free_port();
}

static pid_t start(struct bench *bench, const char *log)
{
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
		(void)dup2(fd, STDERR_FILENO);
		(void)close(fd);
		_exit(supervise(bench));
	}
	return child;
}

/* The status of the supervisor, which must come in time. */
static int await_end(pid_t child, int seconds)
{
	int status;
	int64_t end_ns = monotonic_ns() + seconds * NS_PER_S;
	while (waitpid(child, &status, WNOHANG) == 0) {
		if (monotonic_ns() >= end_ns) {
			(void)kill(child, SIGABRT);
			fail_msg("the supervisor does not end");
		}
		(void)poll(NULL, 0, 10);
	}
	return status;
}

static void await_deaths(pid_t child, const char *log)
{
	int64_t end_ns = monotonic_ns() + PATIENCE_S * NS_PER_S;
	while (access(log, R_OK) != 0 || count_in_log(log, "a replacement starts") < DEATHS) {
		if (monotonic_ns() >= end_ns || kill(child, 0) != 0) {
			fail_msg("%s", log_text);
		}
		(void)poll(NULL, 0, 50);
	}
}

/* Lines of the honest worker, in a file that no hostile one writes to. */
static void check_output(const char *path)
{
	FILE *file = fopen(path, "re");
	static char line[1 << 16];
	size_t count = 0;
	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		size_t size = strlen(line);
		if (size > 1) { /* an empty line ends one that may be torn */
			assert_true(line[0] == '{' && line[size - 1] == '\n' &&
			            line[size - 2] == '}');
			count++;
		}
	}
	(void)fclose(file);
	assert_true(count > 0);
}

static void fail_at_damage(void *ctx, const char *name)
{
	(void)ctx;
	fail_msg("%s is damaged", name);
}

/* The row of the honest worker; what else is there are rows, too. */
static void check_history(const struct bench *bench)
{
	static const uint8_t owner[] = "\7example";
	struct history_folder *folder;
	struct history_record record;
	char path[64];
	bool found = false;
	(void)snprintf(path, sizeof(path), "%s/seen", bench->top);
	assert_int_equal(history_folder_open(&folder, path, fail_at_damage, NULL), 0);
	while (history_folder_next(folder, &record)) {
		found |= record.row.owner_size == sizeof(owner) &&
		         memcmp(record.row.owner, owner, sizeof(owner)) == 0;
	}
	history_folder_close(folder);
	assert_true(found);
	if (strstr(log_text, "--history: ") != NULL) {
		fail_msg("%s", log_text);
	}
}

static void hostile_workers(void **state)
{
	(void)state;
	static struct bench bench;
	char log[64], command[96];
	prepare(&bench, log);
	pid_t child = start(&bench, log);
	await_deaths(child, log);
	assert_true(metrics_answer(bench.port));
	assert_int_equal(kill(child, SIGTERM), 0);
	int status = await_end(child, STOP_S);
	read_log(log);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 42) {
		fail_msg("status %x: %s", (unsigned)status, log_text);
	}
	check_output(bench.output);
	check_history(&bench);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", bench.top);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(hostile_workers) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
