/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A delivery under test: a journal, a publisher in its own process, and a Redis
 *        server that starts and stops.
 */
#pragma once

#include "tests/unit/sensor/outputs/redis_server.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

#include "sensor/journal/journal.h"
#include "sensor/publisher/publisher.h"

#define KEY_HITS "nsmx:hits"
#define KEY_LOG  "nsmx:log"

struct shared {
	_Atomic uint64_t delivered;
	_Atomic uint64_t counted;
	_Atomic uint64_t errors;
	_Atomic uint64_t loading;
};

/* The sensor's side of a delivery, and a server. */
struct bench {
	char top[64];
	char journal_dir[80];
	char log[80]; /* What the publishers logged. */
	struct redis_server server;
	struct journal *journal;
	struct shared *shared;
	struct redis_url url;
	struct publisher_config config;
	pid_t publisher; /* 0: not running. */
	int wake_fd;
	unsigned appended;
};

static inline size_t counters(void *ctx, const char **names, uint64_t *values, size_t max)
{
	(void)ctx;
	assert_true(max >= 2);
	names[0] = "packets";
	values[0] = 12345678901;
	names[1] = "hits";
	values[1] = 7;
	return 2;
}

static inline void set_target(struct bench *b, const char *userinfo, const char *options)
{
	char target[256], error[256];
	(void)snprintf(target, sizeof(target), "redis+unix://%s%s?batch=7&flush=5%s", userinfo,
	               b->server.socket, options);
	if (redis_url_parse(&b->url, target, error, sizeof(error)) != 0) {
		fail_msg("%s: %s", target, error);
	}
	b->config.hash = b->url.hash;
	assert_int_equal(journal_outputs(b->journal_dir, &b->url.hash, 1), 0);
}

static inline int set_up(void **state)
{
	static struct bench place;
	struct bench *b = &place;
	*b = (struct bench){ 0 };
	const char *tmp = getenv("TMPDIR");
	(void)snprintf(b->top, sizeof(b->top), "%.40s/nsmx-XXXXXX", tmp != NULL ? tmp : "/tmp");
	if (mkdtemp(b->top) == NULL) {
		return -1;
	}
	(void)snprintf(b->journal_dir, sizeof(b->journal_dir), "%.63s/journal", b->top);
	(void)snprintf(b->log, sizeof(b->log), "%.63s/log", b->top);
	(void)snprintf(b->server.dir, sizeof(b->server.dir), "%.63s", b->top);
	(void)snprintf(b->server.socket, sizeof(b->server.socket), "%.63s/socket", b->top);
	b->shared = mmap(NULL, sizeof(*b->shared), PROT_READ | PROT_WRITE,
	                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (b->shared == MAP_FAILED ||
	    journal_open(&b->journal, b->journal_dir, (size_t)1 << 30) != 0) {
		return -1;
	}
	b->config = (struct publisher_config){
		.name = b->url.name,
		.url = &b->url,
		.journal = b->journal_dir,
		.sensor = "bench",
		.stall_ms = 10000,
		.counters = counters,
		.delivered = &b->shared->delivered,
		.counted = &b->shared->counted,
		.errors = &b->shared->errors,
		.loading = &b->shared->loading,
	};
	set_target(b, "", "");
	*state = b;
	return 0;
}

static inline int tear_down(void **state)
{
	struct bench *b = *state;
	char command[128];
	if (b->publisher > 0) {
		(void)kill(b->publisher, SIGKILL);
		(void)waitpid(b->publisher, NULL, 0);
		(void)close(b->wake_fd);
	}
	redis_server_kill(&b->server);
	journal_close(b->journal);
	(void)munmap(b->shared, sizeof(*b->shared));
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", b->top);
	return system(command);
}

static inline void start_publisher(struct bench *b)
{
	int fds[2];
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	b->publisher = fork();
	if (b->publisher == 0) {
		int log = open(b->log, O_WRONLY | O_CREAT | O_APPEND, 0600);
		(void)dup2(log, STDERR_FILENO);
		(void)close(fds[1]);
		b->config.wake_fd = fds[0];
		_exit(publisher_run(&b->config));
	}
	(void)close(fds[0]);
	b->wake_fd = fds[1];
}

/* Ends the worker's side of the pipe; returns the exit status of the publisher. */
static inline int end_publisher(struct bench *b)
{
	int status = 0;
	(void)close(b->wake_fd);
	assert_int_equal(waitpid(b->publisher, &status, 0), b->publisher);
	b->publisher = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static inline void kill_publisher(struct bench *b)
{
	assert_int_equal(kill(b->publisher, SIGKILL), 0);
	(void)end_publisher(b);
}

static inline void append(struct bench *b, enum record_kind kind, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		char json[48], id[16];
		unsigned n = ++b->appended;
		const struct record record = {
			.kind = kind,
			.severity = kind == RECORD_HIT ? 75 : 0,
			.id = id,
			.id_size = (size_t)snprintf(id, sizeof(id), "id-%u", n),
			.rule = "a rule",
			.rule_size = kind == RECORD_HIT ? 6 : 0,
			.json = json,
			.json_size = (size_t)snprintf(json, sizeof(json), "{\"n\":%u}", n),
		};
		assert_int_equal(journal_append(b->journal, &record), 0);
	}
	assert_int_equal(journal_flush(b->journal), 0);
	if (b->publisher > 0) {
		publisher_wake(b->wake_fd);
	}
}

static inline redisReply *ask(struct bench *b, const char *command)
{
	redisReply *reply = redisCommand(b->server.client, command);
	assert_non_null(reply);
	if (reply->type == REDIS_REPLY_ERROR) {
		fail_msg("%s: %s", command, reply->str);
	}
	return reply;
}

static inline long long ask_number(struct bench *b, const char *command)
{
	redisReply *reply = ask(b, command);
	long long n = reply->integer;
	freeReplyObject(reply);
	return n;
}

static inline void run_command(struct bench *b, const char *command)
{
	freeReplyObject(ask(b, command));
}

/* The JSON of an element: of a list, or of a stream's entry (the first field's value). */
static inline const char *json_of(const redisReply *element)
{
	return element->type == REDIS_REPLY_ARRAY ? element->element[1]->element[1]->str
	                                          : element->str;
}

/* The events, in order: `from` to `to`, one each, and nothing else. */
static inline void expect(struct bench *b, const char *command, unsigned from, unsigned to)
{
	redisReply *reply = ask(b, command);
	assert_int_equal(reply->elements, to - from + 1);
	for (size_t i = 0; i < reply->elements; i++) {
		char json[48];
		(void)snprintf(json, sizeof(json), "{\"n\":%u}", from + (unsigned)i);
		assert_string_equal(json_of(reply->element[i]), json);
	}
	freeReplyObject(reply);
}

static inline void expect_stream(struct bench *b, unsigned from, unsigned to)
{
	expect(b, "XRANGE " KEY_HITS " - +", from, to);
}

static inline void await_delivered(struct bench *b, uint64_t n)
{
	for (int i = 0; i < PATIENCE_STEPS; i++) {
		if (atomic_load(&b->shared->delivered) >= n) {
			return;
		}
		(void)usleep(10000);
	}
	fail_msg("%" PRIu64 " delivered", atomic_load(&b->shared->delivered));
}

/* How often a text was logged. */
static inline unsigned logged(const struct bench *b, const char *text)
{
	char line[1024];
	unsigned times = 0;
	FILE *file = fopen(b->log, "r");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
		times += strstr(line, text) != NULL;
	}
	if (file != NULL) {
		(void)fclose(file);
	}
	return times;
}

static inline void await_logged(const struct bench *b, const char *text)
{
	for (int i = 0; i < PATIENCE_STEPS; i++) {
		if (logged(b, text) > 0) {
			return;
		}
		(void)usleep(10000);
	}
	fail_msg("never logged: %s", text);
}

static inline void await_errors(const struct bench *b, uint64_t n)
{
	for (int i = 0; i < PATIENCE_STEPS && atomic_load(&b->shared->errors) < n; i++) {
		(void)usleep(10000);
	}
	assert_true(atomic_load(&b->shared->errors) >= n);
}

static inline double seconds(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}
