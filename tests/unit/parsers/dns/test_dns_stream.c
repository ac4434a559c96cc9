/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdbool.h>
#include <string.h>

#include "parsers/dns/dns_stream.h"
#include "tests/unit/guard.h"
#include "tests/unit/wire.h"

/* What came out: the messages behind each other, each with its length before it. */
struct told {
	struct wire wire;
	unsigned count;
	const uint8_t *last; /* where the last one lay */
};

static void tell(void *user, const uint8_t *wire, size_t size)
{
	struct told *told = user;
	wire_u16(&told->wire, (unsigned)size);
	wire_put(&told->wire, wire, size);
	told->count++;
	told->last = wire;
}

static struct told told;
static struct wire input;

static void begin(void)
{
	told.wire.size = 0;
	told.count = 0;
	told.last = NULL;
	input.size = 0;
}

/* A message that looks like one, of any length from the header's on. */
static void put_message(struct wire *wire, size_t size, uint8_t fill)
{
	static const uint8_t header[DNS_HEADER_SIZE] = { 0x12, 0x34, 0x81, 0x80, 0, 1,
		                                         0,    1,    0,    0,    0, 0 };
	wire_u16(wire, (unsigned)size);
	wire_put(wire, header, sizeof(header));
	wire_fill(wire, fill, size - sizeof(header));
}

static void assert_told_input(void)
{
	assert_int_equal(told.wire.size, input.size);
	assert_memory_equal(told.wire.bytes, input.bytes, input.size);
}

static void whole_is_handed_out_in_place(void **state)
{
	(void)state;
	struct dns_stream stream;
	begin();
	put_message(&input, 40, 'a');
	put_message(&input, 50, 'b');
	dns_stream_init(&stream, true);
	assert_int_equal(dns_stream_feed(&stream, input.bytes, input.size, tell, &told), 0);
	assert_int_equal(told.count, 2);
	assert_told_input();
	assert_ptr_equal(told.last, input.bytes + 44);
	dns_stream_clear(&stream);
}

/* In pieces of every size from one octet on: the messages are the same. */
static void pieces_of_every_size(void **state)
{
	(void)state;
	struct guard guard;
	guard_open(&guard);
	for (size_t piece = 1; piece <= 160; piece++) {
		struct dns_stream stream;
		begin();
		put_message(&input, DNS_HEADER_SIZE, 0);
		put_message(&input, 60, 'a');
		put_message(&input, 13, 'b');
		wire_u16(&input, 1); /* too short for a header: the DNS parser says so */
		wire_u8(&input, 'x');
		put_message(&input, 48, 'c');
		dns_stream_init(&stream, true);
		for (size_t at = 0; at < input.size; at += piece) {
			size_t size = input.size - at < piece ? input.size - at : piece;
			const uint8_t *bytes = guard_lay(&guard, input.bytes + at, size);
			assert_int_equal(dns_stream_feed(&stream, bytes, size, tell, &told), 0);
		}
		assert_int_equal(told.count, 5);
		assert_told_input();
		assert_null(stream.buffer);
		dns_stream_clear(&stream);
	}
	guard_close(&guard);
}

/* Cut in two at every octet. */
static void cut_anywhere(void **state)
{
	(void)state;
	for (size_t cut = 0; cut <= 96; cut++) {
		struct dns_stream stream;
		begin();
		put_message(&input, 40, 'a');
		put_message(&input, 52, 'b');
		dns_stream_init(&stream, true);
		(void)dns_stream_feed(&stream, input.bytes, cut, tell, &told);
		assert_int_equal(told.count, (cut >= 42) + (cut >= 96));
		(void)dns_stream_feed(&stream, input.bytes + cut, input.size - cut, tell, &told);
		assert_int_equal(told.count, 2);
		assert_told_input();
		dns_stream_clear(&stream);
	}
}

static void longest_message(void **state)
{
	(void)state;
	struct dns_stream stream;
	begin();
	put_message(&input, 65535, 'z');
	dns_stream_init(&stream, true);
	for (size_t at = 0; at < input.size; at += 1460) {
		size_t size = input.size - at < 1460 ? input.size - at : 1460;
		(void)dns_stream_feed(&stream, input.bytes + at, size, tell, &told);
	}
	assert_int_equal(told.count, 1);
	assert_told_input();
	assert_null(stream.buffer);
}

static void empty_messages_are_passed_over(void **state)
{
	(void)state;
	struct dns_stream stream;
	for (int bytewise = 0; bytewise <= 1; bytewise++) {
		begin();
		wire_fill(&input, 0, 2 * 100);
		put_message(&input, 20, 'a');
		dns_stream_init(&stream, true);
		size_t piece = bytewise ? 1 : input.size;
		for (size_t at = 0; at < input.size; at += piece) {
			(void)dns_stream_feed(&stream, input.bytes + at, piece, tell, &told);
		}
		assert_int_equal(told.count, 1);
		assert_int_equal(told.wire.size, 22);
		dns_stream_clear(&stream);
	}
}

/* A length that promises more than ever comes: nothing is told, nothing is kept for good. */
static void length_that_lies(void **state)
{
	(void)state;
	struct dns_stream stream;
	begin();
	wire_u16(&input, 0xffff);
	wire_fill(&input, 'x', 65534);
	dns_stream_init(&stream, true);
	(void)dns_stream_feed(&stream, input.bytes, input.size, tell, &told);
	assert_int_equal(told.count, 0);
	assert_non_null(stream.buffer);
	dns_stream_clear(&stream);
	assert_null(stream.buffer);
	dns_stream_clear(&stream);
}

static void nothing_is_nothing(void **state)
{
	(void)state;
	struct dns_stream stream;
	begin();
	dns_stream_init(&stream, true);
	assert_int_equal(dns_stream_feed(&stream, input.bytes, 0, tell, &told), 0);
	dns_stream_init(&stream, false);
	assert_int_equal(dns_stream_feed(&stream, input.bytes, 0, tell, &told), 0);
	assert_int_equal(told.count, 0);
}

static void gap_lets_go_of_what_was_begun(void **state)
{
	(void)state;
	struct dns_stream stream;
	for (size_t begun = 0; begun <= 41; begun++) {
		begin();
		put_message(&input, 40, 'a');
		dns_stream_init(&stream, true);
		(void)dns_stream_feed(&stream, input.bytes, begun, tell, &told);
		dns_stream_gap(&stream);
		assert_null(stream.buffer);
		/* What follows begins in the middle of something. */
		assert_int_equal(dns_stream_feed(&stream, (const uint8_t *)"rest", 4, tell, &told),
		                 4);
		assert_int_equal(told.count, 0);
		/* A piece that begins like a message gives footing again. */
		assert_int_equal(dns_stream_feed(&stream, input.bytes, 30, tell, &told), 0);
		assert_int_equal(dns_stream_feed(&stream, input.bytes + 30, 12, tell, &told), 0);
		assert_int_equal(told.count, 1);
		assert_told_input();
		dns_stream_clear(&stream);
	}
}

/* Joined in the middle: the first piece must look like a message. */
static void footing(void **state)
{
	(void)state;
	static const struct {
		const char *label;
		uint16_t declared;
		uint16_t flags;
		uint16_t counts[DNS_SECTIONS];
		size_t piece;
		bool footing;
	} tests[] = {
		{ "a response", 40, 0x8180, { 1, 1, 0, 0 }, 42, true },
		{ "a query", 40, 0x0100, { 1, 0, 0, 1 }, 42, true },
		{ "cut behind the header", 40, 0x8180, { 1, 1, 0, 0 }, 14, true },
		{ "cut in the header", 40, 0x8180, { 1, 1, 0, 0 }, 13, false },
		{ "one octet", 40, 0x8180, { 1, 1, 0, 0 }, 1, false },
		{ "length of a header", 12, 0x8180, { 0, 0, 0, 0 }, 14, true },
		{ "length below a header", 11, 0x8180, { 0, 0, 0, 0 }, 14, false },
		{ "no question", 40, 0x8180, { 0, 1, 0, 0 }, 42, true },
		{ "two questions", 40, 0x8180, { 2, 1, 0, 0 }, 42, false },
		{ "many answers, as in AXFR", 40, 0x8180, { 0, 65535, 0, 0 }, 42, true },
		{ "255 authorities", 40, 0x8180, { 1, 0, 255, 0 }, 42, true },
		{ "256 authorities", 40, 0x8180, { 1, 0, 256, 0 }, 42, false },
		{ "255 additionals", 40, 0x8180, { 1, 0, 0, 255 }, 42, true },
		{ "256 additionals", 40, 0x8180, { 1, 0, 0, 256 }, 42, false },
		{ "last op code", 40, 0xb180, { 1, 0, 0, 0 }, 42, true },
		{ "no op code", 40, 0xb980, { 1, 0, 0, 0 }, 42, false },
		{ "reserved bit", 40, 0x81c0, { 1, 0, 0, 0 }, 42, false },
	};
	struct guard guard;
	guard_open(&guard);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		static struct wire wire;
		struct dns_stream stream;
		begin();
		wire_dns(&wire, 0x1234, tests[i].flags, tests[i].counts);
		wire_u16(&input, tests[i].declared);
		wire_put(&input, wire.bytes, wire.size);
		wire_fill(&input, 0, 28);
		const uint8_t *bytes = guard_lay(&guard, input.bytes, tests[i].piece);
		dns_stream_init(&stream, false);
		size_t passed = dns_stream_feed(&stream, bytes, tests[i].piece, tell, &told);
		if (passed != (tests[i].footing ? 0 : tests[i].piece) ||
		    stream.lost == tests[i].footing) {
			fail_msg("%s: %zu octets passed over", tests[i].label, passed);
		}
		dns_stream_clear(&stream);
	}
	guard_close(&guard);
}

static void synced_stream_needs_no_footing(void **state)
{
	(void)state;
	struct dns_stream stream;
	begin();
	wire_u16(&input, 3);
	wire_put(&input, "abc", 3);
	dns_stream_init(&stream, true);
	assert_int_equal(dns_stream_feed(&stream, input.bytes, input.size, tell, &told), 0);
	assert_told_input();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_is_handed_out_in_place),
		cmocka_unit_test(pieces_of_every_size),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(longest_message),
		cmocka_unit_test(empty_messages_are_passed_over),
		cmocka_unit_test(length_that_lies),
		cmocka_unit_test(nothing_is_nothing),
		cmocka_unit_test(gap_lets_go_of_what_was_begun),
		cmocka_unit_test(footing),
		cmocka_unit_test(synced_stream_needs_no_footing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
