/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/sensor/redis/scripted_server.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/un.h>

#include "base/time_ns.h"
#include "sensor/redis/transport.h"

/* Far less than TRANSPORT_TIMEOUT_MS, which must not be what ends a wait. */
#define SHORT_NS (50 * NS_PER_MS)
#define LONG_NS  (4 * NS_PER_S)

static struct redis_url tcp_url, tls_url;
static struct redis_place place;

/* A connection, and the other end of it. */
struct pair {
	int listener;
	int peer;
	struct transport transport;
	int64_t begun_ns;
};

static int set_up(void **state)
{
	static struct pair pair;
	char error[256];
	pair = (struct pair){ .peer = -1, .transport = { .fd = -1, .hangup_fd = -1 } };
	assert_int_equal(redis_url_parse(&tcp_url, "redis://127.0.0.1", error, sizeof(error)), 0);
	assert_int_equal(redis_url_parse(&tls_url, "rediss://127.0.0.1", error, sizeof(error)), 0);
	pair.listener = scripted_listen(&place.port);
	(void)snprintf(place.host, sizeof(place.host), "127.0.0.1");
	*state = &pair;
	pair.begun_ns = monotonic_ns();
	return 0;
}

static int tear_down(void **state)
{
	struct pair *pair = *state;
	transport_close(&pair->transport);
	(void)close(pair->listener);
	if (pair->peer >= 0) {
		(void)close(pair->peer);
	}
	return 0;
}

static void connected(struct pair *pair)
{
	assert_int_equal(transport_open(&pair->transport, &tcp_url, &place, NULL), 0);
	pair->peer = accept(pair->listener, NULL, NULL);
	assert_true(pair->peer >= 0);
}

static void set_deadline(struct pair *pair)
{
	pair->transport.deadline_ns = monotonic_ns() + SHORT_NS;
}

static void check_took_as_long(const struct pair *pair)
{
	int64_t took = monotonic_ns() - pair->begun_ns;
	assert_true(took >= SHORT_NS);
	assert_true(took < LONG_NS);
}

static void options_of_tcp(void **state)
{
	struct pair *pair = *state;
	int value = 0;
	socklen_t size = sizeof(value);
	connected(pair);
	assert_int_equal(getsockopt(pair->transport.fd, IPPROTO_TCP, TCP_NODELAY, &value, &size),
	                 0);
	assert_int_not_equal(value, 0);
	value = 0;
	assert_int_equal(getsockopt(pair->transport.fd, SOL_SOCKET, SO_KEEPALIVE, &value, &size),
	                 0);
	assert_int_not_equal(value, 0);
	assert_int_not_equal(fcntl(pair->transport.fd, F_GETFL) & O_NONBLOCK, 0);
	assert_int_not_equal(fcntl(pair->transport.fd, F_GETFD) & FD_CLOEXEC, 0);
}

static void reads_what_there_is(void **state)
{
	struct pair *pair = *state;
	char bytes[8];
	connected(pair);
	assert_int_equal(send(pair->peer, "abcdefghij", 10, 0), 10);
	assert_int_equal(transport_read(&pair->transport, bytes, sizeof(bytes)), 8);
	assert_int_equal(transport_read(&pair->transport, bytes, sizeof(bytes)), 2);
	assert_memory_equal(bytes, "ij", 2);
	(void)close(pair->peer);
	pair->peer = -1;
	assert_int_equal(transport_read(&pair->transport, bytes, sizeof(bytes)), -ECONNRESET);
	/* What was closed opens again. */
	transport_close(&pair->transport);
	assert_int_equal(pair->transport.fd, -1);
	transport_close(&pair->transport);
	connected(pair);
}

static void deadline_ends_a_read(void **state)
{
	struct pair *pair = *state;
	char octet;
	connected(pair);
	set_deadline(pair);
	assert_int_equal(transport_read(&pair->transport, &octet, 1), -ETIMEDOUT);
	check_took_as_long(pair);
	/* What is there already needs no wait. */
	assert_int_equal(send(pair->peer, "x", 1, 0), 1);
	assert_int_equal(transport_read(&pair->transport, &octet, 1), 1);
}

static void deadline_ends_a_write(void **state)
{
	struct pair *pair = *state;
	static char much[64 << 20];
	connected(pair);
	set_deadline(pair);
	assert_int_equal(transport_write(&pair->transport, much, sizeof(much)), -ETIMEDOUT);
	check_took_as_long(pair);
}

/* More than the socket's buffers hold, to a peer that reads in parts. */
static void *read_all(void *ctx)
{
	struct pair *pair = ctx;
	static char bytes[4096];
	size_t sum = 0;
	ssize_t got;
	while ((got = recv(pair->peer, bytes, sizeof(bytes), 0)) > 0) {
		sum += (size_t)got;
	}
	return (void *)sum;
}

static void writes_all(void **state)
{
	struct pair *pair = *state;
	static char much[16 << 20];
	pthread_t reader;
	void *sum;
	connected(pair);
	assert_int_equal(pthread_create(&reader, NULL, read_all, pair), 0);
	assert_int_equal(transport_write(&pair->transport, much, sizeof(much)), 0);
	transport_close(&pair->transport);
	assert_int_equal(pthread_join(reader, &sum), 0);
	assert_int_equal((size_t)sum, sizeof(much));
}

static void writing_to_a_closed_peer(void **state)
{
	struct pair *pair = *state;
	static char some[1 << 20];
	const struct linger reset = { .l_onoff = 1 };
	connected(pair);
	assert_int_equal(setsockopt(pair->peer, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)), 0);
	(void)close(pair->peer);
	pair->peer = -1;
	/* No SIGPIPE: it would end this program. */
	assert_int_equal(transport_write(&pair->transport, some, sizeof(some)), -ECONNRESET);
	assert_int_equal(transport_write(&pair->transport, some, sizeof(some)), -EPIPE);
}

/* The worker is gone: the wait that notices it, and all later ones, end after the grace. */
static void end_of_the_worker_sets_a_deadline(void **state)
{
	struct pair *pair = *state;
	char octet;
	int worker[2];
	connected(pair);
	assert_int_equal(pipe(worker), 0);
	pair->transport.hangup_fd = worker[0];
	pair->transport.grace_ns = SHORT_NS;
	assert_int_equal(send(pair->peer, "x", 1, 0), 1);
	assert_int_equal(transport_read(&pair->transport, &octet, 1), 1);
	assert_int_equal(pair->transport.hung_up_ns, 0);
	(void)close(worker[1]);
	assert_int_equal(transport_read(&pair->transport, &octet, 1), -ETIMEDOUT);
	check_took_as_long(pair);
	assert_true(pair->transport.hung_up_ns >= pair->begun_ns);
	assert_int_equal(pair->transport.deadline_ns - pair->transport.hung_up_ns, SHORT_NS);
	assert_int_equal(pair->transport.hangup_fd, -1);
	int64_t noticed = pair->transport.hung_up_ns;
	assert_int_equal(transport_read(&pair->transport, &octet, 1), -ETIMEDOUT);
	assert_int_equal(pair->transport.hung_up_ns, noticed);
	(void)close(worker[0]);
}

/* The octets are confirmed by the peer's kernel, whether or not the peer has read them. */
static void confirms(void **state)
{
	struct pair *pair = *state;
	connected(pair);
	assert_int_equal(transport_confirm(&pair->transport), 0);
	assert_int_equal(transport_write(&pair->transport, "abc", 3), 0);
	assert_int_equal(transport_confirm(&pair->transport), 0);
	assert_int_equal(transport_unconfirmed(&pair->transport), 0);
}

static void confirms_nothing_after_the_end(void **state)
{
	struct pair *pair = *state;
	connected(pair);
	assert_int_equal(shutdown(pair->peer, SHUT_WR), 0);
	assert_int_equal(transport_write(&pair->transport, "abc", 3), 0);
	assert_int_equal(transport_confirm(&pair->transport), -ECONNRESET);
}

static void deadline_ends_a_confirmation(void **state)
{
	static const char octets[400000];
	struct pair *pair = *state;
	const int small = 4096, large = 4 << 20;
	assert_int_equal(setsockopt(pair->listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)),
	                 0);
	connected(pair);
	assert_int_equal(
	        setsockopt(pair->transport.fd, SOL_SOCKET, SO_SNDBUF, &large, sizeof(large)), 0);
	assert_int_equal(transport_write(&pair->transport, octets, sizeof(octets)), 0);
	set_deadline(pair);
	pair->begun_ns = monotonic_ns();
	assert_int_equal(transport_confirm(&pair->transport), -ETIMEDOUT);
	check_took_as_long(pair);
	assert_true(transport_unconfirmed(&pair->transport) > 0);
}

static void datagrams(void **state)
{
	struct pair *pair = *state;
	char octets[8];
	struct sockaddr_in address = { .sin_family = AF_INET,
		                       .sin_addr.s_addr = htonl(0x7f000001) };
	socklen_t size = sizeof(address);
	pair->peer = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(bind(pair->peer, (const struct sockaddr *)&address, size), 0);
	assert_int_equal(getsockname(pair->peer, (struct sockaddr *)&address, &size), 0);
	struct redis_place to = place;
	to.port = ntohs(address.sin_port);
	assert_int_equal(transport_open_udp(&pair->transport, &to), 0);
	assert_int_equal(transport_write(&pair->transport, "ab", 2), 0);
	assert_int_equal(transport_write(&pair->transport, "c", 1), 0);
	assert_int_equal(recv(pair->peer, octets, sizeof(octets), 0), 2);
	assert_int_equal(recv(pair->peer, octets, sizeof(octets), 0), 1);
	(void)close(pair->peer);
	pair->peer = -1;
	assert_int_equal(transport_write(&pair->transport, "d", 1), 0);
	assert_int_equal(transport_write(&pair->transport, "e", 1), -ECONNREFUSED);
}

/* A listener whose queue is full answers no SYN. */
static void deadline_ends_a_connect(void **state)
{
	struct pair *pair = *state;
	struct transport others[8];
	int ret = 0;
	size_t count = 0;
	assert_int_equal(listen(pair->listener, 0), 0);
	while (ret == 0 && count < sizeof(others) / sizeof(others[0])) {
		others[count] = (struct transport){ .fd = -1, .hangup_fd = -1 };
		pair->begun_ns = monotonic_ns();
		others[count].deadline_ns = pair->begun_ns + SHORT_NS;
		ret = transport_open(&others[count++], &tcp_url, &place, NULL);
	}
	assert_int_equal(ret, -ETIMEDOUT);
	check_took_as_long(pair);
	assert_int_equal(others[count - 1].fd, -1);
	while (count > 0) {
		transport_close(&others[--count]);
	}
}

static void places_that_there_are_not(void **state)
{
	struct pair *pair = *state;
	struct redis_url url;
	char error[256];
	struct redis_place nowhere = { .port = 1 };
	(void)snprintf(nowhere.host, sizeof(nowhere.host), "does-not-exist.invalid");
	assert_int_equal(transport_open(&pair->transport, &tcp_url, &nowhere, NULL),
	                 -EADDRNOTAVAIL);
	(void)close(pair->listener);
	assert_int_equal(transport_open(&pair->transport, &tcp_url, &place, NULL), -ECONNREFUSED);
	assert_int_equal(
	        redis_url_parse(&url, "redis+unix:///does/not/exist", error, sizeof(error)), 0);
	assert_int_equal(transport_open(&pair->transport, &url, &place, NULL), -ENOENT);
	assert_int_equal(pair->transport.fd, -1);
	assert_string_equal(pair->transport.why, "");
}

static void unix_socket(void **state)
{
	struct pair *pair = *state;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct redis_url url;
	char folder[64], target[128], error[256];
	const char *tmp = getenv("TMPDIR");
	(void)snprintf(folder, sizeof(folder), "%.40s/nsmx-XXXXXX", tmp != NULL ? tmp : "/tmp");
	assert_non_null(mkdtemp(folder));
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/s", folder);
	(void)snprintf(target, sizeof(target), "redis+unix://%s", address.sun_path);
	assert_int_equal(redis_url_parse(&url, target, error, sizeof(error)), 0);
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(listener, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(transport_open(&pair->transport, &url, NULL, NULL), 0);
	pair->peer = accept(listener, NULL, NULL);
	assert_int_equal(transport_write(&pair->transport, "abc", 3), 0);
	char bytes[3];
	assert_int_equal(recv(pair->peer, bytes, sizeof(bytes), MSG_WAITALL), 3);
	(void)close(listener);
	(void)unlink(address.sun_path);
	(void)rmdir(folder);
}

/* TLS */

static void silent_server_has_no_tls(void **state)
{
	struct pair *pair = *state;
	set_deadline(pair);
	assert_int_equal(transport_open(&pair->transport, &tls_url, &place, NULL), -ETIMEDOUT);
	check_took_as_long(pair);
	assert_non_null(strstr(pair->transport.why, "no answer to the TLS handshake"));
	assert_int_equal(pair->transport.fd, -1);
	assert_null(pair->transport.tls);
	/* The next attempt forgets why. */
	assert_int_equal(transport_open(&pair->transport, &tcp_url, &place, NULL), 0);
	assert_string_equal(pair->transport.why, "");
}

/* The start of what a client sends, in whose place nothing is answered. */
static void take_hello(struct pair *pair, const char *host, char *hello, size_t size)
{
	struct redis_url url;
	char target[64], error[256];
	struct redis_place named = { .port = place.port };
	(void)snprintf(target, sizeof(target), "rediss://%s", host);
	assert_int_equal(redis_url_parse(&url, target, error, sizeof(error)), 0);
	(void)snprintf(named.host, sizeof(named.host), "%s", url.places[0].host);
	set_deadline(pair);
	assert_int_equal(transport_open(&pair->transport, &url, &named, NULL), -ETIMEDOUT);
	int peer = accept(pair->listener, NULL, NULL);
	memset(hello, 0, size);
	assert_true(recv(peer, hello, size, 0) > 100);
	(void)close(peer);
}

/* RFC 6066, 3: a name is sent, an address is not. */
static void names_in_the_hello(void **state)
{
	static char hello[4096];
	take_hello(*state, "localhost", hello, sizeof(hello));
	assert_non_null(memmem(hello, sizeof(hello), "localhost", 9));
	take_hello(*state, "127.0.0.1", hello, sizeof(hello));
	assert_null(memmem(hello, sizeof(hello), "127.0.0.1", 9));
}

static void *answer_in_clear(void *ctx)
{
	struct pair *pair = ctx;
	char octet;
	pair->peer = accept(pair->listener, NULL, NULL);
	(void)recv(pair->peer, &octet, 1, 0);
	(void)send(pair->peer, "-ERR unknown command\r\n", 22, MSG_NOSIGNAL);
	return NULL;
}

static void server_in_clear_has_no_tls(void **state)
{
	struct pair *pair = *state;
	pthread_t server;
	assert_int_equal(pthread_create(&server, NULL, answer_in_clear, pair), 0);
	assert_int_equal(transport_open(&pair->transport, &tls_url, &place, NULL), -EPROTO);
	assert_string_equal(pair->transport.why, "the server does not speak TLS on this port");
	assert_int_equal(pthread_join(server, NULL), 0);
}

/* Files are a person's to mend: nothing is sent, and no other attempt helps. */
static void files_of_tls(void **state)
{
	struct pair *pair = *state;
	static const struct {
		const char *options, *why;
	} cases[] = {
		{ "ca=/does/not/exist", "ca=/does/not/exist: No such file" },
		{ "ca=/dev/null", "ca=/dev/null: " },
		{ "cert=/dev/null&tls-key=/dev/null", "cert=/dev/null: " },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct redis_url url;
		char target[128], error[256];
		(void)snprintf(target, sizeof(target), "rediss://127.0.0.1?%s", cases[i].options);
		assert_int_equal(redis_url_parse(&url, target, error, sizeof(error)), 0);
		assert_int_equal(transport_open(&pair->transport, &url, &place, NULL),
		                 -EKEYREJECTED);
		if (strstr(pair->transport.why, cases[i].why) != pair->transport.why) {
			fail_msg("%s: %s", cases[i].options, pair->transport.why);
		}
		assert_int_equal(pair->transport.fd, -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(options_of_tcp),
		TEST(reads_what_there_is),
		TEST(deadline_ends_a_read),
		TEST(deadline_ends_a_write),
		TEST(writes_all),
		TEST(writing_to_a_closed_peer),
		TEST(confirms),
		TEST(confirms_nothing_after_the_end),
		TEST(deadline_ends_a_confirmation),
		TEST(datagrams),
		TEST(end_of_the_worker_sets_a_deadline),
		TEST(deadline_ends_a_connect),
		TEST(places_that_there_are_not),
		TEST(unix_socket),
		TEST(silent_server_has_no_tls),
		TEST(names_in_the_hello),
		TEST(server_in_clear_has_no_tls),
		TEST(files_of_tls),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
