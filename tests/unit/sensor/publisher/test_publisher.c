/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/sensor/publisher/publisher_bench.h"

static void stream_has_the_fields(void **state)
{
	struct bench *b = *state;
	static const char *const hit[] = { "event", "{\"n\":1}", "id",   "id-1",
		                           "sev",   "75",        "rule", "a rule" };
	static const char *const log[] = { "event", "{\"n\":2}", "id", "id-2" };
	redis_server_start(&b->server);
	append(b, RECORD_HIT, 1);
	append(b, RECORD_LOG, 1);
	start_publisher(b);
	assert_int_equal(end_publisher(b), 0);

	redisReply *reply = ask(b, "XRANGE " KEY_HITS " - +");
	assert_int_equal(reply->elements, 1);
	const redisReply *fields = reply->element[0]->element[1];
	assert_int_equal(fields->elements, 8);
	for (size_t i = 0; i < 8; i++) {
		assert_string_equal(fields->element[i]->str, hit[i]);
	}
	freeReplyObject(reply);
	reply = ask(b, "XRANGE " KEY_LOG " - +");
	fields = reply->element[0]->element[1];
	assert_int_equal(fields->elements, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(fields->element[i]->str, log[i]);
	}
	freeReplyObject(reply);
	assert_int_equal(atomic_load(&b->shared->delivered), 2);
	assert_int_equal(atomic_load(&b->shared->errors), 0);
	assert_int_equal(logged(b, ""), 1);
	assert_int_equal(logged(b, "connected"), 1);
}

static void position_and_heartbeat(void **state)
{
	struct bench *b = *state;
	char id[JOURNAL_ID_SIZE], command[128];
	uint64_t position;
	redis_server_start(&b->server);
	append(b, RECORD_HIT, 20);
	start_publisher(b);
	assert_int_equal(end_publisher(b), 0);

	assert_int_equal(journal_id(b->journal_dir, id), 0);
	assert_int_equal(journal_position(b->journal_dir, b->url.hash, &position), 0);
	(void)snprintf(command, sizeof(command), "GET nsmx:journal:%s:%016" PRIx64, id,
	               b->url.hash);
	redisReply *reply = ask(b, command);
	assert_int_equal(strtoull(reply->str, NULL, 10), position);
	freeReplyObject(reply);
	memcpy(command, "TTL", 3);
	assert_in_range(ask_number(b, command), 7 * 86400 - 60, 7 * 86400);
	reply = ask(b, "HGET nsmx:sensor:bench packets");
	assert_string_equal(reply->str, "12345678901");
	freeReplyObject(reply);
	assert_in_range(ask_number(b, "TTL nsmx:sensor:bench"), 20, 30);
}

static void continues_at_its_position(void **state)
{
	struct bench *b = *state;
	redis_server_start(&b->server);
	for (unsigned i = 1; i <= 3; i++) {
		start_publisher(b);
		append(b, RECORD_HIT, 10);
		assert_int_equal(end_publisher(b), 0);
		expect_stream(b, 1, 10 * i);
	}
	/* Without a position in Redis, that of the journal counts. */
	run_command(b, "FLUSHALL");
	append(b, RECORD_HIT, 5);
	start_publisher(b);
	assert_int_equal(end_publisher(b), 0);
	expect_stream(b, 31, 35);
}

static void flushes_while_the_worker_lives(void **state)
{
	struct bench *b = *state;
	redis_server_start(&b->server);
	start_publisher(b);
	/* Less than a batch: the timer sends it, without another event. */
	append(b, RECORD_HIT, 3);
	await_delivered(b, 3);
	expect_stream(b, 1, 3);
	append(b, RECORD_HIT, 8);
	await_delivered(b, 11);
	expect_stream(b, 1, 11);
	assert_int_equal(end_publisher(b), 0);
	/* The counters are sent at the start and at the end, not all the time. */
	redisReply *reply = ask(b, "INFO commandstats");
	const char *calls = strstr(reply->str, "cmdstat_hset:calls=");
	assert_non_null(calls);
	assert_in_range(strtoul(calls + strlen("cmdstat_hset:calls="), NULL, 10), 1, 3);
	freeReplyObject(reply);
}

/* With nothing to deliver it waits: for the worker, or for the next time of its counters. */
static void an_idle_publisher_takes_no_time(void **state)
{
	struct bench *b = *state;
	struct timespec before, after;
	clockid_t clock;
	redis_server_start(&b->server);
	start_publisher(b);
	append(b, RECORD_HIT, 3);
	await_delivered(b, 3);
	assert_int_equal(clock_getcpuclockid(b->publisher, &clock), 0);
	(void)usleep(100000);
	assert_int_equal(clock_gettime(clock, &before), 0);
	(void)usleep(400000);
	assert_int_equal(clock_gettime(clock, &after), 0);
	int64_t used_ns = (after.tv_sec - before.tv_sec) * INT64_C(1000000000) + after.tv_nsec -
	                  before.tv_nsec;
	assert_in_range(used_ns, 0, 20000000);
	assert_int_equal(end_publisher(b), 0);
}

static void lists(void **state)
{
	struct bench *b = *state;
	redis_server_start(&b->server);
	set_target(b, "", "&as=list&key=l");
	append(b, RECORD_HIT, 20);
	start_publisher(b);
	assert_int_equal(end_publisher(b), 0);
	expect(b, "LRANGE l 0 -1", 1, 20);

	/* Another output of the same journal, which keeps the newest 10. */
	b->appended = 0;
	set_target(b, "", "&as=list&key=m&maxlen=10");
	append(b, RECORD_HIT, 20);
	start_publisher(b);
	assert_int_equal(end_publisher(b), 0);
	expect(b, "LRANGE m 0 -1", 11, 20);

	b->appended = 0;
	set_target(b, "", "&as=lpush&key=n&maxlen=10");
	append(b, RECORD_HIT, 20);
	start_publisher(b);
	assert_int_equal(end_publisher(b), 0);
	redisReply *reply = ask(b, "LRANGE n 0 -1");
	assert_int_equal(reply->elements, 10);
	assert_string_equal(reply->element[0]->str, "{\"n\":20}");
	assert_string_equal(reply->element[9]->str, "{\"n\":11}");
	freeReplyObject(reply);
}

static void channel(void **state)
{
	struct bench *b = *state;
	redisReply *reply;
	redis_server_start(&b->server);
	set_target(b, "", "&as=channel");
	run_command(b, "SUBSCRIBE " KEY_HITS " " KEY_LOG);
	assert_int_equal(redisGetReply(b->server.client, (void **)&reply), REDIS_OK);
	freeReplyObject(reply);
	append(b, RECORD_HIT, 1);
	append(b, RECORD_LOG, 1);
	start_publisher(b);
	assert_int_equal(end_publisher(b), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(redisGetReply(b->server.client, (void **)&reply), REDIS_OK);
		assert_string_equal(reply->element[1]->str, i == 0 ? KEY_HITS : KEY_LOG);
		assert_string_equal(reply->element[2]->str, i == 0 ? "{\"n\":1}" : "{\"n\":2}");
		freeReplyObject(reply);
	}
	assert_int_equal(logged(b, ": 2 events were published, 0 of them without a "
	                           "subscriber; subscribers received 2 copies"),
	                 1);
	/* Nobody has subscribed to the hits of another one. */
	set_target(b, "", "&as=channel&key=silent");
	append(b, RECORD_HIT, 1);
	append(b, RECORD_LOG, 1);
	start_publisher(b);
	assert_int_equal(end_publisher(b), 0);
	assert_int_equal(logged(b, ": 2 events were published, 1 of them without a "
	                           "subscriber; subscribers received 1 copies"),
	                 1);
}

static void events_wait_for_redis(void **state)
{
	struct bench *b = *state;
	start_publisher(b);
	append(b, RECORD_HIT, 30);
	await_errors(b, 3);
	redis_server_start(&b->server);
	append(b, RECORD_HIT, 1);
	assert_int_equal(end_publisher(b), 0);
	expect_stream(b, 1, 31);
	assert_int_equal(logged(b, "unreachable: No such file or directory; events wait in"), 1);
	assert_int_equal(logged(b, "connected"), 1);
	assert_int_equal(logged(b, ""), 2);
}

static void gives_up_with_the_journal_kept(void **state)
{
	struct bench *b = *state;
	b->config.stall_ms = 300;
	append(b, RECORD_HIT, 4);
	start_publisher(b);
	assert_int_equal(end_publisher(b), 1);
	assert_int_equal(logged(b, "4 events were not delivered (No such file or directory)"), 1);
	/* Without events nothing has failed. */
	redis_server_start(&b->server);
	start_publisher(b);
	assert_int_equal(end_publisher(b), 0);
	expect_stream(b, 1, 4);
	redis_server_kill(&b->server);
	start_publisher(b);
	assert_int_equal(end_publisher(b), 0);
}

static void exactly_once_with_redis_killed(void **state)
{
	struct bench *b = *state;
	redis_server_start(&b->server);
	start_publisher(b);
	for (unsigned i = 1; i <= 8; i++) {
		append(b, RECORD_HIT, 2000);
		/* In the middle of what was just appended. */
		await_delivered(b, 2000 * (i - 1) + 100 * i);
		redis_server_kill(&b->server);
		redis_server_start(&b->server);
	}
	assert_int_equal(end_publisher(b), 0);
	expect_stream(b, 1, 16000);
	assert_int_equal(atomic_load(&b->shared->delivered), 16000);
}

static void exactly_once_with_publisher_killed(void **state)
{
	struct bench *b = *state;
	redis_server_start(&b->server);
	for (unsigned i = 1; i <= 12; i++) {
		start_publisher(b);
		append(b, RECORD_HIT, 1500);
		await_delivered(b, 1000 * (i - 1) + 37 * i);
		kill_publisher(b);
	}
	start_publisher(b);
	assert_int_equal(end_publisher(b), 0);
	expect_stream(b, 1, 18000);
	assert_int_equal(atomic_load(&b->shared->delivered), 18000);
}

/* As if the batch of a broken connection was executed after the position was read back. */
static void a_moved_position_stops_the_batch(void **state)
{
	struct bench *b = *state;
	char id[JOURNAL_ID_SIZE], command[128];
	redis_server_start(&b->server);
	start_publisher(b);
	append(b, RECORD_HIT, 3);
	await_delivered(b, 3);
	assert_int_equal(journal_id(b->journal_dir, id), 0);
	(void)snprintf(command, sizeof(command), "INCRBY nsmx:journal:%s:%016" PRIx64 " 2", id,
	               b->url.hash);
	run_command(b, command);
	append(b, RECORD_HIT, 5);
	assert_int_equal(end_publisher(b), 0);
	redisReply *reply = ask(b, "XRANGE " KEY_HITS " - +");
	assert_int_equal(reply->elements, 6);
	assert_string_equal(json_of(reply->element[2]), "{\"n\":3}");
	assert_string_equal(json_of(reply->element[3]), "{\"n\":6}");
	freeReplyObject(reply);
	assert_int_equal(atomic_load(&b->shared->delivered), 8);
}

static void believes_a_lower_position(void **state)
{
	struct bench *b = *state;
	char id[JOURNAL_ID_SIZE], command[128];
	redis_server_start(&b->server);
	start_publisher(b);
	append(b, RECORD_HIT, 10);
	await_delivered(b, 10);
	/* A server that restarts with older data. */
	assert_int_equal(journal_id(b->journal_dir, id), 0);
	(void)snprintf(command, sizeof(command), "DECRBY nsmx:journal:%s:%016" PRIx64 " 4", id,
	               b->url.hash);
	run_command(b, command);
	run_command(b, "DEL " KEY_HITS);
	append(b, RECORD_HIT, 1);
	assert_int_equal(end_publisher(b), 0);
	expect_stream(b, 7, 11);
	assert_int_equal(logged(b, "has lost events"), 1);
	assert_int_equal(atomic_load(&b->shared->delivered), 11);
}

static void password_is_needed(void **state)
{
	struct bench *b = *state;
	double since = seconds();
	redis_server_start(&b->server);
	run_command(b, "ACL SETUSER sensor on >right ~* &* +@all");
	run_command(b, "ACL SETUSER default on >secret");
	set_target(b, "sensor:wr0ng@", "");
	append(b, RECORD_HIT, 2);
	start_publisher(b);
	await_logged(b, "refused: WRONGPASS");
	append(b, RECORD_HIT, 1);
	assert_int_equal(end_publisher(b), 1);
	assert_int_equal(logged(b, "refused: WRONGPASS"), 1);
	assert_int_equal(logged(b, "3 events were not delivered (WRONGPASS"), 1);
	assert_int_equal(logged(b, "wr0ng"), 0);

	set_target(b, "", "");
	start_publisher(b);
	assert_int_equal(end_publisher(b), 1);
	assert_int_equal(logged(b, "refused: NOAUTH"), 1);
	/* An error of the configuration gives up at once. */
	assert_true(seconds() - since < 5);

	set_target(b, "sensor:right@", "&db=3");
	start_publisher(b);
	assert_int_equal(end_publisher(b), 0);
	run_command(b, "AUTH secret");
	run_command(b, "SELECT 3");
	expect_stream(b, 1, 3);
}

static void a_key_of_the_wrong_type(void **state)
{
	struct bench *b = *state;
	redis_server_start(&b->server);
	run_command(b, "SET " KEY_HITS " text");
	/* The key exists before: nothing of the batch is executed. */
	append(b, RECORD_LOG, 1);
	append(b, RECORD_HIT, 2);
	start_publisher(b);
	assert_int_equal(end_publisher(b), 1);
	assert_int_equal(logged(b, "WRONGTYPE the key nsmx:hits is a string, no stream"), 2);
	assert_int_equal(ask_number(b, "EXISTS " KEY_LOG), 0);
	run_command(b, "DEL " KEY_HITS);
	run_command(b, "SET " KEY_LOG " text");
	start_publisher(b);
	assert_int_equal(end_publisher(b), 1);
	assert_int_equal(logged(b, "WRONGTYPE the key nsmx:log is a string, no stream"), 2);
	run_command(b, "DEL " KEY_LOG);
	/* The key is made while the publisher is connected: EXEC executes a part. */
	start_publisher(b);
	await_delivered(b, 3);
	run_command(b, "DEL " KEY_HITS);
	run_command(b, "SET " KEY_HITS " text");
	append(b, RECORD_HIT, 4);
	assert_int_equal(end_publisher(b), 1);
	assert_int_equal(logged(b, "refused: WRONGTYPE Operation against a key"), 1);
	run_command(b, "DEL " KEY_HITS);
	start_publisher(b);
	assert_int_equal(end_publisher(b), 0);
	expect_stream(b, 4, 7);
	expect(b, "XRANGE " KEY_LOG " - +", 1, 1);
}

static void a_full_server_is_waited_for(void **state)
{
	struct bench *b = *state;
	redis_server_start(&b->server);
	run_command(b, "CONFIG SET maxmemory 1");
	append(b, RECORD_HIT, 20);
	start_publisher(b);
	await_logged(b, "not ready: OOM");
	await_errors(b, 3);
	run_command(b, "CONFIG SET maxmemory 0");
	await_delivered(b, 20);
	assert_int_equal(end_publisher(b), 0);
	expect_stream(b, 1, 20);
	assert_int_equal(logged(b, "OOM"), 1);
}

static void too_few_replicas(void **state)
{
	struct bench *b = *state;
	redis_server_start(&b->server);
	set_target(b, "", "&wait=1");
	b->config.stall_ms = 1000;
	append(b, RECORD_HIT, 5);
	start_publisher(b);
	await_logged(b, "not ready: only 0 of 1 replicas have the events");
	assert_int_equal(end_publisher(b), 1);
	assert_int_equal(atomic_load(&b->shared->delivered), 0);
	/* Redis has the events nonetheless: no duplicates once replicas are not required. */
	set_target(b, "", "");
	start_publisher(b);
	assert_int_equal(end_publisher(b), 0);
	expect_stream(b, 1, 5);
	assert_int_equal(atomic_load(&b->shared->delivered), 5);
}

static int listen_on(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

/* Reads until the other side closes or resets. */
static void read_to_end(int fd)
{
	char bytes[256];
	while (read(fd, bytes, sizeof(bytes)) > 0) {
	}
}

/* As end_publisher(), without waiting for the publisher. */
static void end_worker(struct bench *b)
{
	(void)close(b->wake_fd);
	b->wake_fd = -1;
}

static void an_output_that_has_answered_is_expected_back(void **state)
{
	struct bench *b = *state;
	b->config.stall_ms = 200;
	b->config.return_ms = 15000;
	redis_server_start(&b->server);
	start_publisher(b);
	append(b, RECORD_HIT, 3);
	await_delivered(b, 3);
	redis_server_kill(&b->server);
	append(b, RECORD_HIT, 4);
	end_worker(b);
	/* With pauses of 0.1, 0.2 and 0.4 s between them: longer than stall_ms. */
	await_errors(b, 4);
	redis_server_start(&b->server);
	assert_int_equal(end_publisher(b), 0);
	expect_stream(b, 1, 7);
	/* But not without end. */
	b->config.return_ms = 600;
	start_publisher(b);
	append(b, RECORD_HIT, 1);
	await_delivered(b, 8);
	redis_server_kill(&b->server);
	append(b, RECORD_HIT, 1);
	assert_int_equal(end_publisher(b), 1);
}

static void a_server_that_loads_is_waited_for(void **state)
{
	static const char loading[] = "-LOADING Redis is loading the dataset in memory\r\n";
	struct bench *b = *state;
	int fd = listen_on(b->server.socket);
	b->config.stall_ms = b->config.return_ms = 2000;
	append(b, RECORD_HIT, 1);
	start_publisher(b);
	end_worker(b);
	double since = seconds();
	do {
		int peer = accept(fd, NULL, NULL);
		assert_true(peer >= 0);
		assert_int_equal(write(peer, loading, sizeof(loading) - 1), sizeof(loading) - 1);
		read_to_end(peer);
		(void)close(peer);
	} while (seconds() - since < 3);
	assert_true(atomic_load(&b->shared->loading) > 2);
	(void)close(fd);
	assert_int_equal(unlink(b->server.socket), 0);
	redis_server_start(&b->server);
	assert_int_equal(end_publisher(b), 0);
	expect_stream(b, 1, 1);
	assert_int_equal(logged(b, "not ready: LOADING"), 1);
}

static void a_silent_server_does_not_hold_up_the_end(void **state)
{
	struct bench *b = *state;
	int fd = listen_on(b->server.socket);
	b->config.drain_ms = 500;
	append(b, RECORD_HIT, 1);
	start_publisher(b);
	/* The publisher is connected and waits for a reply. */
	int peer = accept(fd, NULL, NULL);
	assert_true(peer >= 0);
	double since = seconds();
	assert_int_equal(end_publisher(b), 1);
	assert_in_range((int)((seconds() - since) * 1000), 300, 3000);
	assert_int_equal(logged(b, "unreachable: Connection timed out"), 1);
	(void)close(peer);
	(void)close(fd);
}

static void garbage_is_a_broken_connection(void **state)
{
	struct bench *b = *state;
	int fd = listen_on(b->server.socket);
	append(b, RECORD_HIT, 1);
	start_publisher(b);
	int peer = accept(fd, NULL, NULL);
	assert_int_equal(write(peer, "HTTP/1.1 400\r\n\r\n", 16), 16);
	await_logged(b, "unreachable: Protocol error");
	(void)close(peer);
	(void)close(fd);
	assert_int_equal(unlink(b->server.socket), 0);
	redis_server_start(&b->server);
	assert_int_equal(end_publisher(b), 0);
	expect_stream(b, 1, 1);
}

/* The next segment is a folder, which can be opened but not read. */
static void a_journal_that_cannot_be_read_is_tried_again(void **state)
{
	struct bench *b = *state;
	char segment[128];
	(void)snprintf(segment, sizeof(segment), "%s/%020" PRId64 ".seg", b->journal_dir,
	               INT64_MAX);
	redis_server_start(&b->server);
	start_publisher(b);
	append(b, RECORD_HIT, 3);
	await_delivered(b, 3);
	assert_int_equal(mkdir(segment, 0700), 0);
	append(b, RECORD_HIT, 2);
	await_logged(b, "the journal: Is a directory");
	assert_true(atomic_load(&b->shared->errors) > 0);
	assert_int_equal(rmdir(segment), 0);
	append(b, RECORD_HIT, 2);
	await_delivered(b, 7);
	assert_int_equal(end_publisher(b), 0);
	expect_stream(b, 1, 7);
}

/* As a disk that returns other octets: `from` becomes `to`, of one size, in the same file. */
static void damage(struct bench *b, const char *from, const char *to)
{
	char command[512];
	(void)snprintf(command, sizeof(command),
	               "cd '%s' && for file in *.seg; do sed 's/%s/%s/g' \"$file\" >../copy && "
	               "cat ../copy >\"$file\"; done",
	               b->journal_dir, from, to);
	assert_int_equal(system(command), 0);
}

static void damaged_records_are_skipped(void **state)
{
	struct bench *b = *state;
	redis_server_start(&b->server);
	append(b, RECORD_HIT, 9);
	damage(b, "\"n\":[24]}", "\"n\":x}");
	start_publisher(b);
	await_delivered(b, 7);
	assert_int_equal(logged(b, ": skipped 2 damaged records"), 1);
	assert_int_equal(kill(b->publisher, SIGSTOP), 0);
	append(b, RECORD_HIT, 6);
	damage(b, "\"n\":1[024]}", "\"n\":xx}");
	assert_int_equal(kill(b->publisher, SIGCONT), 0);
	await_delivered(b, 10);
	assert_int_equal(logged(b, ": skipped 3 damaged records"), 1);
	assert_int_equal(end_publisher(b), 0);
	assert_int_equal(ask_number(b, "XLEN " KEY_HITS), 10);
	assert_int_equal(logged(b, "damaged"), 2);
}

static void without_a_journal(void **state)
{
	struct bench *b = *state;
	b->config.journal = "/nonexistent";
	start_publisher(b);
	assert_int_equal(end_publisher(b), 1);
	assert_int_equal(logged(b, "/nonexistent: No such file or directory"), 1);
	assert_int_equal(logged(b, ""), 1);
}

static void counters_that_are_refused(void **state)
{
	struct bench *b = *state;
	redis_server_start(&b->server);
	run_command(b, "ACL SETUSER default -hset");
	append(b, RECORD_HIT, 3);
	start_publisher(b);
	await_delivered(b, 3);
	await_logged(b, "Redis refuses the sensor's counters: NOPERM");
	assert_int_equal(end_publisher(b), 0);
	/* The last ones at the end are refused, too, but it is logged once. */
	assert_int_equal(logged(b, "refuses"), 1);
	assert_int_equal(atomic_load(&b->shared->errors), 0);
	assert_int_equal(logged(b, "connected"), 1);
}

int main(void)
{
	if (system("redis-server --version >/dev/null 2>&1") != 0) {
		(void)fprintf(stderr, "test_publisher: skipped: no redis-server\n");
		return 0;
	}
	(void)signal(SIGPIPE, SIG_IGN);
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(stream_has_the_fields),
		TEST(position_and_heartbeat),
		TEST(continues_at_its_position),
		TEST(flushes_while_the_worker_lives),
		TEST(an_idle_publisher_takes_no_time),
		TEST(lists),
		TEST(channel),
		TEST(events_wait_for_redis),
		TEST(gives_up_with_the_journal_kept),
		TEST(exactly_once_with_redis_killed),
		TEST(exactly_once_with_publisher_killed),
		TEST(a_moved_position_stops_the_batch),
		TEST(believes_a_lower_position),
		TEST(password_is_needed),
		TEST(a_key_of_the_wrong_type),
		TEST(a_full_server_is_waited_for),
		TEST(too_few_replicas),
		TEST(an_output_that_has_answered_is_expected_back),
		TEST(a_server_that_loads_is_waited_for),
		TEST(a_silent_server_does_not_hold_up_the_end),
		TEST(garbage_is_a_broken_connection),
		TEST(a_journal_that_cannot_be_read_is_tried_again),
		TEST(damaged_records_are_skipped),
		TEST(without_a_journal),
		TEST(counters_that_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
