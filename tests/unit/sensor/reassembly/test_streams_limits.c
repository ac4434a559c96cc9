/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What streams keep, how long and how much. */
#include "sensor/reassembly/half_stream.h"
#include "sensor/reassembly/nids.h"
#include "tests/unit/sensor/reassembly/wire.h"

#include "sensor/reassembly/reading.h"

static void hole_of(struct wire *w, unsigned following)
{
	hands(w);
	for (unsigned i = 1; i <= following; i++) {
		wire_send(w, '>', "", 1 + i, 1, "x");
		wire_send(w, '<', "", 1, 1, "");
	}
	assert_int_equal(w->record.opened, 1);
	assert_int_equal(w->record.bytes, 0);
	wire_send(w, '>', "", 1, 1, "x");
	assert_int_equal(w->record.bytes, following + 1);
	assert_int_equal(streams_stats(w->streams)->gaps, 0);
}

static void hole_filled_after_40_segments(void **state)
{
	struct wire w;
	(void)state;
	wire_open(&w, NULL);
	hole_of(&w, 40);
	wire_close(&w);
}

static void hole_filled_after_300_segments(void **state)
{
	struct wire w;
	(void)state;
	wire_open(&w, NULL);
	hole_of(&w, 300);
	wire_close(&w);
}

static void hole_filled_after_300_large_segments(void **state)
{
	static uint8_t bytes[3000];
	struct wire w;
	(void)state;
	wire_open(&w, NULL);
	hands(&w);
	for (uint32_t i = 1; i <= 300; i++) {
		wire_send_bytes(&w, '>', "", 1 + i * 3000, 1, bytes, sizeof(bytes));
		wire_send(&w, '<', "", 1, 1, "");
	}
	wire_send_bytes(&w, '>', "", 1, 1, bytes, sizeof(bytes));
	assert_int_equal(w.record.bytes, 301 * 3000);
	wire_close(&w);
}

static void queue_limits_give_the_hole_up(void **state)
{
	static const struct {
		struct streams_limits limits;
		unsigned segments;
	} tests[] = {
		{ { .queued_max = 10 }, 11 },
		{ { .queued_bytes = 10 * 164 }, 11 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct wire w;
		wire_open(&w, &tests[i].limits);
		wire_send(&w, '>', "S-", 0, 0, "");
		for (unsigned j = 0; j < tests[i].segments; j++) {
			assert_int_equal(streams_stats(w.streams)->gaps, 0);
			wire_send(&w, '>', "", 3 + 2 * j, 1, "xy");
		}
		assert_int_equal(streams_stats(w.streams)->gap_bytes, 2);
		assert_int_equal(streams_stats(w.streams)->flushed, 1);
		assert_int_equal(w.record.bytes, 2 * tests[i].segments);
		wire_close(&w);
	}
}

/* Octets that a captured peer still awaits are no gap: a flood after a hole cannot make one. */
static void full_queue_waits_for_a_peer(void **state)
{
	struct streams_limits limits = { .queued_max = 10 };
	struct wire w;
	(void)state;
	wire_open(&w, &limits);
	hands(&w);
	for (uint32_t j = 0; j < 20; j++) {
		wire_send(&w, '>', "", 3 + 2 * j, 1, "xy");
	}
	assert_int_equal(streams_stats(w.streams)->flushed, 10);
	wire_send(&w, '>', "", 1, 1, "ab");
	expect(&w, "O C[abxyxyxyxyxyxyxyxyxyxy]");
	wire_send(&w, '>', "", 23, 1, "cd");
	assert_int_equal(streams_stats(w.streams)->gaps, 0);
	wire_close(&w);
}

/* A stream that the handler ends frees what it has queued. */
static void queue_is_freed_with_its_stream(void **state)
{
	struct streams_limits limits = { .queued_bytes = 2 * 164 };
	struct wire w;
	(void)state;
	wire_open(&w, &limits);
	w.record.stop_at = "stop";
	for (unsigned i = 0; i < 10; i++) {
		w.port = (uint16_t)(40000 + i);
		hands(&w);
		wire_send(&w, '>', "", 3, 1, "cd");
		wire_send(&w, '>', "", 7, 1, "gh");
		assert_int_equal(streams_stats(w.streams)->flushed, 0);
		wire_send(&w, '<', "", 1, 1, "stop");
	}
	wire_close(&w);
}

/* A segment that acknowledges what was not seen is held, as far as the memory allows: its header
 * in memory, of more than 20 octets, counts too. */
static void held_segment_counts_as_queued(void **state)
{
	static const uint8_t bytes[40];
	(void)state;
	for (int fits = 0; fits < 2; fits++) {
		struct streams_limits limits = { .queued_bytes =
			                                 sizeof(bytes) + (fits ? 200 : 20) };
		struct wire w;
		wire_open(&w, &limits);
		hands(&w);
		wire_send(&w, '<', "", 1, 1, "s");
		wire_send_bytes(&w, '>', "", 1, 12, bytes, sizeof(bytes));
		assert_int_equal(w.record.bytes, fits ? 1 : 1 + sizeof(bytes));
		assert_int_equal(streams_stats(w.streams)->flushed, !fits);
		wire_send(&w, '<', "", 2, 1, "0123456789");
		assert_int_equal(w.record.bytes, 11 + sizeof(bytes));
		wire_close(&w);
	}
}

static void a_full_queue_gives_up_what_is_before_a_late_one(void **state)
{
	struct streams_limits limits = { .queued_max = 2 };
	struct wire w;
	(void)state;
	wire_open(&w, &limits);
	wire_send(&w, '>', "S-", 0, 0, "");
	wire_send(&w, '>', "", 7, 1, "gh");
	wire_send(&w, '>', "", 11, 1, "kl");
	expect(&w, "O");
	wire_send(&w, '>', "", 3, 1, "cd");
	expect(&w, "O c2 C[cd]");
	wire_send(&w, '>', "", 5, 1, "ef");
	expect(&w, "O c2 C[cdefgh]");
	expect_end(&w, "O c2 C[cdefgh] c2 C[kl] .shutdown");
}

#define SECOND_READINGS 400
#define SECOND_LIMIT    ((size_t)12 << 20)

/* A stream with two readings, which keep 32 KiB. */
static void two_readings_of(struct wire *w, uint16_t port)
{
	static uint8_t octets[8000];
	w->port = port;
	hands(w);
	for (unsigned copy = 0; copy < 3; copy++) {
		memset(octets, 'a' + (int)copy, sizeof(octets));
		wire_send_bytes(w, '>', "", 1, 1, octets, sizeof(octets));
	}
}

static void second_readings_are_in_the_budget(void **state)
{
	(void)state;
	struct memory_budget budget;
	struct record second = { .size = 0 };
	struct wire w;
	memory_budget_init(&budget, SECOND_LIMIT);
	wire_open(&w, &(struct streams_limits){ .budget = &budget });
	w.record.second = &second;
	const struct memory_share *share = budget.shares[budget.count - 1];
	for (uint16_t i = 0; i < SECOND_READINGS; i++) {
		two_readings_of(&w, 20000 + i);
		memory_budget_settle(&budget);
		assert_true(budget.used <= budget.limit);
	}
	assert_true(share->used > share->own);
	assert_in_range(second.closed, 1, SECOND_READINGS - 1);
	for (uint16_t i = 0; i < SECOND_READINGS; i++) {
		w.port = 20000 + i;
		wire_send(&w, '>', "R-", 8001, 0, "");
	}
	assert_int_equal(second.closed, SECOND_READINGS);
	assert_int_equal(share->used, 0);
	assert_in_range(streams_stats(w.streams)->evicted_readings, 1, SECOND_READINGS - 1);
	wire_close(&w);
}

/* Of one stream no more than these are kept, however often others are sent. */
static void copies_are_bounded(void **state)
{
	(void)state;
	static uint8_t octets[1000];
	struct record second = { .size = 0 };
	struct wire w;
	wire_open(&w, NULL);
	w.record.second = &second;
	hands(&w);
	size_t first = 0, used = 0;
	for (unsigned copy = 0; copy < 100; copy++) {
		memset(octets, 'a' + (int)(copy % 26), sizeof(octets));
		wire_send_bytes(&w, '>', "", 1, 1, octets, sizeof(octets));
		used = w.budget.shares[w.budget.count - 1]->used;
		first = copy == 1 ? used : first;
	}
	assert_true(first > 0);
	assert_in_range(used - first, 12 * sizeof(octets), READING_COPIES_MAX);
	assert_in_range(streams_stats(w.streams)->ignored_copies, 80, 99);
	/* With their stream they are gone. */
	wire_send(&w, '>', "R-", 1001, 0, "");
	assert_int_equal(w.budget.shares[w.budget.count - 1]->used, 0);
	wire_close(&w);
}

static void large_hole(void **state)
{
	struct wire w;
	(void)state;
	wire_open(&w, NULL);
	hands(&w);
	wire_send(&w, '>', "", 1000001, 1, "ab");
	wire_send(&w, '<', "", 1, 1000003, "");
	w.now_ns += SECOND_NS;
	wire_send(&w, '<', "", 1, 1000003, "");
	expect_end(&w, "O c1000000 C[ab] .shutdown");
}

static void holes_are_given_up_by_the_tick(void **state)
{
	struct wire w;
	(void)state;
	wire_open(&w, NULL);
	hands(&w);
	wire_send(&w, '>', "", 3, 1, "cd");
	wire_send(&w, '<', "", 1, 5, "");
	expect(&w, "O");
	streams_tick(w.streams, w.now_ns + SECOND_NS);
	expect(&w, "O c2 C[cd]");
	wire_close(&w);
}

static void unseen_peers_hole_by_packets(void **state)
{
	struct streams_limits limits = { .blind_packets = 4, .blind_ns = 3600 * SECOND_NS };
	struct wire w;
	(void)state;
	wire_open(&w, &limits);
	wire_send(&w, '>', "S-", 0, 0, "");
	for (uint32_t i = 0; i < 4; i++) {
		wire_send(&w, '>', "", 3 + i, 1, "x");
		expect(&w, "O");
	}
	wire_send(&w, '>', "", 7, 1, "x");
	expect(&w, "O c2 C[xxxxx]");
	wire_close(&w);
}

static void acknowledged_hole_by_packets(void **state)
{
	struct streams_limits limits = { .hole_packets = 4, .hole_ns = 3600 * SECOND_NS };
	struct wire w;
	(void)state;
	wire_open(&w, &limits);
	hands(&w);
	wire_send(&w, '>', "", 3, 1, "cd");
	for (int i = 0; i < 4; i++) {
		wire_send(&w, '<', "", 1, 5, "");
		expect(&w, "O");
	}
	wire_send(&w, '<', "", 1, 5, "");
	expect(&w, "O c2 C[cd]");
	wire_close(&w);
}

static void time_outs(void **state)
{
	static const struct {
		const char *name;
		const char *fin; /* Flags of the last segment. */
		int64_t silent_ns;
		const char *log;
	} tests[] = {
		{ "idle, just not", "", 600 * SECOND_NS, "O C[ab]" },
		{ "idle", "", 600 * SECOND_NS + 1, "O C[ab] .idle" },
		{ "half closed, just not", "F", 60 * SECOND_NS, "O C[ab]" },
		{ "half closed", "F", 60 * SECOND_NS + 1, "O C[ab] .fin" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct wire w;
		wire_open(&w, NULL);
		hands(&w);
		wire_send(&w, '>', tests[i].fin, 1, 1, "ab");
		wire_tick(&w, w.now_ns - MS_NS + tests[i].silent_ns);
		expect(&w, tests[i].log);
		wire_close(&w);
	}
}

/* The lists are precise to a 64th of the time-out, and never too early. */
static void heard_again_and_again(void **state)
{
	(void)state;
	for (uint32_t times = 1; times < 30; times++) {
		struct wire w;
		wire_open(&w, NULL);
		hands(&w);
		for (uint32_t i = 0; i < times; i++) {
			w.now_ns += 2 * SECOND_NS;
			wire_send(&w, '>', "", 1 + i, 1, "a");
		}
		int64_t last_ns = w.now_ns - MS_NS;
		wire_tick(&w, last_ns + 599 * SECOND_NS);
		assert_int_equal(streams_stats(w.streams)->open_connections, 1);
		wire_tick(&w, last_ns + 610 * SECOND_NS);
		assert_int_equal(streams_stats(w.streams)->open_connections, 0);
		wire_close(&w);
	}
}

static void connections_without_data_expire(void **state)
{
	struct wire w;
	(void)state;
	wire_open(&w, NULL);
	wire_send(&w, '>', "S-", 0, 0, "");
	streams_tick(w.streams, START_NS + 29 * SECOND_NS);
	assert_int_equal(streams_stats(w.streams)->open_connections, 1);
	streams_tick(w.streams, START_NS + 31 * SECOND_NS);
	assert_int_equal(streams_stats(w.streams)->open_connections, 0);
	wire_close(&w);
}

static void stamps_that_step_back_stop_no_time_out(void **state)
{
	struct wire w;
	(void)state;
	wire_open(&w, NULL);
	hands(&w);
	wire_send(&w, '>', "", 1, 1, "ab");
	streams_tick(w.streams, 1000 * SECOND_NS);
	expect(&w, "O C[ab]");
	wire_tick(&w, 1700 * SECOND_NS);
	expect(&w, "O C[ab] .idle");
	wire_close(&w);
}

/* All connections outlive it, and so does a hole. */
static void one_packet_from_the_future(void **state)
{
	struct wire w;
	(void)state;
	wire_open(&w, NULL);
	hands(&w);
	wire_send(&w, '>', "", 1, 1, "ab");
	wire_send(&w, '>', "", 5, 1, "ef");
	int64_t now_ns = w.now_ns;
	streams_tick(w.streams, now_ns + 86400 * SECOND_NS);
	w.port++;
	w.now_ns = now_ns + 86400 * SECOND_NS;
	wire_send(&w, '>', "S-", 0, 0, "");
	w.port--;
	w.now_ns = now_ns;
	wire_send(&w, '>', "", 3, 1, "cd");
	expect(&w, "O C[abcdef]");
	assert_int_equal(streams_stats(w.streams)->open_connections, 2);
	/* That connection is not from the future for ever. */
	streams_tick(w.streams, now_ns + 32 * SECOND_NS);
	streams_tick(w.streams, now_ns + 64 * SECOND_NS);
	assert_int_equal(streams_stats(w.streams)->open_connections, 1);
	expect_end(&w, "O C[abcdef] .shutdown");
}

static void stream_limit(void **state)
{
	struct streams_limits limits = { .streams_max = 8, .connections_max = 16 };
	struct wire w;
	(void)state;
	wire_open(&w, &limits);
	hands(&w);
	wire_send(&w, '>', "", 1, 1, "keep");
	/* One-sided streams are evicted first, even if they are young. */
	for (uint16_t i = 1; i <= 40; i++) {
		w.port++;
		wire_send(&w, '>', "", 1, 1, "x");
	}
	assert_int_equal(streams_stats(w.streams)->open_streams, 8);
	assert_int_equal(streams_stats(w.streams)->evicted, 33);
	w.port -= 40;
	wire_send(&w, '>', "", 5, 1, "kept");
	assert_int_equal(streams_stats(w.streams)->midstream, 40);
	wire_close(&w);
}

static void syn_flood_is_bounded(void **state)
{
	struct streams_limits limits = { .streams_max = 8, .connections_max = 1000 };
	struct wire w;
	(void)state;
	wire_open(&w, &limits);
	hands(&w);
	wire_send(&w, '>', "", 1, 1, "a");
	struct in6_addr client = w.client;
	for (uint32_t i = 0; i < 100000; i++) {
		w.now_ns -= MS_NS;
		memcpy(&w.client.s6_addr[12], &i, sizeof(i));
		wire_send(&w, '>', "S-", 0, 0, "");
	}
	assert_int_equal(streams_stats(w.streams)->open_connections, 1000);
	assert_int_equal(streams_stats(w.streams)->evicted, 0);
	assert_int_equal(streams_stats(w.streams)->evicted_syns, 100001 - 1000);
	w.client = client;
	wire_send(&w, '>', "", 2, 1, "b");
	expect_end(&w, "O C[ab] .shutdown");
}

static void more_than_a_gigabyte_one_sided(void **state)
{
	static uint8_t bytes[60000];
	struct wire w;
	(void)state;
	wire_open(&w, NULL);
	hands(&w);
	uint64_t sent = 0;
	while (sent < (1100u << 20)) {
		memcpy(bytes, &sent, sizeof(sent));
		wire_send_bytes(&w, '>', "", 1 + (uint32_t)sent, 1, bytes, sizeof(bytes));
		sent += sizeof(bytes);
	}
	assert_int_equal(w.record.bytes, sent);
	wire_send(&w, '<', "", 1, 1 + (uint32_t)sent, "ok");
	expect_end(&w, "O S[ok] .shutdown");
}

/* Segments that a network card or the kernel has merged, in order, repeated and after a hole. */
static void merged_segments(void **state)
{
	static const size_t sizes[] = { 65535, 65536, 200000, STREAMS_SEGMENT_MAX };
	static uint8_t bytes[STREAMS_SEGMENT_MAX + 1];
	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct wire w;
		uint32_t size = (uint32_t)sizes[i];
		wire_open(&w, NULL);
		hands(&w);
		wire_send_bytes(&w, '>', "", 1, 1, bytes, size);
		assert_int_equal(w.record.bytes, size);
		wire_send_bytes(&w, '>', "", 1, 1, bytes, size);
		assert_int_equal(streams_stats(w.streams)->repeated, 1);
		assert_int_equal(streams_stats(w.streams)->ambiguous, 0);
		wire_send_bytes(&w, '>', "", 1 + size + 3, 1, bytes, size);
		wire_send(&w, '>', "", 1 + size, 1, "abc");
		assert_int_equal(w.record.bytes, 2 * size + 3);
		w.cut = STREAMS_SEGMENT_MAX - 10;
		wire_send(&w, '>', "", 4 + 2 * size, 1, "0123456789");
		w.cut = 0;
		expect_end(&w, "O C[abc0123456789] c524278 .shutdown");
	}
}

/* What is larger is refused, and counted. */
static void segments_above_the_limit(void **state)
{
	static uint8_t bytes[STREAMS_SEGMENT_MAX + 1];
	struct wire w;
	(void)state;
	wire_open(&w, NULL);
	hands(&w);
	wire_send_bytes(&w, '>', "", 1, 1, bytes, sizeof(bytes));
	w.cut = STREAMS_SEGMENT_MAX;
	wire_send(&w, '>', "", 1, 1, "a");
	w.cut = SIZE_MAX;
	wire_send(&w, '>', "", 1, 1, "a");
	w.cut = 0;
	assert_int_equal(streams_stats(w.streams)->refused_segments, 3);
	assert_int_equal(w.record.bytes, 0);
	wire_send(&w, '>', "", 1, 1, "b");
	expect_end(&w, "O C[b] .shutdown");
}

/* Merged segments have no valid checksum: after a hole they are not taken for damaged. */
static void merged_segments_after_a_hole(void **state)
{
	static uint8_t bytes[HALF_STREAM_WIRE_MAX + 1];
	(void)state;
	for (int large = 0; large <= 1; large++) {
		struct wire w;
		wire_open(&w, NULL);
		w.sums = true;
		hands(&w);
		wire_send(&w, '>', "", 1, 1, "ab");
		wire_send_bytes(&w, '>', "D", 5, 1, bytes, sizeof(bytes) - !large);
		assert_int_equal(streams_stats(w.streams)->refused_segments, !large);
		wire_send(&w, '>', "", 3, 1, "cd");
		assert_int_equal(w.record.bytes, 4 + (large ? sizeof(bytes) : 0));
		/* Their checksum is that of the pseudo-header, if the kernel has merged them. */
		wire_send(&w, '>', "P", 5 + (uint32_t)w.record.bytes, 1, "ef");
		assert_int_equal(streams_stats(w.streams)->refused_segments, !large);
		wire_close(&w);
	}
}

static void again_and_again(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct wire w;
		struct streams *second;
		wire_open(&w, NULL);
		assert_int_equal(streams_new(&second, NULL, &HANDLER, NULL), -EBUSY);
		hands(&w);
		wire_send(&w, '>', "", 1, 1, "ab");
		wire_send(&w, '>', "", 9, 1, "queued");
		expect_end(&w, "O C[ab] c6 C[queued] .shutdown");
	}
}

static bool no_data(void *user, bool from_client, const uint8_t *bytes, size_t size)
{
	(void)user;
	(void)from_client;
	(void)bytes;
	(void)size;
	return false;
}

static void bad_arguments(void **state)
{
	struct streams *s;
	struct streams_handler none = HANDLER;
	(void)state;
	none.gap = NULL;
	assert_int_equal(streams_new(NULL, NULL, &HANDLER, NULL), -EINVAL);
	assert_int_equal(streams_new(&s, NULL, NULL, NULL), -EINVAL);
	assert_int_equal(streams_new(&s, NULL, &none, NULL), -EINVAL);
	assert_int_equal(libnids_claim_tcp(0, no_data), -EINVAL);
	assert_int_equal(libnids_claim_tcp(((size_t)1 << 24) + 1, no_data), -EINVAL);
	assert_int_equal(libnids_claim_tcp(16, NULL), -EINVAL);
	streams_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hole_filled_after_40_segments),
		cmocka_unit_test(hole_filled_after_300_segments),
		cmocka_unit_test(hole_filled_after_300_large_segments),
		cmocka_unit_test(queue_limits_give_the_hole_up),
		cmocka_unit_test(full_queue_waits_for_a_peer),
		cmocka_unit_test(queue_is_freed_with_its_stream),
		cmocka_unit_test(held_segment_counts_as_queued),
		cmocka_unit_test(a_full_queue_gives_up_what_is_before_a_late_one),
		cmocka_unit_test(second_readings_are_in_the_budget),
		cmocka_unit_test(copies_are_bounded),
		cmocka_unit_test(large_hole),
		cmocka_unit_test(holes_are_given_up_by_the_tick),
		cmocka_unit_test(acknowledged_hole_by_packets),
		cmocka_unit_test(unseen_peers_hole_by_packets),
		cmocka_unit_test(time_outs),
		cmocka_unit_test(heard_again_and_again),
		cmocka_unit_test(connections_without_data_expire),
		cmocka_unit_test(stamps_that_step_back_stop_no_time_out),
		cmocka_unit_test(one_packet_from_the_future),
		cmocka_unit_test(stream_limit),
		cmocka_unit_test(syn_flood_is_bounded),
		cmocka_unit_test(more_than_a_gigabyte_one_sided),
		cmocka_unit_test(merged_segments),
		cmocka_unit_test(segments_above_the_limit),
		cmocka_unit_test(merged_segments_after_a_hole),
		cmocka_unit_test(again_and_again),
		cmocka_unit_test(bad_arguments),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
