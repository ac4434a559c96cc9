/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdbool.h>
#include <string.h>

#include "parsers/dns/dns_stream.h"
#include "tests/unit/guard.h"
#include "tests/unit/wire.h"

/* The messages that came out, concatenated, each preceded by its length. */
struct messages {
	struct wire wire;
	unsigned count;
	const uint8_t *last; /* the bytes of the last one */
};

static void take(void *user, const uint8_t *wire, size_t size)
{
	struct messages *messages = user;
	wire_u16(&messages->wire, (unsigned)size);
	wire_put(&messages->wire, wire, size);
	messages->count++;
	messages->last = wire;
}

static struct messages output;
static struct wire input;

static void begin(void)
{
	output.wire.size = 0;
	output.count = 0;
	output.last = NULL;
	input.size = 0;
}

/* Octets that look like a message, of any length that fits a header. */
static void put_message(struct wire *wire, size_t size, uint8_t fill)
{
	static const uint8_t header[DNS_HEADER_SIZE] = { 0x12, 0x34, 0x81, 0x80, 0, 1,
		                                         0,    1,    0,    0,    0, 0 };
	wire_u16(wire, (unsigned)size);
	wire_put(wire, header, sizeof(header));
	wire_fill(wire, fill, size - sizeof(header));
}

static void assert_output_is_input(void)
{
	assert_int_equal(output.wire.size, input.size);
	assert_memory_equal(output.wire.bytes, input.bytes, input.size);
}

static void complete_messages_come_out_in_place(void **state)
{
	(void)state;
	struct dns_stream stream;
	begin();
	put_message(&input, 40, 'a');
	put_message(&input, 50, 'b');
	dns_stream_init(&stream, true);
	assert_int_equal(dns_stream_feed(&stream, input.bytes, input.size, take, &output), 0);
	assert_int_equal(output.count, 2);
	assert_output_is_input();
	assert_ptr_equal(output.last, input.bytes + 44);
	dns_stream_clear(&stream);
}

/* Fed in pieces of any size, the messages are the same. */
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
		wire_u16(&input, 1); /* too short for a header: a fault for the DNS parser */
		wire_u8(&input, 'x');
		put_message(&input, 48, 'c');
		dns_stream_init(&stream, true);
		for (size_t at = 0; at < input.size; at += piece) {
			size_t size = input.size - at < piece ? input.size - at : piece;
			const uint8_t *bytes = guard_lay(&guard, input.bytes + at, size);
			assert_int_equal(dns_stream_feed(&stream, bytes, size, take, &output), 0);
		}
		assert_int_equal(output.count, 5);
		assert_output_is_input();
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
		(void)dns_stream_feed(&stream, input.bytes, cut, take, &output);
		assert_int_equal(output.count, (cut >= 42) + (cut >= 96));
		(void)dns_stream_feed(&stream, input.bytes + cut, input.size - cut, take, &output);
		assert_int_equal(output.count, 2);
		assert_output_is_input();
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
		(void)dns_stream_feed(&stream, input.bytes + at, size, take, &output);
	}
	assert_int_equal(output.count, 1);
	assert_output_is_input();
	assert_null(stream.buffer);
}

static void empty_messages_are_skipped(void **state)
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
			(void)dns_stream_feed(&stream, input.bytes + at, piece, take, &output);
		}
		assert_int_equal(output.count, 1);
		assert_int_equal(output.wire.size, 22);
		dns_stream_clear(&stream);
	}
}

/* A length beyond all that arrives: no message comes out, and the buffer can be freed. */
static void length_beyond_the_stream(void **state)
{
	(void)state;
	struct dns_stream stream;
	begin();
	wire_u16(&input, 0xffff);
	wire_fill(&input, 'x', 65534);
	dns_stream_init(&stream, true);
	(void)dns_stream_feed(&stream, input.bytes, input.size, take, &output);
	assert_int_equal(output.count, 0);
	assert_non_null(stream.buffer);
	dns_stream_clear(&stream);
	assert_null(stream.buffer);
	dns_stream_clear(&stream);
}

static void empty_input(void **state)
{
	(void)state;
	struct dns_stream stream;
	begin();
	dns_stream_init(&stream, true);
	assert_int_equal(dns_stream_feed(&stream, input.bytes, 0, take, &output), 0);
	dns_stream_init(&stream, false);
	assert_int_equal(dns_stream_feed(&stream, input.bytes, 0, take, &output), 0);
	assert_int_equal(output.count, 0);
}

static void gap_drops_an_incomplete_message(void **state)
{
	(void)state;
	struct dns_stream stream;
	for (size_t begun = 0; begun <= 41; begun++) {
		begin();
		put_message(&input, 40, 'a');
		dns_stream_init(&stream, true);
		(void)dns_stream_feed(&stream, input.bytes, begun, take, &output);
		dns_stream_gap(&stream);
		assert_null(stream.buffer);
		/* The stream continues in the middle of a message. */
		assert_int_equal(
		        dns_stream_feed(&stream, (const uint8_t *)"rest", 4, take, &output), 4);
		assert_int_equal(output.count, 0);
		/* A piece that begins like a message resyncs. */
		assert_int_equal(dns_stream_feed(&stream, input.bytes, 30, take, &output), 0);
		assert_int_equal(dns_stream_feed(&stream, input.bytes + 30, 12, take, &output), 0);
		assert_int_equal(output.count, 1);
		assert_output_is_input();
		dns_stream_clear(&stream);
	}
}

/* Joined midstream: the first piece must look like a message. */
static void resync(void **state)
{
	(void)state;
	static const struct {
		const char *label;
		uint16_t declared;
		uint16_t flags;
		uint16_t counts[DNS_SECTIONS];
		size_t piece;
		bool synced;
	} tests[] = {
		{ "a response", 40, 0x8180, { 1, 1, 0, 0 }, 42, true },
		{ "a query", 40, 0x0100, { 1, 0, 0, 1 }, 42, true },
		{ "cut after the header", 40, 0x8180, { 1, 1, 0, 0 }, 14, true },
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
		size_t passed = dns_stream_feed(&stream, bytes, tests[i].piece, take, &output);
		if (passed != (tests[i].synced ? 0 : tests[i].piece) ||
		    stream.lost == tests[i].synced) {
			fail_msg("%s: %zu octets skipped", tests[i].label, passed);
		}
		dns_stream_clear(&stream);
	}
	guard_close(&guard);
}

static void synced_stream_needs_no_resync(void **state)
{
	(void)state;
	struct dns_stream stream;
	begin();
	wire_u16(&input, 3);
	wire_put(&input, "abc", 3);
	dns_stream_init(&stream, true);
	assert_int_equal(dns_stream_feed(&stream, input.bytes, input.size, take, &output), 0);
	assert_output_is_input();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(complete_messages_come_out_in_place),
		cmocka_unit_test(pieces_of_every_size),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(longest_message),
		cmocka_unit_test(empty_messages_are_skipped),
		cmocka_unit_test(length_beyond_the_stream),
		cmocka_unit_test(empty_input),
		cmocka_unit_test(gap_drops_an_incomplete_message),
		cmocka_unit_test(resync),
		cmocka_unit_test(synced_stream_needs_no_resync),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
