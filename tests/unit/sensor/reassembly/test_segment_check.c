/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/time_ns.h"
#include "sensor/reassembly/segment_check.h"

#define NEXT 1000 /* what each side sends next */
#define SYN  SEGMENT_SYN
#define ACK  SEGMENT_ACK
#define RST  SEGMENT_RST
#define FIN  SEGMENT_FIN

static const uint8_t DATA[8];

static struct segment segment(uint8_t flags, uint32_t seq, uint32_t ack, size_t size)
{
	return (struct segment){
		.flags = flags, .seq = seq, .ack = ack, .payload = DATA, .size = size
	};
}

/* Both sides were seen, and have acknowledged everything. */
static struct connection established(void)
{
	struct connection connection = { .state = CONNECTION_OPEN };
	for (int side = 0; side < 2; side++) {
		connection.half[side] = (struct stream_half){ .next = NEXT,
			                                      .start = 1,
			                                      .acked = NEXT,
			                                      .top = NEXT,
			                                      .seen = 5,
			                                      .known = true,
			                                      .has_acked = true };
	}
	return connection;
}

static void sound_segments(void **state)
{
	static const struct {
		uint8_t flags;
		size_t size, cut;
		bool sound;
	} tests[] = {
		{ SYN, 0, 0, true },
		{ SYN | ACK, 0, 0, true },
		{ ACK, 8, 0, true },
		{ RST, 0, 0, true },
		{ RST | ACK, 0, 0, true },
		{ FIN | ACK, 0, 0, true },
		{ 0, 8, 0, false },
		{ FIN, 0, 0, false },
		{ SYN | FIN, 0, 0, false },
		{ SYN | RST, 0, 0, false },
		{ ACK, 8, SIZE_MAX, false },
		{ ACK, STREAMS_SEGMENT_MAX + 1, 0, false },
		{ ACK, 8, STREAMS_SEGMENT_MAX - 8, true },
		{ ACK, 8, STREAMS_SEGMENT_MAX - 7, false },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct segment seg = segment(tests[i].flags, 1, 1, tests[i].size);
		seg.cut = tests[i].cut;
		assert_int_equal(segment_is_sound(&seg), tests[i].sound);
	}
}

/* RFC 5961, 3.2: only the number that the peer expects. */
static void resets(void **state)
{
	static const struct {
		uint32_t seq;
		bool valid;
	} tests[] = { { NEXT, true }, { NEXT - 1, false }, { NEXT + 1, false }, { 0, false } };
	struct connection connection = established();
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		const struct segment seg = segment(RST, tests[i].seq, 0, 0);
		assert_int_equal(segment_is_valid_reset(&connection, STREAM_CLIENT, &seg),
		                 tests[i].valid);
	}
	/* The number after a FIN, and the reply to a SYN. */
	connection.half[STREAM_CLIENT].has_fin = true;
	connection.half[STREAM_CLIENT].fin = NEXT;
	const struct segment after_fin = segment(RST, NEXT + 1, 0, 0);
	assert_true(segment_is_valid_reset(&connection, STREAM_CLIENT, &after_fin));
	struct connection waiting = { .state = CONNECTION_WAITING };
	waiting.half[STREAM_CLIENT] = (struct stream_half){ .next = NEXT, .known = true };
	const struct segment refused = segment(RST | ACK, 0, NEXT, 0);
	const struct segment other = segment(RST | ACK, 0, NEXT + 1, 0);
	assert_true(segment_is_valid_reset(&waiting, STREAM_SERVER, &refused));
	assert_false(segment_is_valid_reset(&waiting, STREAM_SERVER, &other));
}

static void acknowledgements(void **state)
{
	struct connection connection = established();
	const struct segment near = segment(ACK, NEXT, NEXT + 10, 8);
	const struct segment far = segment(ACK, NEXT, NEXT + HALF_STREAM_WINDOW + 1, 8);
	(void)state;
	assert_true(segment_is_acceptable_ack(&connection, STREAM_CLIENT, &near));
	assert_false(segment_is_acceptable_ack(&connection, STREAM_CLIENT, &far));
	connection.half[STREAM_SERVER].seen = 0; /* it is not captured */
	assert_true(segment_is_acceptable_ack(&connection, STREAM_CLIENT, &far));
}

/* A SYN alone begins nothing; the reply of the server to it does. */
static void a_new_connection(void **state)
{
	struct connection connection = established();
	const struct segment data = segment(ACK, NEXT, NEXT, 8);
	const struct segment syn = segment(SYN, 500000, 0, 0);
	const struct segment reply = segment(SYN | ACK, 700000, 500001, 0);
	const struct segment other = segment(SYN | ACK, 700000, 500002, 0);
	(void)state;
	assert_false(segment_is_reused(&connection, STREAM_SERVER, &reply, 0));
	assert_false(segment_is_reused(&connection, STREAM_CLIENT, &syn, 0));
	assert_true(connection.has_reuse);
	assert_false(segment_is_reused(&connection, STREAM_CLIENT, &data, 0));
	assert_false(segment_is_reused(&connection, STREAM_SERVER, &other, 0));
	assert_true(segment_is_reused(&connection, STREAM_SERVER, &reply, 0));
}

/* Data after the end belongs to the connection if it was reordered. */
static void data_after_the_end(void **state)
{
	static const struct {
		uint32_t seq;
		int64_t now_ns;
		bool reused;
	} tests[] = {
		{ NEXT - 8, NS_PER_S * 5, false },
		{ NEXT, NS_PER_S, false },
		{ NEXT, NS_PER_S + 1, true },
		{ NEXT + HALF_STREAM_WINDOW + 1, 0, true },
		{ NEXT - HALF_STREAM_WINDOW - 1, 0, true },
	};
	struct connection connection = established();
	connection.state = CONNECTION_OVER;
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		const struct segment seg = segment(ACK, tests[i].seq, NEXT, 8);
		assert_int_equal(
		        segment_is_reused(&connection, STREAM_CLIENT, &seg, tests[i].now_ns),
		        tests[i].reused);
	}
}

/* A segment with far fewer hops left than the first one of its side. */
static void stray_segments(void **state)
{
	static const struct {
		uint8_t hops;
		bool stray;
	} tests[] = { { 60, false }, { 51, false }, { 32, false }, { 31, true }, { 0, false } };
	struct connection connection = established();
	struct segment first = segment(ACK, 1, 1, 0);
	first.hops = 60;
	segment_learn_origin(&connection.half[STREAM_CLIENT], &first);
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct segment seg = segment(RST, NEXT, 0, 0);
		seg.hops = tests[i].hops;
		assert_int_equal(segment_is_stray(&connection, STREAM_CLIENT, &seg),
		                 tests[i].stray);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sound_segments),     cmocka_unit_test(resets),
		cmocka_unit_test(acknowledgements),   cmocka_unit_test(a_new_connection),
		cmocka_unit_test(data_after_the_end), cmocka_unit_test(stray_segments),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
