/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/sensor/redis/scripted_server.h"

#include "sensor/redis/redis.h"
#include "sensor/redis/redis_stream.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Replies: ids have three octets, texts one. */
#define NONE                    "*-1\r\n"
#define ENTRY(id, text)         "*2\r\n$3\r\n" id "\r\n*2\r\n$5\r\nevent\r\n$1\r\n" text "\r\n"
#define ENTRIES(count, entries) "*1\r\n*2\r\n$9\r\nnsmx:hits\r\n*" #count "\r\n" entries

/* Commands */
#define READ(id)   "XREAD COUNT 50 BLOCK 500 STREAMS nsmx:hits " id
#define FIND_END   "XREVRANGE nsmx:hits + - COUNT 1"
#define CREATE(id) "XGROUP CREATE nsmx:hits g " id " MKSTREAM"
#define CLAIM      "XAUTOCLAIM nsmx:hits g me 60000 0 COUNT 1000 JUSTID"
#define READ_OWN   "XREADGROUP GROUP g me COUNT 50 STREAMS nsmx:hits 0"
#define READ_NEW   "XREADGROUP GROUP g me COUNT 50 BLOCK 500 STREAMS nsmx:hits >"

struct bench {
	struct scripted_server server;
	struct redis_url url;
	struct redis_stream_config config;
	struct redis_stream *stream;
	char taken[32];
	bool closed; /* what was taken cannot be written */
};

static void take(void *ctx, const char *text, size_t size)
{
	struct bench *b = ctx;
	size_t before = strlen(b->taken);
	(void)snprintf(b->taken + before, sizeof(b->taken) - before, "%.*s", (int)size, text);
}

static bool flush(void *ctx)
{
	struct bench *b = ctx;
	(void)strcat(b->taken, "|");
	return !b->closed;
}

static int set_up(void **state)
{
	static struct bench bench;
	char target[64], error[256];
	bench = (struct bench){ .config = { .url = &bench.url,
		                            .since_ms = REDIS_STREAM_FROM_NOW,
		                            .take = take,
		                            .flush = flush,
		                            .ctx = &bench } };
	scripted_open(&bench.server);
	(void)snprintf(target, sizeof(target), "redis://127.0.0.1:%u", bench.server.port);
	*state = &bench;
	return redis_url_parse(&bench.url, target, error, sizeof(error));
}

static int tear_down(void **state)
{
	redis_stream_free(((struct bench *)*state)->stream);
	return 0;
}

static void start(struct bench *b, const struct scripted_step *steps, size_t count)
{
	b->stream = redis_stream_new(&b->config);
	assert_non_null(b->stream);
	scripted_start(&b->server, steps, count);
}

#define START(b, steps) start(b, steps, COUNT(steps))

static void use_group(struct bench *b)
{
	b->config.group = "g";
	b->config.consumer = "me";
}

/* Reads once; what is taken with it. */
static void expect(struct bench *b, const char *taken)
{
	b->taken[0] = '\0';
	int ret = redis_stream_read(b->stream);
	if (ret != 0) {
		fail_msg("%d: %s", ret, redis_stream_error(b->stream));
	}
	assert_string_equal(b->taken, taken);
}

static void expect_trouble(struct bench *b, int trouble, bool deleted, bool go_on)
{
	assert_int_equal(redis_stream_read(b->stream), trouble);
	assert_int_equal(redis_stream_was_deleted(b->stream), deleted);
	assert_int_equal(redis_stream_recover(b->stream, trouble), go_on);
}

static void finish(struct bench *b)
{
	redis_stream_free(b->stream);
	b->stream = NULL;
	scripted_end(&b->server);
}

static void reads_from_now_on(void **state)
{
	static const struct scripted_step steps[] = {
		SCRIPT_ACCEPT,
		{ FIND_END, "*1\r\n" ENTRY("5-3", "x") },
		{ READ("5-3"), NONE },
		{ READ("5-3"), ENTRIES(2, ENTRY("6-1", "a") ENTRY("6-2", "b")) },
		{ READ("6-2"), ENTRIES(1, ENTRY("6-3", "c")) },
		{ READ("6-3"), NULL },
		SCRIPT_ACCEPT,
		{ READ("6-3"), ENTRIES(1, ENTRY("6-4", "d")) },
	};
	struct bench *b = *state;
	START(b, steps);
	expect(b, "");
	expect(b, "ab|");
	expect(b, "c|");
	expect_trouble(b, TROUBLE_LINK, false, true);
	expect(b, "d|");
	finish(b);
}

static void an_empty_stream_begins_at_its_start(void **state)
{
	static const struct scripted_step steps[] = {
		SCRIPT_ACCEPT,
		{ FIND_END, "*0\r\n" },
		{ READ("0-0"), ENTRIES(1, ENTRY("1-1", "a")) },
	};
	struct bench *b = *state;
	START(b, steps);
	expect(b, "a|");
	finish(b);
}

/* What is no entry does not give a position. */
static void no_end_is_found(void **state)
{
	static const struct scripted_step steps[] = {
		SCRIPT_ACCEPT, { FIND_END, ":1\r\n" }, { READ("0-0"), NULL },
		SCRIPT_ACCEPT, { READ("0-0"), NONE },
	};
	static const char *const replies[] = { ":1\r\n", "*1\r\n:1\r\n",
		                               "*1\r\n*1\r\n$3\r\n5-3\r\n",
		                               "*2\r\n" ENTRY("5-3", "x") ENTRY("5-4", "x"),
		                               "*1\r\n*2\r\n:5\r\n*0\r\n" };
	for (size_t i = 0; i < COUNT(replies); i++) {
		struct scripted_step own[COUNT(steps)];
		struct bench *b = *state;
		memcpy(own, steps, sizeof(steps));
		own[1].reply = replies[i];
		START(b, own);
		expect_trouble(b, TROUBLE_LINK, false, true);
		expect(b, "");
		finish(b);
		assert_int_equal(set_up(state), 0);
	}
	(void)close(((struct bench *)*state)->server.listener);
}

static void reads_since_a_time(void **state)
{
	static const struct scripted_step steps[] = {
		SCRIPT_ACCEPT,
		{ READ("1000-0"), ENTRIES(1, ENTRY("1-1", "a")) },
	};
	struct bench *b = *state;
	b->config.since_ms = 1000;
	START(b, steps);
	expect(b, "a|");
	finish(b);
}

static void a_refusal_of_the_end(void **state)
{
	static const struct scripted_step steps[] = {
		SCRIPT_ACCEPT,
		{ FIND_END, "-WRONGTYPE it is a list\r\n" },
	};
	struct bench *b = *state;
	START(b, steps);
	expect_trouble(b, TROUBLE_CONFIG, false, false);
	assert_string_equal(redis_stream_error(b->stream), "WRONGTYPE it is a list");
	assert_false(redis_stream_recover(b->stream, TROUBLE_MEMORY));
	finish(b);
}

static void a_member_reads_its_own_first(void **state)
{
	static const struct scripted_step steps[] = {
		SCRIPT_ACCEPT,
		{ FIND_END, "*0\r\n" },
		{ CREATE("0-0"), "+OK\r\n" },
		{ CLAIM, "*0\r\n" },
		{ READ_OWN, ENTRIES(2, ENTRY("1-1", "a") ENTRY("1-2", "b")) },
		{ "XACK nsmx:hits g 1-1 1-2", ":2\r\n" },
		/* Deleted since it was delivered: nothing to take, but to acknowledge. */
		{ READ_OWN, ENTRIES(1, "*2\r\n$3\r\n1-3\r\n*-1\r\n") },
		{ "XACK nsmx:hits g 1-3", ":1\r\n" },
		{ READ_OWN, ENTRIES(0, "") },
		{ READ_NEW, NONE },
		{ READ_NEW, ENTRIES(1, ENTRY("1-4", "c")) },
		{ "XACK nsmx:hits g 1-4", ":1\r\n" },
		/* What could not be written is not acknowledged, and read again. */
		{ READ_NEW, ENTRIES(1, ENTRY("1-5", "d")) },
		{ READ_NEW, NULL },
		SCRIPT_ACCEPT,
		{ CREATE("1-5"), "-BUSYGROUP Consumer Group name already exists\r\n" },
		{ CLAIM, "*0\r\n" },
		{ READ_OWN, ENTRIES(1, ENTRY("1-5", "d")) },
		{ "XACK nsmx:hits g 1-5", "-LOADING\r\n" },
		SCRIPT_ACCEPT,
		{ CREATE("1-5"), "-BUSYGROUP Consumer Group name already exists\r\n" },
		{ CLAIM, "-LOADING\r\n" },
		SCRIPT_ACCEPT,
		{ CREATE("1-5"), "-NOPERM\r\n" },
	};
	struct bench *b = *state;
	use_group(b);
	START(b, steps);
	expect(b, "ab|");
	expect(b, "|");
	expect(b, "|");
	expect(b, "");
	expect(b, "c|");
	b->closed = true;
	expect(b, "d|");
	b->closed = false;
	expect_trouble(b, TROUBLE_LINK, false, true);
	expect_trouble(b, TROUBLE_WAIT, false, true);
	expect_trouble(b, TROUBLE_WAIT, false, true);
	expect_trouble(b, TROUBLE_CONFIG, false, false);
	finish(b);
}

/* Every entry of a stream that takes the place of a deleted one is new. */
static void a_deleted_stream(void **state)
{
	static const struct scripted_step steps[] = {
		SCRIPT_ACCEPT,
		{ CREATE("1000-0"), "+OK\r\n" },
		{ CLAIM, "*0\r\n" },
		{ READ_OWN, "-NOGROUP No such key\r\n" },
		SCRIPT_ACCEPT,
		{ CREATE("0-0"), "+OK\r\n" },
		{ CLAIM, "*0\r\n" },
		{ READ_OWN, NONE },
		{ READ_NEW, "-UNBLOCKED the stream key no longer exists\r\n" },
		SCRIPT_ACCEPT,
		{ CREATE("0-0"), "+OK\r\n" },
		{ CLAIM, "-NOGROUPS\r\n" },
	};
	struct bench *b = *state;
	use_group(b);
	b->config.since_ms = 1000;
	START(b, steps);
	expect_trouble(b, TROUBLE_CONFIG, true, true);
	expect(b, "");
	expect_trouble(b, TROUBLE_CONFIG, true, true);
	expect_trouble(b, TROUBLE_CONFIG, true, true);
	finish(b);
}

/* A server may be anything. */
static void other_replies(void **state)
{
	static const struct {
		const char *reply, *taken;
	} rows[] = {
		{ ":1\r\n", "" },
		{ "*0\r\n", "" },
		{ "*1\r\n:1\r\n", "" },
		{ "*2\r\n*2\r\n+k\r\n*0\r\n*2\r\n+k\r\n*0\r\n", "" },
		{ "*1\r\n*1\r\n+k\r\n", "" },
		{ "*1\r\n*3\r\n+k\r\n*0\r\n*0\r\n", "" },
		{ "*1\r\n*2\r\n+k\r\n:1\r\n", "" },
		{ ENTRIES(1, ":1\r\n"), "|" },
		{ ENTRIES(1, "*1\r\n$3\r\n9-1\r\n"), "|" },
		{ ENTRIES(1, "*3\r\n$3\r\n9-1\r\n*0\r\n*0\r\n"), "|" },
		{ ENTRIES(1, "*2\r\n:9\r\n*0\r\n"), "|" },
		/* Without the field its first one; the name of a field is no text; there is no
		 * value to the last name. */
		{ ENTRIES(1, "*2\r\n$3\r\n7-1\r\n*2\r\n:1\r\n$1\r\na\r\n"), "a|" },
		{ ENTRIES(1, "*2\r\n$3\r\n7-1\r\n*1\r\n$5\r\nevent\r\n"), "|" },
		{ ENTRIES(1, "*2\r\n$3\r\n7-1\r\n*3\r\n$1\r\nx\r\n$1\r\ny\r\n$5\r\nevent\r\n"),
		  "y|" },
		{ ENTRIES(1, "*2\r\n$3\r\n7-1\r\n*2\r\n$5\r\nevent\r\n:1\r\n"), "|" },
		{ ENTRIES(1, "*2\r\n$3\r\n7-1\r\n:1\r\n"), "|" },
		{ ENTRIES(1, "*2\r\n$3\r\n7-1\r\n*4\r\n$1\r\nx\r\n$5\r\nevent\r\n"
		             "$5\r\nevent\r\n$1\r\nb\r\n"),
		  "b|" },
	};
	struct scripted_step steps[COUNT(rows) + 2] = { SCRIPT_ACCEPT };
	struct bench *b = *state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		bool moved = i > 0 && strstr(rows[i - 1].reply, "7-1") != NULL;
		steps[i + 1] =
		        (struct scripted_step){ moved ? READ("7-1") : READ("5-0"), rows[i].reply };
	}
	steps[COUNT(rows) + 1] = (struct scripted_step){ READ("7-1"), NONE };
	b->config.since_ms = 5;
	START(b, steps);
	for (size_t i = 0; i < COUNT(rows); i++) {
		expect(b, rows[i].taken);
	}
	expect(b, "");
	finish(b);
}

/* Of an acknowledgement nothing is left when no entry has an id. */
static void nothing_to_acknowledge(void **state)
{
	static const struct scripted_step steps[] = {
		SCRIPT_ACCEPT,       { CREATE("5-0"), "+OK\r\n" },
		{ CLAIM, "*0\r\n" }, { READ_OWN, ENTRIES(1, ":1\r\n") },
		{ READ_OWN, NONE },  { READ_NEW, NONE },
	};
	struct bench *b = *state;
	use_group(b);
	b->config.since_ms = 5;
	START(b, steps);
	expect(b, "|");
	expect(b, "");
	expect(b, "");
	finish(b);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(reads_from_now_on),      TEST(an_empty_stream_begins_at_its_start),
		TEST(no_end_is_found),        TEST(reads_since_a_time),
		TEST(a_refusal_of_the_end),   TEST(a_member_reads_its_own_first),
		TEST(a_deleted_stream),       TEST(other_replies),
		TEST(nothing_to_acknowledge),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
