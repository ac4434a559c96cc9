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
	unsigned cut;        /* how many of them are beginnings */
	const uint8_t *last; /* the bytes of the last one */
};

static void take(void *user, const uint8_t *wire, size_t size, bool cut)
{
	struct messages *messages = user;
	messages->cut += cut;
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
	output.count = output.cut = 0;
	output.last = NULL;
	input.size = 0;
}

/* A header, and octets that are no entries. */
static void put_message(struct wire *wire, size_t size, uint8_t fill)
{
	static const uint8_t header[DNS_HEADER_SIZE] = { 0x12, 0x34, 0x81, 0x80, 0, 1,
		                                         0,    1,    0,    0,    0, 0 };
	wire_u16(wire, (unsigned)size);
	wire_put(wire, header, sizeof(header));
	wire_fill(wire, fill, size - sizeof(header));
}

/* A response with one TXT record of any size. \return Octets with the prefix. */
static size_t put_response(struct wire *wire, uint8_t fill, size_t rdata)
{
	static const uint16_t counts[DNS_SECTIONS] = { 1, 1, 0, 0 };
	size_t start = wire->size;
	wire_u16(wire, 0);
	wire_u16(wire, 0x1200U + fill);
	wire_u16(wire, 0x8180);
	for (int i = 0; i < DNS_SECTIONS; i++) {
		wire_u16(wire, counts[i]);
	}
	wire_name(wire, "a.test");
	wire_u16(wire, DNS_TYPE_TXT);
	wire_u16(wire, DNS_CLASS_IN);
	wire_pointer(wire, DNS_HEADER_SIZE);
	wire_u16(wire, DNS_TYPE_TXT);
	wire_u16(wire, DNS_CLASS_IN);
	wire_u32(wire, 300);
	wire_u16(wire, (unsigned)rdata);
	wire_fill(wire, fill, rdata);
	wire_patch_u16(wire, start, (unsigned)(wire->size - start - 2));
	return wire->size - start;
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
	dns_stream_init(&stream, true, DNS_STREAM_RESPONSES);
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
		dns_stream_init(&stream, true, DNS_STREAM_RESPONSES);
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
		dns_stream_init(&stream, true, DNS_STREAM_RESPONSES);
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
	dns_stream_init(&stream, true, DNS_STREAM_RESPONSES);
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
		dns_stream_init(&stream, true, DNS_STREAM_RESPONSES);
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
	dns_stream_init(&stream, true, DNS_STREAM_RESPONSES);
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
	dns_stream_init(&stream, true, DNS_STREAM_RESPONSES);
	assert_int_equal(dns_stream_feed(&stream, input.bytes, 0, take, &output), 0);
	dns_stream_init(&stream, false, DNS_STREAM_RESPONSES);
	assert_int_equal(dns_stream_feed(&stream, input.bytes, 0, take, &output), 0);
	assert_int_equal(output.count, 0);
}

/* A gap inside a message: its beginning comes out, and the next message is found by its length. */
static void gap_in_a_message(void **state)
{
	(void)state;
	struct dns_stream stream;
	begin();
	size_t first = put_response(&input, 'a', 50);
	size_t whole = first + put_response(&input, 'b', 20);
	for (size_t begun = 2; begun < first; begun++) {
		for (size_t after = begun + 1; after <= first; after++) {
			output.wire.size = output.count = output.cut = 0;
			dns_stream_init(&stream, true, DNS_STREAM_RESPONSES);
			(void)dns_stream_feed(&stream, input.bytes, begun, take, &output);
			(void)dns_stream_gap(&stream, after - begun, take, &output);
			assert_null(stream.buffer);
			bool header = begun >= 2 + DNS_HEADER_SIZE;
			assert_int_equal(output.cut, header);
			assert_int_equal(output.wire.size, header ? begun : 0);
			/* In two pieces, the second of which need not look like anything. */
			size_t piece = (whole - after) / 2;
			(void)dns_stream_feed(&stream, input.bytes + after, piece, take, &output);
			(void)dns_stream_feed(&stream, input.bytes + after + piece,
			                      whole - after - piece, take, &output);
			assert_int_equal(output.count, header + 1);
			assert_memory_equal(output.wire.bytes + (header ? begun : 0),
			                    input.bytes + first, whole - first);
			assert_true(dns_stream_is_between(&stream));
		}
	}
}

/* A gap of no octets frees the buffer, and the rest of the message is skipped. */
static void buffer_is_given_up(void **state)
{
	(void)state;
	struct dns_stream stream;
	for (int synced = 0; synced <= 1; synced++) {
		begin();
		size_t first = put_response(&input, 'a', 9);
		size_t second = put_response(&input, 'b', 50), third = put_response(&input, 'c', 9);
		dns_stream_init(&stream, synced == 1, DNS_STREAM_RESPONSES);
		(void)dns_stream_feed(&stream, input.bytes, first, take, &output);
		(void)dns_stream_feed(&stream, input.bytes + first, 70, take, &output);
		assert_true(dns_stream_memory(&stream) >= 68);
		(void)dns_stream_gap(&stream, 0, take, &output);
		assert_int_equal(dns_stream_memory(&stream), 0);
		assert_int_equal(output.count, 2);
		assert_int_equal(output.cut, 1);
		assert_int_equal(dns_stream_feed(&stream, input.bytes + first + 70,
		                                 second - 70 + third, take, &output),
		                 0);
		assert_int_equal(output.count, 3);
		assert_int_equal(dns_stream_gap(&stream, 0, take, &output), 0);
		assert_true(dns_stream_is_between(&stream));
	}
}

/* Whether a message that is followed by nothing, or by another one, is taken for one. */
static void messages_in_a_search(void **state)
{
	(void)state;
	enum { ID = 2, FLAGS = 4, COUNTS = 6, NAME = 14, TYPE = 22, CLASS = 24, RDLENGTH = 36 };
	static const struct {
		const char *label;
		size_t place; /* of two octets that are written over */
		uint16_t value;
		bool found;
	} tests[] = {
		{ "a response", ID, 0x1234, true },
		{ "a query", FLAGS, 0x0100, false },
		{ "last op code", FLAGS, 0xb180, true },
		{ "no op code", FLAGS, 0xb980, false },
		{ "reserved bit", FLAGS, 0x81c0, false },
		{ "length below a header", 0, 11, false },
		{ "shorter", 0, 44, false },
		{ "two questions", COUNTS, 2, false },
		{ "an answer too many", COUNTS + 2, 2, false },
		{ "no answer", COUNTS + 2, 0, false },
		{ "256 authorities", COUNTS + 4, 256, false },
		{ "256 additionals", COUNTS + 6, 256, false },
		{ "a label that is too long", NAME, 0x4000, false },
		{ "type 0", TYPE, 0, false },
		{ "CHAOS", CLASS, DNS_CLASS_CH, true },
		{ "class 7", CLASS, 7, false },
		{ "RDATA too long", RDLENGTH, 11, false },
		{ "RDATA too short", RDLENGTH, 9, false },
	};
	for (size_t i = 0; i < 2 * sizeof(tests) / sizeof(tests[0]); i++) {
		struct dns_stream stream;
		begin();
		size_t size = put_response(&input, 'a', 10);
		wire_patch_u16(&input, tests[i / 2].place, tests[i / 2].value);
		size_t next = i % 2 == 0 ? 0 : put_response(&input, 'b', 10);
		dns_stream_init(&stream, false, DNS_STREAM_RESPONSES);
		(void)dns_stream_feed(&stream, input.bytes, size, take, &output);
		(void)dns_stream_feed(&stream, input.bytes + size, next, take, &output);
		(void)dns_stream_gap(&stream, 0, take, &output);
		if (output.count != (unsigned)tests[i / 2].found + (next > 0) || output.cut > 0) {
			fail_msg("%s: %u messages", tests[i / 2].label, output.count);
		}
	}
}

/* A header alone is a response too, and so is one that counts no question (RFC 5936, 2.2). */
static void short_responses(void **state)
{
	(void)state;
	static const uint16_t none[DNS_SECTIONS] = { 0 }, one[DNS_SECTIONS] = { 0, 1, 0, 0 };
	for (int records = 0; records <= 1; records++) {
		static struct wire wire;
		struct dns_stream stream;
		begin();
		wire_dns(&wire, 0x1234, 0x8185, records ? one : none);
		if (records) {
			wire_u8(&wire, 0);
			wire_u16(&wire, DNS_TYPE_A);
			wire_u16(&wire, DNS_CLASS_IN);
			wire_u32(&wire, 300);
			wire_u16(&wire, 4);
			wire_u32(&wire, 0xc0000201);
		}
		wire_u16(&input, (unsigned)wire.size);
		wire_put(&input, wire.bytes, wire.size);
		dns_stream_init(&stream, false, DNS_STREAM_RESPONSES);
		(void)dns_stream_feed(&stream, input.bytes, input.size, take, &output);
		assert_int_equal(output.count, 1);
		assert_output_is_input();
	}
}

/* A message that is found must be followed by another one, or by the end of a segment. */
static void what_follows(void **state)
{
	(void)state;
	struct dns_stream stream;
	begin();
	size_t size = put_response(&input, 'a', 10);
	wire_fill(&input, 0xff, 30);
	dns_stream_init(&stream, false, DNS_STREAM_RESPONSES);
	size_t skipped = dns_stream_feed(&stream, input.bytes, input.size, take, &output);
	assert_true(skipped > size);
	skipped += dns_stream_gap(&stream, 0, take, &output);
	assert_int_equal(skipped, input.size);
	assert_int_equal(output.count, 0);
	/* So few octets that they may begin anything. */
	dns_stream_init(&stream, false, DNS_STREAM_RESPONSES);
	assert_int_equal(dns_stream_feed(&stream, input.bytes, size + 3, take, &output), 0);
	assert_int_equal(output.count, 0);
	assert_int_equal(dns_stream_gap(&stream, 100, take, &output), 0);
	assert_int_equal(output.count, 1);
	assert_null(stream.buffer);
}

/* Octets whose first name cannot be read begin no message, and nothing waits for their end. */
static void an_unreadable_name(void **state)
{
	(void)state;
	static const uint8_t to_itself[] = { 1000 >> 8, 1000 & 0xff, 0, 7, 0x80, 0,  0, 1, 0, 0,
		                             0,         0,           0, 0, 0xc0, 12, 0, 1, 0, 1 };
	struct dns_stream stream;
	begin();
	wire_put(&input, to_itself, sizeof(to_itself));
	(void)put_response(&input, 'a', 10);
	dns_stream_init(&stream, false, DNS_STREAM_RESPONSES);
	assert_int_equal(dns_stream_feed(&stream, input.bytes, input.size, take, &output),
	                 sizeof(to_itself));
	assert_int_equal(output.count, 1);
}

/* A message inside a record: the one around it hides it, in step or not. */
static void message_in_a_record(void **state)
{
	(void)state;
	struct dns_stream stream;
	for (int cut = 0; cut <= 1; cut++) {
		begin();
		(void)put_response(&input, 'a', 300);
		struct wire *inner = &(struct wire){ .size = 0 };
		size_t size = put_response(inner, 'i', 10);
		memcpy(input.bytes + 100, inner->bytes, size);
		memcpy(input.bytes + 100 + size, inner->bytes, size);
		put_response(&input, 'b', 10);
		dns_stream_init(&stream, false, DNS_STREAM_RESPONSES);
		size_t fed = cut ? 250 : input.size;
		(void)dns_stream_feed(&stream, input.bytes, fed, take, &output);
		(void)dns_stream_gap(&stream, input.size - fed, take, &output);
		assert_int_equal(output.count, cut ? 0 : 2);
		if (!cut) {
			assert_output_is_input();
		}
	}
}

/* Captured without its end, and the end of the octets that are missing is that of the message. */
static void cut_segments_in_a_search(void **state)
{
	(void)state;
	struct dns_stream stream;
	begin();
	size_t size = put_response(&input, 'a', 100);
	dns_stream_init(&stream, false, DNS_STREAM_RESPONSES);
	for (unsigned i = 1; i <= 3; i++) {
		(void)dns_stream_feed(&stream, input.bytes, 60, take, &output);
		assert_int_equal(dns_stream_gap(&stream, size - 60, take, &output), 0);
		assert_int_equal(output.cut, i);
		assert_true(dns_stream_is_between(&stream));
	}
	/* In step the length of the message is believed. */
	(void)dns_stream_feed(&stream, input.bytes, 60, take, &output);
	(void)dns_stream_gap(&stream, 20, take, &output);
	assert_int_equal(output.cut, 4);
	assert_int_equal(dns_stream_feed(&stream, input.bytes + 80, size - 80, take, &output), 0);
	assert_true(dns_stream_is_between(&stream));
	/* Out of step it is not. */
	dns_stream_init(&stream, false, DNS_STREAM_RESPONSES);
	(void)dns_stream_feed(&stream, input.bytes, 60, take, &output);
	assert_int_equal(dns_stream_gap(&stream, 20, take, &output), 60);
	assert_int_equal(output.cut, 4);
}

/* Octets that look like the beginnings of large messages cost a bounded number of entries. */
static void work_is_bounded(void **state)
{
	(void)state;
	struct dns_stream stream;
	begin();
	for (int i = 0; i < 2000; i++) {
		static const uint8_t header[] = { 0x20, 0, 0, 7, 0x80, 0,   0, 0, 0,    200, 0,
			                          0,    0, 0, 0, 1,    0xc, 0, 1, 0x2c, 0,   0 };
		wire_put(&input, header, sizeof(header));
	}
	dns_stream_init(&stream, false, DNS_STREAM_RESPONSES);
	for (size_t at = 0; at < input.size; at += 1400) {
		size_t size = input.size - at < 1400 ? input.size - at : 1400;
		(void)dns_stream_feed(&stream, input.bytes + at, size, take, &output);
		assert_true(stream.credit <= 65536);
	}
	(void)dns_stream_gap(&stream, 0, take, &output);
	assert_int_equal(output.count, 0);
}

/* Random messages, segments and losses: all that is whole outside the gaps, and nothing else. */

#define STREAM_MESSAGES 40

static uint32_t random_state;

static uint32_t random_below(uint32_t bound)
{
	random_state = random_state * 1664525U + 1013904223U;
	return (uint32_t)((uint64_t)random_state * bound >> 32);
}

struct truth {
	size_t starts[STREAM_MESSAGES + 1];
	uint8_t lost[sizeof(input.bytes)]; /* octets */
};

static void put_random_record(struct wire *wire)
{
	wire_pointer(wire, DNS_HEADER_SIZE);
	wire_u16(wire, random_below(2) != 0 ? DNS_TYPE_TXT : DNS_TYPE_A);
	wire_u16(wire, DNS_CLASS_IN);
	wire_u32(wire, random_below(86400));
	size_t size = random_below(8) == 0 ? random_below(400) : 4;
	wire_u16(wire, (unsigned)size);
	for (size_t i = 0; i < size; i++) {
		wire_u8(wire, random_below(3) == 0 ? 0 : random_below(256));
	}
}

static void put_random_response(struct wire *wire)
{
	size_t start = wire->size;
	unsigned records = random_below(12);
	wire_u16(wire, 0);
	wire_u16(wire, random_below(65536));
	wire_u16(wire, random_below(2) != 0 ? 0x8180 : 0x8400);
	wire_u16(wire, 1);
	wire_u16(wire, records);
	wire_u32(wire, 0);
	wire_name(wire, random_below(2) != 0 ? "www.example.test" : "test");
	wire_u16(wire, DNS_TYPE_A);
	wire_u16(wire, DNS_CLASS_IN);
	while (records-- > 0) {
		put_random_record(wire);
	}
	wire_patch_u16(wire, start, (unsigned)(wire->size - start - 2));
}

/* Where the segment that begins at `at` ends: some servers send the prefix by itself. */
static size_t segment_end(const struct truth *truth, size_t at, uint32_t style)
{
	size_t i = 0;
	while (truth->starts[i + 1] <= at) {
		i++;
	}
	size_t start = truth->starts[i], end = truth->starts[i + 1];
	switch (style) {
	case 0: /* a message */
		return end;
	case 1: /* the prefix, and the message */
		return at == start ? start + 2 : end;
	case 2: /* as large as possible */
		return at + 1400 < input.size ? at + 1400 : input.size;
	default:
		end = at + 1 + random_below(style == 3 ? 40 : 700);
		return end < input.size ? end : input.size;
	}
}

static void feed_with_losses(struct dns_stream *stream, struct truth *truth, bool midstream)
{
	uint32_t style = random_below(5), loss = 2 + random_below(20);
	size_t missing = 0;
	bool first = true;
	for (size_t at = 0, end; at < input.size; at = end) {
		end = segment_end(truth, at, style);
		bool lost = (first && midstream) || random_below(loss) == 0;
		/* A capture may have cut it. */
		size_t kept = lost                          ? 0
		              : random_below(2 * loss) == 0 ? random_below((uint32_t)(end - at))
		                                            : end - at;
		memset(truth->lost + at + kept, 1, end - at - kept);
		if (missing > 0 && kept > 0) {
			(void)dns_stream_gap(stream, missing, take, &output);
			missing = 0;
		}
		(void)dns_stream_feed(stream, input.bytes + at, kept, take, &output);
		/* Of a stream that is joined later nobody knows what is missing. */
		missing += first && midstream ? 0 : end - at - kept;
		first = false;
	}
	(void)dns_stream_gap(stream, missing, take, &output);
	(void)dns_stream_gap(stream, 0, take, &output);
}

/* Walks through what came out and what was sent: each whole message once, in order, and of
 * others at most the beginning. */
static void assert_truth(const struct truth *truth, uint32_t seed)
{
	size_t at = 0;
	for (size_t i = 0; i < STREAM_MESSAGES; i++) {
		size_t start = truth->starts[i], end = truth->starts[i + 1];
		const uint8_t *first_lost = memchr(truth->lost + start, 1, end - start);
		size_t known = first_lost != NULL ? (size_t)(first_lost - (truth->lost + start))
		                                  : end - start;
		size_t size = at < output.wire.size ? 2U + octets_u16(output.wire.bytes + at) : 0;
		bool same =
		        size > 2 && size <= known &&
		        memcmp(output.wire.bytes + at + 2, input.bytes + start + 2, size - 2) == 0;
		if (first_lost == NULL && !(same && size == known)) {
			fail_msg("seed %u: message %zu is missing", seed, i);
		}
		at += same && (first_lost == NULL || size == known) ? size : 0;
	}
	if (at != output.wire.size) {
		fail_msg("seed %u: a message was invented, at %zu", seed, at);
	}
}

static void random_losses(void **state)
{
	(void)state;
	static struct truth truth;
	unsigned whole = 0;
	for (uint32_t seed = 1; seed <= 3000; seed++) {
		struct dns_stream stream;
		random_state = seed;
		begin();
		memset(truth.lost, 0, sizeof(truth.lost));
		for (size_t i = 0; i < STREAM_MESSAGES; i++) {
			truth.starts[i] = input.size;
			put_random_response(&input);
		}
		truth.starts[STREAM_MESSAGES] = input.size;
		bool midstream = random_below(3) == 0;
		dns_stream_init(&stream, !midstream, DNS_STREAM_RESPONSES);
		feed_with_losses(&stream, &truth, midstream);
		assert_null(stream.buffer);
		assert_truth(&truth, seed);
		whole += output.count - output.cut;
	}
	/* Enough to be a test, and enough is lost. */
	assert_in_range(whole, 3000 * STREAM_MESSAGES / 4, 3000 * STREAM_MESSAGES * 9 / 10);
}

static void synced_stream_needs_no_resync(void **state)
{
	(void)state;
	struct dns_stream stream;
	begin();
	wire_u16(&input, 3);
	wire_put(&input, "abc", 3);
	dns_stream_init(&stream, true, DNS_STREAM_RESPONSES);
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
		cmocka_unit_test(gap_in_a_message),
		cmocka_unit_test(buffer_is_given_up),
		cmocka_unit_test(messages_in_a_search),
		cmocka_unit_test(short_responses),
		cmocka_unit_test(what_follows),
		cmocka_unit_test(an_unreadable_name),
		cmocka_unit_test(message_in_a_record),
		cmocka_unit_test(cut_segments_in_a_search),
		cmocka_unit_test(work_is_bounded),
		cmocka_unit_test(random_losses),
		cmocka_unit_test(synced_stream_needs_no_resync),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
