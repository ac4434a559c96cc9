/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/sensor/redis/scripted_server.h"

#include "sensor/redis/redis.h"
#include "sensor/redis/redis_private.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ASK_MASTER   "SENTINEL GET-MASTER-ADDR-BY-NAME main"
#define IS_MASTER    "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n"

/* Two servers (sentinel and master, or two nodes), and the client. */
struct bench {
	struct scripted_server first, second;
	struct redis_url url;
	struct redis *redis;
};

static int set_up(void **state)
{
	static struct bench bench;
	scripted_open(&bench.first);
	scripted_open(&bench.second);
	bench.redis = redis_new(&bench.url);
	*state = &bench;
	return bench.redis == NULL;
}

static int tear_down(void **state)
{
	struct bench *b = *state;
	redis_free(b->redis);
	return 0;
}

static void target(struct bench *b, const char *text)
{
	char error[256];
	if (redis_url_parse(&b->url, text, error, sizeof(error)) != 0) {
		fail_msg("%s: %s", text, error);
	}
	redis_set_deadline(b->redis, 0);
}

/* A target of the first server: `form` has one %u for its port. */
static void target_of_first(struct bench *b, const char *before, const char *after)
{
	char text[256];
	(void)snprintf(text, sizeof(text), "%s127.0.0.1:%u%s", before, b->first.port, after);
	target(b, text);
}

/* Where one server sends the client to: the other one. */
static const char *second_place(const struct bench *b, char text[static 64])
{
	char port[8];
	int size = snprintf(port, sizeof(port), "%u", b->second.port);
	(void)snprintf(text, 64, "*2\r\n$9\r\n127.0.0.1\r\n$%d\r\n%s\r\n", size, port);
	return text;
}

static void check_open(struct bench *b, int wanted, const char *why)
{
	int ret = redis_open(b->redis);
	if (ret != wanted) {
		fail_msg("redis_open: %d: %s", ret, redis_error(b->redis));
	}
	assert_int_equal(redis_is_open(b->redis), wanted == 0);
	if (wanted != 0) {
		assert_non_null(strstr(redis_error(b->redis), why));
	}
}

static void unused(struct scripted_server *server)
{
	(void)close(server->listener);
}

static void finish(struct bench *b)
{
	redis_close(b->redis);
	scripted_end(&b->first);
}

#define START(server, steps) scripted_start(&(server), steps, COUNT(steps))

/* One server */

static void authenticates_and_selects(void **state)
{
	struct bench *b = *state;
	static const struct scripted_step steps[] = {
		SCRIPT_ACCEPT,
		{ "AUTH sensor secret", "+OK\r\n" },
		{ "SELECT 3", "+OK\r\n" },
		SCRIPT_ACCEPT,
		{ "AUTH secret", "+OK\r\n" },
		SCRIPT_ACCEPT,
		{ "AUTH wrong", "-WRONGPASS invalid\r\n" },
		SCRIPT_ACCEPT,
		{ "SELECT 99", "-ERR DB index is out of range\r\n" },
		SCRIPT_ACCEPT,
	};
	unused(&b->second);
	START(b->first, steps);
	target_of_first(b, "redis://sensor:secret@", "/3");
	check_open(b, 0, "");
	target_of_first(b, "redis://:secret@", "");
	check_open(b, 0, "");
	target_of_first(b, "redis://:wrong@", "");
	check_open(b, TROUBLE_CONFIG, "WRONGPASS");
	target_of_first(b, "redis://", "/99");
	check_open(b, TROUBLE_CONFIG, "out of range");
	target_of_first(b, "redis://", "");
	check_open(b, 0, "");
	finish(b);
}

static void refused_connection(void **state)
{
	struct bench *b = *state;
	unused(&b->second);
	target_of_first(b, "redis://", "");
	unused(&b->first);
	check_open(b, TROUBLE_LINK, "Connection refused");
}

static int ask_ping(struct bench *b)
{
	const char *argv[] = { "PING" };
	redisReply *reply;
	int ret = redis_ask(b->redis, 1, argv, &reply);
	if (ret == 0) {
		freeReplyObject(reply);
	}
	return ret;
}

static void broken_replies_close_the_connection(void **state)
{
	struct bench *b = *state;
	static const struct scripted_step steps[] = {
		SCRIPT_ACCEPT, { "PING", NULL },
		SCRIPT_ACCEPT, { "PING", "HTTP/1.1 400 Bad Request\r\n" },
		SCRIPT_ACCEPT, { "PING", "$5\r\nPO" },
		SCRIPT_CLOSE,
	};
	static const char *const why[] = { "Connection reset", "Protocol error",
		                           "Connection reset" };
	unused(&b->second);
	START(b->first, steps);
	target_of_first(b, "redis://", "");
	for (size_t i = 0; i < COUNT(why); i++) {
		check_open(b, 0, "");
		assert_int_equal(ask_ping(b), TROUBLE_LINK);
		assert_non_null(strstr(redis_error(b->redis), why[i]));
		assert_false(redis_is_open(b->redis));
	}
	finish(b);
}

/* Replies that announce too much, or do not end. */
static void endless_replies(void **state)
{
	struct bench *b = *state;
	static char line[REPLY_LINE_MAX + 2], strings[REDIS_REPLY_MAX + 64];
	memset(line, '+', sizeof(line) - 1);
	memset(strings, 'x', sizeof(strings) - 1);
	memcpy(strings, "*2\r\n$6000000\r\n", 14);
	memcpy(strings + 6000014, "\r\n$6000000\r\n", 12);
	const struct scripted_step steps[] = {
		SCRIPT_ACCEPT, { "PING", "$100000000\r\n" },
		SCRIPT_ACCEPT, { "PING", "*2147483647\r\n" },
		SCRIPT_ACCEPT, { "PING", "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n" },
		SCRIPT_ACCEPT, { "PING", line },
		SCRIPT_ACCEPT, { "PING", strings },
	};
	static const char *const why[] = {
		"a reply has a string that is too long", "a reply has too many elements",
		"a reply has arrays nested too deeply",  "a reply has a line that is too long",
		"a reply is larger than 8 MiB",
	};
	unused(&b->second);
	START(b->first, steps);
	target_of_first(b, "redis://", "");
	for (size_t i = 0; i < COUNT(why); i++) {
		check_open(b, 0, "");
		assert_int_equal(ask_ping(b), TROUBLE_LINK);
		assert_string_equal(redis_error(b->redis), why[i]);
		assert_false(redis_is_open(b->redis));
	}
	finish(b);
}

/* Replies that come together, or octet by octet, count each for itself. */
static void many_replies_stay_below_the_limit(void **state)
{
	struct bench *b = *state;
	static char part[REDIS_REPLY_MAX / 2 + 64];
	(void)snprintf(part, sizeof(part), "$%d\r\n", (int)REDIS_REPLY_MAX / 2);
	size_t head = strlen(part);
	memset(part + head, 'x', REDIS_REPLY_MAX / 2);
	memcpy(part + head + REDIS_REPLY_MAX / 2, "\r\n", 3);
	/* Two strings of seven digits each, whose reply has just the octets that it may have. */
	static char most[REDIS_REPLY_MAX + 1];
	const int size = (int)REDIS_REPLY_MAX / 2 - 14;
	memset(most, 'x', REDIS_REPLY_MAX);
	size_t first = (size_t)snprintf(most, sizeof(most), "*2\r\n$%d\r\n", size);
	most[first] = 'x';
	head = (size_t)snprintf(most + first + size, 16, "\r\n$%d\r\n", size);
	most[first + (size_t)size + head] = 'x';
	memcpy(most + REDIS_REPLY_MAX - 2, "\r\n", 3);
	const struct scripted_step steps[] = {
		SCRIPT_ACCEPT,    { "PING", part }, { "PING", part },
		{ "PING", part }, { "PING", most },
	};
	unused(&b->second);
	START(b->first, steps);
	target_of_first(b, "redis://", "");
	check_open(b, 0, "");
	for (int i = 0; i < 4; i++) {
		assert_int_equal(ask_ping(b), 0);
	}
	finish(b);
}

/* Errors */

static void errors_by_kind(void **state)
{
	struct bench *b = *state;
	static const struct {
		const char *text;
		int wanted;
	} cases[] = {
		{ "LOADING Redis is loading the dataset", TROUBLE_WAIT },
		{ "READONLY You can't write against a read only replica.", TROUBLE_WAIT },
		{ "OOM command not allowed", TROUBLE_WAIT },
		{ "MISCONF Redis is configured to save", TROUBLE_WAIT },
		{ "BUSY Redis is busy running a script", TROUBLE_WAIT },
		{ "TRYAGAIN Multiple keys request", TROUBLE_WAIT },
		{ "CLUSTERDOWN The cluster is down", TROUBLE_WAIT },
		{ "MASTERDOWN Link with MASTER is down", TROUBLE_WAIT },
		{ "NOREPLICAS Not enough good replicas", TROUBLE_WAIT },
		{ "OOM", TROUBLE_WAIT },
		{ "EXECABORT Transaction discarded because of: OOM command", TROUBLE_WAIT },
		{ "ERR max number of clients reached", TROUBLE_WAIT },
		{ "EXECABORT Transaction discarded because of previous errors.", TROUBLE_CONFIG },
		{ "OOMPH", TROUBLE_CONFIG },
		{ "LOAD", TROUBLE_CONFIG },
		{ "WRONGTYPE Operation against a key", TROUBLE_CONFIG },
		{ "NOAUTH Authentication required.", TROUBLE_CONFIG },
		/* Redirections of a single server are errors. */
		{ "MOVED 1 127.0.0.1:7000", TROUBLE_CONFIG },
		{ "", TROUBLE_CONFIG },
	};
	unused(&b->first);
	unused(&b->second);
	target(b, "redis://127.0.0.1");
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[128];
		(void)snprintf(text, sizeof(text), "%s", cases[i].text);
		redisReply reply = { .type = REDIS_REPLY_ERROR, .str = text };
		reply.len = strlen(text);
		assert_int_equal(redis_judge(b->redis, &reply), cases[i].wanted);
		assert_true(cases[i].text[0] == '\0' ||
		            strstr(text, redis_error(b->redis)) != NULL);
	}
	const redisReply good = { .type = REDIS_REPLY_STATUS };
	assert_int_equal(redis_judge(b->redis, &good), 0);
}

/* Sentinels */

static void sentinel_names_the_master(void **state)
{
	struct bench *b = *state;
	char place[64];
	const struct scripted_step sentinel[] = { SCRIPT_ACCEPT,
		                                  { ASK_MASTER, second_place(b, place) } };
	static const struct scripted_step master[] = {
		SCRIPT_ACCEPT,         { "AUTH secret", "+OK\r\n" }, { "SELECT 2", "+OK\r\n" },
		{ "ROLE", IS_MASTER }, { "PING", "+PONG\r\n" },
	};
	START(b->first, sentinel);
	START(b->second, master);
	target_of_first(b, "redis+sentinel://:secret@", "/main/2");
	check_open(b, 0, "");
	assert_int_equal(ask_ping(b), 0);
	finish(b);
	scripted_end(&b->second);
}

static void sentinel_that_wants_a_password(void **state)
{
	struct bench *b = *state;
	char place[64];
	const struct scripted_step sentinel[] = {
		SCRIPT_ACCEPT,
		{ ASK_MASTER, "-NOAUTH Authentication required.\r\n" },
		{ "AUTH user secret", "+OK\r\n" },
		{ ASK_MASTER, second_place(b, place) },
		SCRIPT_ACCEPT,
		{ ASK_MASTER, "-NOAUTH Authentication required.\r\n" },
		{ "AUTH user secret", "-WRONGPASS no\r\n" },
		SCRIPT_ACCEPT,
		{ ASK_MASTER, "-NOPERM no\r\n" },
	};
	static const struct scripted_step master[] = {
		SCRIPT_ACCEPT,
		{ "AUTH user secret", "+OK\r\n" },
		{ "ROLE", IS_MASTER },
	};
	START(b->first, sentinel);
	START(b->second, master);
	target_of_first(b, "redis+sentinel://user:secret@", "/main");
	check_open(b, 0, "");
	check_open(b, TROUBLE_CONFIG, "WRONGPASS");
	scripted_end(&b->second);
	check_open(b, TROUBLE_CONFIG, "NOPERM");
	finish(b);
}

static void sentinels_that_know_nothing(void **state)
{
	struct bench *b = *state;
	static const struct {
		const char *reply;
		int wanted;
		const char *why;
	} cases[] = {
		{ "*-1\r\n", TROUBLE_CONFIG, "the sentinel does not know this master" },
		{ "$-1\r\n", TROUBLE_CONFIG, "the sentinel does not know this master" },
		{ "+OK\r\n", TROUBLE_LINK, "no sentinel" },
		{ "*0\r\n", TROUBLE_LINK, "no sentinel" },
		{ "*1\r\n$1\r\nx\r\n", TROUBLE_LINK, "no sentinel" },
		{ "*3\r\n$1\r\nx\r\n$1\r\n1\r\n$1\r\n1\r\n", TROUBLE_LINK, "no sentinel" },
		{ "*2\r\n$1\r\nx\r\n:6379\r\n", TROUBLE_LINK, "no sentinel" },
		{ "*2\r\n:1\r\n$4\r\n6379\r\n", TROUBLE_LINK, "no sentinel" },
		{ "-ERR unknown command 'SENTINEL'\r\n", TROUBLE_CONFIG, "unknown command" },
		{ NULL, TROUBLE_LINK, "Connection reset" },
	};
	struct scripted_step steps[2 * COUNT(cases)];
	for (size_t i = 0; i < COUNT(cases); i++) {
		steps[2 * i] = (struct scripted_step)SCRIPT_ACCEPT;
		steps[2 * i + 1] = (struct scripted_step){ ASK_MASTER, cases[i].reply };
	}
	unused(&b->second);
	START(b->first, steps);
	target_of_first(b, "redis+sentinel://", "/main");
	for (size_t i = 0; i < COUNT(cases); i++) {
		check_open(b, cases[i].wanted, cases[i].why);
	}
	finish(b);
}

/* The first that cannot be reached, or does not know the master, is passed over. */
static void next_sentinel(void **state)
{
	struct bench *b = *state;
	char text[256], place[64];
	const struct scripted_step first[] = { SCRIPT_ACCEPT, { ASK_MASTER, "*-1\r\n" } };
	const struct scripted_step second[] = {
		SCRIPT_ACCEPT,
		{ ASK_MASTER, second_place(b, place) },
		SCRIPT_ACCEPT,
		{ "ROLE", IS_MASTER },
	};
	uint16_t nobody;
	int listener = scripted_listen(&nobody);
	(void)close(listener);
	START(b->first, first);
	START(b->second, second);
	(void)snprintf(text, sizeof(text),
	               "redis+sentinel://127.0.0.1:%u,127.0.0.1:%u,127.0.0.1:%u/main", nobody,
	               b->first.port, b->second.port);
	target(b, text);
	check_open(b, 0, "");
	finish(b);
	scripted_end(&b->second);
}

static void role_of_the_master(void **state)
{
	struct bench *b = *state;
	static const struct {
		const char *reply;
		int wanted;
	} cases[] = {
		{ IS_MASTER, 0 },
		{ "*5\r\n$5\r\nslave\r\n$1\r\nx\r\n:1\r\n$1\r\ny\r\n:0\r\n", TROUBLE_WAIT },
		{ "*0\r\n", TROUBLE_WAIT },
		{ "*1\r\n:1\r\n", TROUBLE_WAIT },
		{ "$6\r\nmaster\r\n", TROUBLE_WAIT },
		/* A user who may not ask is believed to be at the right place. */
		{ "-NOPERM this user has no permissions\r\n", 0 },
		{ "-ERR unknown command\r\n", TROUBLE_CONFIG },
		{ "-LOADING\r\n", TROUBLE_WAIT },
	};
	char place[64];
	struct scripted_step sentinel[2 * COUNT(cases)], master[2 * COUNT(cases)];
	(void)second_place(b, place);
	for (size_t i = 0; i < COUNT(cases); i++) {
		sentinel[2 * i] = master[2 * i] = (struct scripted_step)SCRIPT_ACCEPT;
		sentinel[2 * i + 1] = (struct scripted_step){ ASK_MASTER, place };
		master[2 * i + 1] = (struct scripted_step){ "ROLE", cases[i].reply };
	}
	START(b->first, sentinel);
	START(b->second, master);
	target_of_first(b, "redis+sentinel://", "/main");
	for (size_t i = 0; i < COUNT(cases); i++) {
		check_open(b, cases[i].wanted, "");
	}
	finish(b);
	scripted_end(&b->second);
}

/* Cluster */

static int judge(struct bench *b, const char *text)
{
	char copy[512];
	(void)snprintf(copy, sizeof(copy), "%s", text);
	redisReply reply = { .type = REDIS_REPLY_ERROR, .len = strlen(copy), .str = copy };
	return redis_judge(b->redis, &reply);
}

static void redirections(void **state)
{
	struct bench *b = *state;
	char longest[300] = "MOVED 1 ", too_long[300] = "MOVED 1 ";
	memset(longest + 8, 'a', 255);
	memcpy(longest + 8 + 255, ":1", 3);
	memset(too_long + 8, 'a', 256);
	memcpy(too_long + 8 + 256, ":1", 3);
	const struct {
		const char *text, *host;
		uint16_t port;
		bool asking;
	} good[] = {
		{ "MOVED 3999 127.0.0.1:6381", "127.0.0.1", 6381, false },
		{ "ASK 3999 127.0.0.1:65535", "127.0.0.1", 65535, true },
		{ "MOVED 3999 2001:db8::1:7000", "2001:db8::1", 7000, false },
		{ "EXECABORT Transaction discarded because of: ASK 1 b.test:1", "b.test", 1, true },
		/* An empty host is that of the sender. */
		{ "MOVED 3999 :6381", "192.0.2.1", 6381, false },
		{ longest, NULL, 1, false },
	};
	static const char *const bad[] = {
		"MOVED",          "MOVED ",          "MOVED 1",        "MOVED 1 ",
		"MOVED 1 host",   "MOVED 1 host:",   "MOVED 1 host:0", "MOVED 1 host:65536",
		"MOVED 1 host:x", "ASKING 1 host:1", "ASK 1",
	};
	unused(&b->first);
	unused(&b->second);
	target(b, "redis+cluster://127.0.0.1");
	(void)snprintf(b->redis->at.host, sizeof(b->redis->at.host), "192.0.2.1");
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_int_equal(judge(b, good[i].text), TROUBLE_MOVED);
		assert_int_equal(b->redis->moved.port, good[i].port);
		assert_int_equal(b->redis->asking, good[i].asking);
		if (good[i].host != NULL) {
			assert_string_equal(b->redis->moved.host, good[i].host);
		}
	}
	assert_int_equal(strlen(b->redis->moved.host), 255);
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(judge(b, bad[i]), TROUBLE_CONFIG);
	}
	assert_int_equal(judge(b, too_long), TROUBLE_CONFIG);
}

/* What a cluster lists that consists of the second server. */
static const char *list_second(const struct bench *b, char text[static 128])
{
	(void)snprintf(text, 128,
	               "*1\r\n*3\r\n:0\r\n:16383\r\n*3\r\n$9\r\n127.0.0.1\r\n:%u\r\n$2\r\nid\r\n",
	               b->second.port);
	return text;
}

/* Follows MOVED once, and goes back to the named nodes when that one is gone. */
static void moved(void **state)
{
	struct bench *b = *state;
	char redirect[64], list[128];
	(void)snprintf(redirect, sizeof(redirect), "-MOVED 7 127.0.0.1:%u\r\n", b->second.port);
	const struct scripted_step first[] = {
		SCRIPT_ACCEPT, { "PING", redirect },
		SCRIPT_ACCEPT, { "CLUSTER SLOTS", list_second(b, list) },
		SCRIPT_ACCEPT, { "PING", "+PONG\r\n" },
	};
	static const struct scripted_step second[] = { SCRIPT_ACCEPT, { "PING", NULL } };
	START(b->first, first);
	START(b->second, second);
	target_of_first(b, "redis+cluster://", "");
	check_open(b, 0, "");
	assert_int_equal(ask_ping(b), TROUBLE_MOVED);
	check_open(b, 0, "");
	assert_int_equal(ask_ping(b), TROUBLE_LINK);
	scripted_end(&b->second);
	check_open(b, 0, "");
	assert_int_equal(ask_ping(b), 0);
	finish(b);
}

/* A server of the attacker, on another address of this host. */
static int listen_elsewhere(uint16_t *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		                       .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1) };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	*port = ntohs(address.sin_port);
	return fd;
}

/* One connection was made to the attacker's server, and no octet was sent. */
static void check_untouched(int listener)
{
	char octet;
	int fd = accept(listener, NULL, NULL);
	assert_true(fd >= 0);
	assert_int_equal(recv(fd, &octet, 1, 0), 0);
	(void)close(fd);
	assert_int_equal(accept(listener, NULL, NULL), -1);
	(void)close(listener);
}

/* Redirections of a hostile node, or of somebody between it and us. */
static void hostile_redirections(void **state)
{
	struct bench *b = *state;
	uint16_t port;
	int listener = listen_elsewhere(&port);
	char to[64], list[128];
	(void)snprintf(to, sizeof(to), "-MOVED 7 127.0.0.2:%u\r\n", port);
	(void)snprintf(list, sizeof(list),
	               "*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$9\r\n127.0.0.2\r\n:%u\r\n", port);
	const struct scripted_step steps[] = {
		/* A node that the cluster does not list. */
		SCRIPT_ACCEPT,
		{ "PING", to },
		SCRIPT_ACCEPT,
		{ "CLUSTER SLOTS", "*0\r\n" },
		SCRIPT_ACCEPT,
		{ "PING", to },
		SCRIPT_ACCEPT,
		{ "CLUSTER SLOTS", "*1\r\n*3\r\n:0\r\n:1\r\n*2\r\n$9\r\n127.0.0.2\r\n:1\r\n" },
		/* A list that cannot be had. */
		SCRIPT_ACCEPT,
		{ "PING", to },
		SCRIPT_ACCEPT,
		{ "CLUSTER SLOTS", "-NOPERM no\r\n" },
		/* Another network than those of redirect=. */
		SCRIPT_ACCEPT,
		{ "PING", to },
		/* A password, to a node that is listed and was not named. */
		SCRIPT_ACCEPT,
		{ "AUTH secret", "+OK\r\n" },
		{ "PING", to },
		SCRIPT_ACCEPT,
		{ "AUTH secret", "+OK\r\n" },
		{ "CLUSTER SLOTS", list },
	};
	static const struct {
		const char *before, *after, *why;
	} cases[] = {
		{ "redis+cluster://", "", "is not a node of the cluster" },
		{ "redis+cluster://", "", "is not a node of the cluster" },
		{ "redis+cluster://", "", "NOPERM" },
		{ "redis+cluster://", "?redirect=127.0.0.1/32,2001:db8::/32",
		  "redirected to 127.0.0.2: the server is in no network of redirect=" },
		{ "redis+cluster://:secret@", "",
		  "the password is not sent to this server without TLS" },
	};
	unused(&b->second);
	START(b->first, steps);
	for (size_t i = 0; i < COUNT(cases); i++) {
		target_of_first(b, cases[i].before, cases[i].after);
		check_open(b, 0, "");
		assert_int_equal(ask_ping(b), TROUBLE_MOVED);
		check_open(b, TROUBLE_CONFIG, cases[i].why);
	}
	finish(b);
	check_untouched(listener);
}

/* A sentinel names a master elsewhere. */
static void hostile_sentinel(void **state)
{
	struct bench *b = *state;
	uint16_t port;
	int listener = listen_elsewhere(&port);
	char digits[8], master[64];
	int size = snprintf(digits, sizeof(digits), "%u", port);
	(void)snprintf(master, sizeof(master), "*2\r\n$9\r\n127.0.0.2\r\n$%d\r\n%s\r\n", size,
	               digits);
	const struct scripted_step steps[] = {
		SCRIPT_ACCEPT,
		{ ASK_MASTER, master },
		SCRIPT_ACCEPT,
		{ ASK_MASTER, master },
	};
	unused(&b->second);
	START(b->first, steps);
	target_of_first(b, "redis+sentinel://", "/main?redirect=127.0.0.1");
	check_open(b, TROUBLE_CONFIG, "the server is in no network of redirect=");
	target_of_first(b, "redis+sentinel://:secret@", "/main");
	check_open(b, TROUBLE_CONFIG, "the password is not sent to this server without TLS");
	finish(b);
	check_untouched(listener);
}

/* redirect= names the network: no list is needed, and the password may go there. */
static void allowed_redirection(void **state)
{
	struct bench *b = *state;
	char redirect[64];
	(void)snprintf(redirect, sizeof(redirect), "-MOVED 7 127.0.0.1:%u\r\n", b->second.port);
	const struct scripted_step first[] = {
		SCRIPT_ACCEPT,
		{ "AUTH secret", "+OK\r\n" },
		{ "PING", redirect },
	};
	static const struct scripted_step second[] = {
		SCRIPT_ACCEPT,
		{ "AUTH secret", "+OK\r\n" },
		{ "PING", "+PONG\r\n" },
	};
	START(b->first, first);
	START(b->second, second);
	target_of_first(b, "redis+cluster://:secret@", "?redirect=192.0.2.1,127.0.0.0/8");
	check_open(b, 0, "");
	assert_int_equal(ask_ping(b), TROUBLE_MOVED);
	check_open(b, 0, "");
	assert_int_equal(ask_ping(b), 0);
	finish(b);
	scripted_end(&b->second);
}

/* From another node each time; those that cannot be reached are passed over. */
static void nodes_take_turns(void **state)
{
	struct bench *b = *state;
	static const struct scripted_step steps[] = {
		SCRIPT_ACCEPT,
		{ "PING", "+PONG\r\n" },
		SCRIPT_ACCEPT,
		{ "PING", "+PONG\r\n" },
	};
	char text[256];
	uint16_t nobody;
	int listener = scripted_listen(&nobody);
	(void)close(listener);
	START(b->first, steps);
	START(b->second, steps);
	(void)snprintf(text, sizeof(text), "redis+cluster://127.0.0.1:%u,127.0.0.1:%u,127.0.0.1:%u",
	               b->first.port, nobody, b->second.port);
	target(b, text);
	const uint16_t wanted[] = { b->first.port, b->second.port, b->first.port, b->second.port };
	for (size_t i = 0; i < COUNT(wanted); i++) {
		check_open(b, 0, "");
		assert_int_equal(b->redis->at.port, wanted[i]);
		assert_int_equal(ask_ping(b), 0);
	}
	finish(b);
	scripted_end(&b->second);
}

static void add_words(struct bench *b, int ret, int argc, const char *first, const char *second)
{
	const char *argv[] = { first, second };
	assert_int_equal(redis_add(b->redis, argc, argv, NULL), ret);
}

/* A slot that is migrating: ASKING before each command, once before a transaction; the caller does
 * not see its replies. */
static void asking(void **state)
{
	struct bench *b = *state;
	char redirect[64], list[128];
	(void)snprintf(redirect, sizeof(redirect), "-ASK 7 127.0.0.1:%u\r\n", b->second.port);
	const struct scripted_step first[] = {
		SCRIPT_ACCEPT,
		{ "PING", redirect },
		SCRIPT_ACCEPT,
		{ "CLUSTER SLOTS", list_second(b, list) },
	};
	static const struct scripted_step second[] = {
		SCRIPT_ACCEPT,           { "ASKING", "+OK\r\n" }, { "GET a", "$1\r\n1\r\n" },
		{ "ASKING", "+OK\r\n" }, { "MULTI", "+OK\r\n" },  { "SET b", "+QUEUED\r\n" },
		{ "EXEC", "*0\r\n" },    { "ASKING", "+OK\r\n" }, { "GET c", "$1\r\n2\r\n" },
		{ "ASKING", NULL },
	};
	static const char *const replies[] = { "1", "OK", "QUEUED", NULL, "2" };
	START(b->first, first);
	START(b->second, second);
	target_of_first(b, "redis+cluster://", "");
	check_open(b, 0, "");
	assert_int_equal(ask_ping(b), TROUBLE_MOVED);
	check_open(b, 0, "");
	add_words(b, 0, 2, "GET", "dropped");
	assert_true(redis_pending(b->redis) > 0);
	redis_discard(b->redis);
	assert_int_equal(redis_pending(b->redis), 0);
	add_words(b, 0, 2, "GET", "a");
	add_words(b, 0, 1, "MULTI", NULL);
	add_words(b, 0, 2, "SET", "b");
	add_words(b, 0, 1, "EXEC", NULL);
	add_words(b, 0, 2, "GET", "c");
	assert_int_equal(redis_send(b->redis), 0);
	for (size_t i = 0; i < COUNT(replies); i++) {
		redisReply *reply;
		assert_int_equal(redis_reply(b->redis, &reply), 0);
		if (replies[i] != NULL) {
			assert_string_equal(reply->str, replies[i]);
		} else {
			assert_int_equal(reply->type, REDIS_REPLY_ARRAY);
		}
		freeReplyObject(reply);
	}
	redisReply *none = NULL;
	add_words(b, 0, 2, "GET", "d");
	assert_int_equal(redis_send(b->redis), 0);
	assert_int_equal(redis_reply(b->redis, &none), TROUBLE_LINK);
	assert_null(none);
	finish(b);
	scripted_end(&b->second);
}

static void asking_has_a_limit(void **state)
{
	struct bench *b = *state;
	unused(&b->first);
	unused(&b->second);
	target(b, "redis+cluster://127.0.0.1");
	assert_int_equal(judge(b, "ASK 1 127.0.0.1:1"), TROUBLE_MOVED);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < REDIS_ASKING_MAX; i++) {
			add_words(b, 0, 2, "GET", "a");
		}
		add_words(b, TROUBLE_WAIT, 2, "GET", "a");
		redis_discard(b->redis);
	}
	/* DISCARD ends a transaction, as EXEC does. */
	add_words(b, 0, 1, "MULTI", NULL);
	add_words(b, 0, 1, "DISCARD", NULL);
	add_words(b, 0, 2, "GET", "a");
	assert_int_equal(b->redis->asked_count, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(authenticates_and_selects),
		TEST(refused_connection),
		TEST(broken_replies_close_the_connection),
		TEST(endless_replies),
		TEST(many_replies_stay_below_the_limit),
		TEST(errors_by_kind),
		TEST(sentinel_names_the_master),
		TEST(sentinel_that_wants_a_password),
		TEST(sentinels_that_know_nothing),
		TEST(next_sentinel),
		TEST(role_of_the_master),
		TEST(redirections),
		TEST(moved),
		TEST(hostile_redirections),
		TEST(hostile_sentinel),
		TEST(allowed_redirection),
		TEST(nodes_take_turns),
		TEST(asking),
		TEST(asking_has_a_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
