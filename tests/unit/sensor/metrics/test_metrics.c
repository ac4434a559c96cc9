/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/captured.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/time_ns.h"
#include "sensor/metrics/metrics.h"
#include "sensor/system/sandbox.h"
#include "tests/unit/sensor/system/filters.h"

#define CONNECTIONS_MAX 16
#define PATIENCE_S      10

static struct counters counters;
static struct sockaddr_in address;
static struct captured logged;
static int fork_error;

/* Takes the place of libc's. */
pid_t fork(void)
{
	errno = fork_error;
	return fork_error != 0 ? -1 : _Fork();
}

/* Listens on a port that the kernel chooses. */
static int set_up(void **state)
{
	static struct metrics metrics;
	struct endpoint endpoint = { .size = sizeof(address) };
	socklen_t size = sizeof(address);
	memset(&counters, 0, sizeof(counters));
	metrics = (struct metrics){ .counters = &counters, .sets = 1, .sensor = "probe" };
	address = (struct sockaddr_in){ .sin_family = AF_INET,
		                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	memcpy(&endpoint.address, &address, sizeof(address));
	captured_begin(&logged);
	assert_true(metrics_listen(&metrics, &endpoint));
	assert_int_equal(getsockname(metrics.listener, (struct sockaddr *)&address, &size), 0);
	*state = &metrics;
	return 0;
}

static int tear_down(void **state)
{
	metrics_stop(*state);
	captured_end(&logged);
	return 0;
}

static int try_connect(void)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static void request(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static void octets(int fd, char *text, size_t size)
{
	size_t have = 0;
	while (have < size) {
		ssize_t got = recv(fd, text + have, size - have, 0);
		assert_true(got > 0);
		have += (size_t)got;
	}
	text[size] = '\0';
}

/* A reply's status; its header and its body go to texts of 4096 and 16384 octets. */
static int read_reply(int fd, char *header, char *body, bool has_body)
{
	size_t size = 0;
	do {
		assert_true(size < 4095);
		octets(fd, header + size++, 1);
	} while (strstr(header, "\r\n\r\n") == NULL);
	const char *length = strstr(header, "Content-Length: ");
	assert_non_null(length);
	size = strtoul(length + 16, NULL, 10);
	assert_true(size < 16384);
	octets(fd, body, has_body ? size : 0);
	assert_int_equal(strncmp(header, "HTTP/1.1 ", 9), 0);
	return atoi(header + 9);
}

static char header[4096], body[16384];

static int ask(int fd, const char *text)
{
	request(fd, text);
	return read_reply(fd, header, body, strncmp(text, "HEAD", 4) != 0);
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: x\r\n\r\n"

static void is_closed(int fd)
{
	char octet;
	ssize_t got = recv(fd, &octet, 1, 0);
	assert_true(got == 0 || (got < 0 && errno == ECONNRESET));
	(void)close(fd);
}

/* The process answers only if it could limit itself. */
static void serve(struct metrics *metrics)
{
	if (sandbox_is_real() && !kernel_has_filters()) {
		skip();
	}
	metrics_maintain(metrics);
}

static void serves_the_counters(void **state)
{
	struct metrics *metrics = *state;
	serve(metrics);
	int fd = try_connect();
	assert_int_equal(ask(fd, GET("/metrics")), 200);
	assert_non_null(strstr(header, "Content-Type: text/plain; version=0.0.4; charset=utf-8"));
	assert_non_null(strstr(body, "sensor=\"probe\""));
	assert_non_null(strstr(body, "nsmx_hits_total{severity=\"low\",rule=\"other\"} 0\n"));
	assert_int_equal(ask(fd, GET("/metrics?name=x")), 200);
	assert_int_equal(ask(fd, "HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n"), 200);
	assert_string_equal(body, "");
	/* A body is read and ignored. */
	assert_int_equal(
	        ask(fd, "GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"), 200);
	/* Two requests at once, over the connection of all before. */
	request(fd, GET("/metrics") GET("/metrics"));
	assert_int_equal(read_reply(fd, header, body, true), 200);
	assert_int_equal(read_reply(fd, header, body, true), 200);
	assert_int_equal(ask(fd, "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
	                 200);
	is_closed(fd);
}

static void refuses_the_rest(void **state)
{
	struct metrics *metrics = *state;
	static const struct {
		const char *text, *body;
		int status;
	} cases[] = {
		{ GET("/"), "see /metrics\n", 404 },
		{ GET("/metrics/"), "see /metrics\n", 404 },
		{ GET("/metric"), "see /metrics\n", 404 },
		{ "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", "", 404 },
		{ "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc",
		  "only GET and HEAD are supported\n", 405 },
		{ "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n",
		  "only GET and HEAD are supported\n", 405 },
		{ "DELETE /metrics HTTP/1.1\r\nHost: x\r\n\r\n",
		  "only GET and HEAD are supported\n", 405 },
		{ "GETS /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "only GET and HEAD are supported\n",
		  405 },
	};
	serve(metrics);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int fd = try_connect();
		if (ask(fd, cases[i].text) != cases[i].status) {
			fail_msg("%s: %s", cases[i].text, header);
		}
		assert_string_equal(body, cases[i].body);
		(void)close(fd);
	}
}

static void survives_what_is_not_http(void **state)
{
	struct metrics *metrics = *state;
	static char much[1 << 20];
	memset(much, 'a', sizeof(much));
	serve(metrics);
	for (int round = 0; round < 3; round++) {
		static const char *const begun[] = { "\1\2\r\n\r\n", "GET /metrics", "GET /" };
		int fd = try_connect();
		request(fd, begun[round]);
		if (round == 2) { /* a request line larger than its buffer */
			(void)send(fd, much, sizeof(much), MSG_NOSIGNAL);
		}
		(void)close(fd);
	}
	int fd = try_connect();
	assert_int_equal(ask(fd, GET("/metrics")), 200);
	(void)close(fd);
}

static void limits_connections(void **state)
{
	struct metrics *metrics = *state;
	int fds[CONNECTIONS_MAX];
	serve(metrics);
	for (int i = 0; i < CONNECTIONS_MAX; i++) {
		fds[i] = try_connect();
		assert_int_equal(ask(fds[i], GET("/metrics")), 200);
	}
	is_closed(try_connect());
	for (int i = 0; i < CONNECTIONS_MAX; i++) {
		assert_int_equal(ask(fds[i], GET("/metrics")), 200);
		(void)close(fds[i]);
	}
	int fd = try_connect();
	assert_int_equal(ask(fd, GET("/metrics")), 200);
	(void)close(fd);
}

/* Waits until the process has ended, and leaves its status for metrics_maintain(). */
static void await_end(pid_t process)
{
	siginfo_t info;
	assert_int_equal(waitid(P_PID, (id_t)process, &info, WEXITED | WNOWAIT), 0);
}

static void starts_another(void **state)
{
	struct metrics *metrics = *state;
	serve(metrics);
	pid_t first = metrics->process;
	assert_true(first > 0);
	metrics_maintain(metrics);
	assert_int_equal(metrics->process, first);
	assert_int_equal(kill(first, SIGKILL), 0);
	await_end(first);
	/* Not at once: one that cannot live must not keep the machine busy. */
	metrics_maintain(metrics);
	assert_int_equal(metrics->process, 0);
	captured_expect(&logged, "--metrics: the process ended (signal 9); starting another\n");
	metrics->started_ns = monotonic_ns() - 1000 * NS_PER_MS;
	metrics_maintain(metrics);
	assert_int_equal(metrics->process, 0);
	metrics->started_ns = monotonic_ns() - 2000 * NS_PER_MS;
	fork_error = EAGAIN;
	metrics_maintain(metrics);
	fork_error = 0;
	assert_int_equal(metrics->process, 0);
	captured_expect(&logged, "--metrics: cannot start the process: Resource temporarily");
	metrics->started_ns = monotonic_ns() - 2000 * NS_PER_MS;
	metrics_maintain(metrics);
	assert_true(metrics->process > 0);
	assert_int_not_equal(metrics->process, first);
	int fd = try_connect();
	assert_int_equal(ask(fd, GET("/metrics")), 200);
	(void)close(fd);
}

static bool cannot_confine(void)
{
	return false;
}

static void serves_nothing_with_its_rights(void **state)
{
	struct metrics *metrics = *state;
	metrics->confine = cannot_confine;
	metrics_maintain(metrics);
	await_end(metrics->process);
	metrics_maintain(metrics);
	captured_expect(&logged, "--metrics: the process ended (status 1); starting another\n");
	assert_int_equal(metrics->process, 0);
}

static void stops(void **state)
{
	struct metrics *metrics = *state;
	serve(metrics);
	int fd = try_connect();
	assert_int_equal(ask(fd, GET("/metrics")), 200);
	metrics_stop(metrics);
	assert_int_equal(metrics->process, 0);
	assert_int_equal(metrics->listener, -1);
	is_closed(fd);
	assert_int_equal(try_connect(), -1);
	assert_int_equal(errno, ECONNREFUSED);
	/* Without an address there is no process. */
	metrics_maintain(metrics);
	assert_int_equal(metrics->process, 0);
}

static void addresses(void **state)
{
	struct metrics *metrics = *state, other = { .sets = 1 };
	struct endpoint none = { .size = 0 }, taken;
	char text[32], expected[80];
	assert_true(metrics_listen(&other, &none));
	assert_int_equal(other.listener, -1);
	(void)snprintf(text, sizeof(text), "127.0.0.1:%u", ntohs(address.sin_port));
	assert_true(endpoint_parse(&taken, text));
	assert_false(metrics_listen(&other, &taken));
	(void)snprintf(expected, sizeof(expected), "--metrics %s: Address already in use\n", text);
	captured_expect(&logged, expected);
	assert_int_equal(other.listener, -1);
	metrics_leave(metrics);
	assert_int_equal(metrics->listener, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(serves_the_counters),
		TEST(refuses_the_rest),
		TEST(survives_what_is_not_http),
		TEST(limits_connections),
		TEST(starts_another),
		TEST(serves_nothing_with_its_rights),
		TEST(stops),
		TEST(addresses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
