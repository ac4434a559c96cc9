/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/no_memory.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/reassembly/fragments.h"
#include "sensor/reassembly/nids.h"
#include "sensor/reassembly/streams.h"

#define SECOND_NS 1000000000LL
#define UDP       17

/* The sender of fragments, and the datagrams delivered. */
struct wire {
	struct memory_budget budget;
	struct fragments *fragments;
	struct fragment piece;
	struct flow_key key;
	size_t datagrams, size;
	size_t beginnings; /* of datagrams that were given up */
	int nested;        /* so many of them have a fragment inside */
	uint8_t protocol;
	uint8_t made[65536];
	struct wire *again; /* Adds a fragment from inside the callback. */
};

static uint8_t byte_at(size_t i)
{
	return (uint8_t)(i * 7 ^ i >> 8);
}

static void send_bytes(struct wire *w, uint32_t offset, size_t size, bool more, uint8_t flip)
{
	/* On the heap and exact, so that a sanitizer sees every over-read. Not malloc(), which
	 * fails in a test. */
	void *payload_room = NULL;
	assert_int_equal(posix_memalign(&payload_room, sizeof(void *), size > 0 ? size : 1), 0);
	uint8_t *payload = payload_room;
	for (size_t i = 0; i < size; i++) {
		payload[i] = byte_at(offset + i) ^ flip;
	}
	w->piece.offset = offset;
	w->piece.size = size;
	w->piece.more = more;
	w->piece.payload = payload;
	fragments_add(w->fragments, &w->piece);
	free(payload);
}

static void send_piece(struct wire *w, uint32_t offset, size_t size, bool more)
{
	send_bytes(w, offset, size, more, 0);
}

static void note_whole(void *ctx, const struct fragment *whole)
{
	struct wire *w = ctx;
	if (whole->cut) {
		w->beginnings++;
		if (w->nested > 0) {
			w->nested--;
			w->piece.id++;
			send_piece(w, 0, 8, true);
		}
		return;
	}
	assert_memory_equal(&whole->key->src, &w->key.src, sizeof(w->key.src));
	assert_memory_equal(&whole->key->dst, &w->key.dst, sizeof(w->key.dst));
	assert_int_equal(whole->time_ns, w->piece.time_ns);
	assert_memory_equal(&whole->encapsulation, &w->piece.encapsulation,
	                    sizeof(whole->encapsulation));
	w->datagrams++;
	w->size = whole->size;
	w->protocol = whole->key->protocol;
	memcpy(w->made, whole->payload, whole->size);
	if (w->again != NULL) {
		w->again = NULL;
		w->piece.id++;
		send_piece(w, 0, 8, true);
		send_piece(w, 8, 4, false);
		/* The view is still whole. */
		assert_memory_equal(w->made, whole->payload, whole->size);
	}
}

static void wire_open(struct wire *w, const struct fragments_limits *limits, bool v6)
{
	memset(w, 0, sizeof(*w));
	inet_pton(AF_INET6, v6 ? "2001:db8::1" : "::ffff:192.0.2.1", &w->key.src);
	inet_pton(AF_INET6, v6 ? "2001:db8::2" : "::ffff:192.0.2.2", &w->key.dst);
	w->key.protocol = UDP;
	w->piece = (struct fragment){
		.key = &w->key,
		.id = 4711,
		.time_ns = 1600000000 * SECOND_NS,
	};
	struct fragments_limits all = limits != NULL ? *limits : (struct fragments_limits){ 0 };
	memory_budget_init(&w->budget, SIZE_MAX);
	all.budget = &w->budget;
	assert_int_equal(fragments_new(&w->fragments, &all, note_whole, w), 0);
}

static void wire_close(struct wire *w)
{
	assert_int_equal(fragments_stats(w->fragments)->library, 0);
	assert_int_equal(libnids_warnings(), 0);
	/* With the last datagram all memory is returned. */
	w->budget.limit = 0;
	w->budget.shares[0]->own = 0;
	memory_budget_settle(&w->budget);
	assert_int_equal(w->budget.used, 0);
	fragments_free(w->fragments);
	assert_int_equal(w->budget.count, 0);
}

static void expect_bytes(const struct wire *w, size_t size)
{
	assert_int_equal(w->size, size);
	for (size_t i = 0; i < size; i++) {
		assert_int_equal(w->made[i], byte_at(i));
	}
}

struct step {
	uint32_t offset;
	size_t size;
	bool more;
};

static void orders_and_sizes(void **state)
{
	static const struct {
		const char *name;
		struct step steps[8];
		size_t datagrams, size;
		uint64_t repeated, ambiguous, invalid;
	} tests[] = {
		/* whole */
		{ "in order", { { 0, 1480, true }, { 1480, 520, false } }, 1, 2000, 0, 0, 0 },
		{ "last first", { { 1480, 520, false }, { 0, 1480, true } }, 1, 2000, 0, 0, 0 },
		{ "middle last",
		  { { 0, 16, true }, { 32, 9, false }, { 16, 16, true } },
		  1,
		  41,
		  0,
		  0,
		  0 },
		{ "odd ones first",
		  { { 8, 8, true },
		    { 24, 8, true },
		    { 40, 8, false },
		    { 0, 8, true },
		    { 32, 8, true },
		    { 16, 8, true } },
		  1,
		  48,
		  0,
		  0,
		  0 },
		{ "tiny last piece first", { { 8, 1, false }, { 0, 8, true } }, 1, 9, 0, 0, 0 },
		{ "tiny last piece first, twice",
		  { { 16, 7, false }, { 16, 7, false }, { 8, 8, true }, { 0, 8, true } },
		  1,
		  23,
		  1,
		  0,
		  0 },
		{ "tiny last piece last", { { 0, 8, true }, { 8, 1, false } }, 1, 9, 0, 0, 0 },
		{ "atomic (RFC 6946)", { { 0, 5, false } }, 1, 5, 0, 0, 0 },
		{ "the largest",
		  { { 0, 32768, true }, { 32768, 32747, false } },
		  1,
		  65515,
		  0,
		  0,
		  0 },
		/* repeated */
		{ "each twice",
		  { { 0, 8, true },
		    { 0, 8, true },
		    { 16, 8, false },
		    { 16, 8, false },
		    { 8, 8, true } },
		  1,
		  24,
		  2,
		  0,
		  0 },
		{ "part of what is known",
		  { { 0, 24, true }, { 8, 8, true }, { 24, 8, false } },
		  1,
		  32,
		  1,
		  0,
		  0 },
		/* overlapping, with equal octets */
		{ "with the one before",
		  { { 0, 16, true }, { 8, 16, true }, { 24, 8, false } },
		  1,
		  32,
		  0,
		  0,
		  0 },
		{ "with the one after",
		  { { 8, 16, true }, { 0, 16, true }, { 24, 8, false } },
		  1,
		  32,
		  0,
		  0,
		  0 },
		{ "around another",
		  { { 8, 8, true }, { 0, 24, true }, { 24, 8, false } },
		  1,
		  32,
		  0,
		  0,
		  0 },
		{ "filling a hole and more",
		  { { 0, 8, true }, { 16, 8, true }, { 8, 16, true }, { 24, 8, false } },
		  1,
		  32,
		  0,
		  0,
		  0 },
		{ "the tiny end twice, overlapping",
		  { { 16, 4, false }, { 8, 16, true }, { 0, 8, true } },
		  1,
		  20,
		  0,
		  0,
		  0 },
		/* with several ends: each is a reading */
		{ "two ends",
		  { { 16, 8, false }, { 24, 8, false }, { 0, 16, true } },
		  2,
		  32,
		  0,
		  1,
		  0 },
		{ "past the end",
		  { { 8, 8, false }, { 16, 8, true }, { 0, 8, true } },
		  1,
		  16,
		  0,
		  0,
		  0 },
		{ "end before what is known",
		  { { 16, 8, true }, { 8, 4, false }, { 0, 8, true } },
		  1,
		  12,
		  0,
		  0,
		  0 },
		{ "more at the end",
		  { { 16, 8, false }, { 16, 8, true }, { 0, 16, true } },
		  1,
		  24,
		  0,
		  0,
		  0 },
		/* impossible */
		{ "empty", { { 8, 0, false } }, 0, 0, 0, 0, 1 },
		{ "not a multiple of 8, more follow", { { 0, 9, true } }, 0, 0, 0, 0, 1 },
		{ "odd offset", { { 4, 8, true } }, 0, 0, 0, 0, 1 },
		{ "one byte too far", { { 65512, 4, false } }, 0, 0, 0, 0, 1 },
		{ "far too far", { { 0xfffffff8, 8, true } }, 0, 0, 0, 0, 1 },
		{ "larger than any", { { 0, 70000, true } }, 0, 0, 0, 0, 1 },
	};
	(void)state;
	for (size_t i = 0; i < 2 * sizeof(tests) / sizeof(tests[0]); i++) {
		struct wire w;
		wire_open(&w, NULL, i % 2 == 1);
		print_message("%s\n", tests[i / 2].name);
		for (size_t j = 0; j < 8; j++) {
			const struct step *step = &tests[i / 2].steps[j];
			if (j == 0 || step->size > 0) {
				send_piece(&w, step->offset, step->size, step->more);
			}
		}
		const struct fragments_stats *stats = fragments_stats(w.fragments);
		assert_int_equal(w.datagrams, tests[i / 2].datagrams);
		assert_int_equal(stats->repeated, tests[i / 2].repeated);
		assert_int_equal(stats->ambiguous, tests[i / 2].ambiguous);
		assert_int_equal(stats->invalid, tests[i / 2].invalid);
		assert_int_equal(stats->open, 0);
		assert_int_equal(stats->bytes, 0);
		expect_bytes(&w, tests[i / 2].size);
		wire_close(&w);
	}
}

/* The octets of the last two datagrams delivered, as text. */
struct texts {
	size_t count;
	char text[2][64];
	bool ambiguous[2];
	bool cut[2];
};

static void note_text(void *ctx, const struct fragment *whole)
{
	struct texts *texts = ctx;
	assert_true(texts->count < 2);
	texts->ambiguous[texts->count] = whole->ambiguous;
	texts->cut[texts->count] = whole->cut;
	snprintf(texts->text[texts->count++], sizeof(texts->text[0]), "%.*s", (int)whole->size,
	         (const char *)whole->payload);
}

/* Fragments are `OFFSET+TEXT`, the last one with a minus sign. */
static void send_text(struct fragments *fragments, struct wire *w, const char *fragment)
{
	char *text;
	w->piece.offset = (uint32_t)strtoul(fragment, &text, 10);
	w->piece.more = *text == '+';
	w->piece.payload = (const uint8_t *)text + 1;
	w->piece.size = strlen(text + 1);
	fragments_add(fragments, &w->piece);
}

static void two_readings(void **state)
{
	static const struct {
		const char *fragments[6];
		const char *first, *last; /* NULL: not delivered */
	} tests[] = {
		/* the same place twice */
		{ { "0+AAAAAAAA", "0+BBBBBBBB", "8-cccc" }, "AAAAAAAAcccc", "BBBBBBBBcccc" },
		{ { "8-cccc", "0+AAAAAAAA" }, "AAAAAAAAcccc", NULL },
		{ { "8-cccc", "8-dddd", "0+AAAAAAAA" }, "AAAAAAAAcccc", "AAAAAAAAdddd" },
		/* three copies: the first and the last */
		{ { "0+AAAAAAAA", "0+BBBBBBBB", "0+CCCCCCCC", "8-d" }, "AAAAAAAAd", "CCCCCCCCd" },
		/* partly */
		{ { "0+AAAAAAAAaaaaaaaa", "8+BBBBBBBBbbbbbbbb", "24-c" },
		  "AAAAAAAAaaaaaaaabbbbbbbbc",
		  "AAAAAAAABBBBBBBBbbbbbbbbc" },
		{ { "8+BBBBBBBBbbbbbbbb", "0+AAAAAAAAaaaaaaaa", "24-c" },
		  "AAAAAAAABBBBBBBBbbbbbbbbc",
		  "AAAAAAAAaaaaaaaabbbbbbbbc" },
		{ { "8+BBBBBBBB", "0+AAAAAAAAaaaaaaaaXXXXXXXX", "24-c" },
		  "AAAAAAAABBBBBBBBXXXXXXXXc",
		  "AAAAAAAAaaaaaaaaXXXXXXXXc" },
		/* two ends */
		{ { "8-cccc", "8-dddddd", "0+AAAAAAAA" }, "AAAAAAAAcccc", "AAAAAAAAdddddd" },
		{ { "8-cccc", "16-dd", "0+AAAAAAAAaaaaaaaa" },
		  "AAAAAAAAcccc",
		  "AAAAAAAAaaaaaaaadd" },
		/* the second reading is complete later */
		{ { "8-cccc", "24-dd", "0+AAAAAAAA", "16+bbbbbbbb", "8+BBBBBBBB" },
		  "AAAAAAAAcccc",
		  "AAAAAAAABBBBBBBBbbbbbbbbdd" },
	};
	(void)state;
	for (size_t i = 0; i < 2 * sizeof(tests) / sizeof(tests[0]); i++) {
		struct texts texts = { 0 };
		struct fragments *fragments;
		struct wire w;
		wire_open(&w, NULL, i % 2 == 1);
		fragments_free(w.fragments);
		assert_int_equal(fragments_new(&fragments, NULL, note_text, &texts), 0);
		for (size_t j = 0; j < 6 && tests[i / 2].fragments[j] != NULL; j++) {
			send_text(fragments, &w, tests[i / 2].fragments[j]);
		}
		bool two = tests[i / 2].last != NULL;
		assert_int_equal(texts.count, two ? 2 : 1);
		assert_string_equal(texts.text[0], tests[i / 2].first);
		assert_int_equal(texts.ambiguous[0], two);
		if (two) {
			assert_string_equal(texts.text[1], tests[i / 2].last);
			assert_true(texts.ambiguous[1]);
		}
		assert_int_equal(fragments_stats(fragments)->ambiguous, two);
		assert_int_equal(fragments_stats(fragments)->open, 0);
		assert_int_equal(fragments_stats(fragments)->bytes, 0);
		fragments_free(fragments);
		assert_int_equal(libnids_warnings(), 0);
	}
}

/* Each fragment that cannot be kept is counted. */
static void check_no_memory(void *ctx, size_t number)
{
	static const char *const FRAGMENTS[] = { "8-cccc", "24-dd", "0+AAAAAAAA", "16+bbbbbbbb",
		                                 "8+BBBBBBBB" };
	struct texts texts = { 0 };
	struct fragments *fragments;
	struct wire w;
	(void)ctx;
	no_memory_countdown = 0;
	wire_open(&w, NULL, false);
	fragments_free(w.fragments);
	const struct fragments_limits limits = { .budget = &w.budget };
	assert_int_equal(fragments_new(&fragments, &limits, note_text, &texts), 0);
	no_memory_countdown = number;
	for (size_t i = 0; i < sizeof(FRAGMENTS) / sizeof(FRAGMENTS[0]); i++) {
		send_text(fragments, &w, FRAGMENTS[i]);
	}
	no_memory_countdown = 0;
	const struct fragments_stats *stats = fragments_stats(fragments);
	if (stats->no_memory + stats->evicted != no_memory_failures) {
		fail_msg("allocation %zu at %#zx: not counted", number, no_memory_place);
	}
	assert_true(texts.count == 2 || no_memory_failures > 0);
	fragments_free(fragments);
	assert_int_equal(w.budget.used, 0);
	assert_int_equal(libnids_warnings(), 0);
}

static void no_memory(void **state)
{
	(void)state;
	if (ADDRESS_SANITIZED) {
		skip();
	}
	assert_true(no_memory_each(check_no_memory, NULL) >= 6);
}

enum end { END_EXPIRED, END_EVICTED, END_HOST, END_BYTES, END_FINISHED, ENDS };

/* Makes the table give up its only datagram. */
static void end_datagram(struct fragments *fragments, struct wire *w, enum end end)
{
	w->piece.offset = 8;
	w->piece.more = true;
	w->piece.payload = (const uint8_t *)"--------";
	w->piece.size = 8;
	for (int i = 0; i < 4; i++) {
		w->piece.id++;
		switch (end) {
		case END_EXPIRED:
			fragments_tick(fragments, w->piece.time_ns + 31 * SECOND_NS);
			break;
		case END_FINISHED:
			fragments_finish(fragments);
			break;
		case END_EVICTED:
			w->key.dst.s6_addr[14]++;
			fragments_add(fragments, &w->piece);
			break;
		default:
			fragments_add(fragments, &w->piece);
		}
	}
}

/* However a datagram ends, its octets up to the first hole are delivered. */
static void beginnings(void **state)
{
	static const struct fragments_limits limits[ENDS] = {
		[END_EVICTED] = { .datagrams_max = 4 },
		[END_HOST] = { .host_max = 4 },
		[END_BYTES] = { .bytes_max = 32 },
	};
	static const struct {
		const char *fragments[6];
		const char *first, *last; /* NULL: not delivered */
	} tests[] = {
		{ { "0+AAAAAAAA" }, "AAAAAAAA", NULL },
		{ { "0+AAAAAAAA", "0+AAAAAAAA" }, "AAAAAAAA", NULL },
		{ { "8+BBBBBBBB", "0+AAAAAAAA" }, "AAAAAAAABBBBBBBB", NULL },
		{ { "0+AAAAAAAA", "16-c" }, "AAAAAAAA", NULL },
		{ { "16-c", "0+AAAAAAAA" }, "AAAAAAAA", NULL },
		/* overlapping */
		{ { "0+AAAAAAAA", "0+BBBBBBBB" }, "AAAAAAAA", "BBBBBBBB" },
		{ { "0+AAAAAAAAaaaaaaaa", "8+aaaaaaaaaaaaaaaa" },
		  "AAAAAAAAaaaaaaaaaaaaaaaa",
		  NULL },
		{ { "8-c", "24-d", "0+AAAAAAAA" }, "AAAAAAAAc", "AAAAAAAAc" },
		/* nothing before the hole */
		{ { "8+BBBBBBBB" }, NULL, NULL },
		{ { "8-b" }, NULL, NULL },
		{ { "8+BBBBBBBB", "8+CCCCCCCC" }, NULL, NULL },
	};
	(void)state;
	for (size_t i = 0; i < ENDS * sizeof(tests) / sizeof(tests[0]); i++) {
		enum end end = (enum end)(i % ENDS);
		size_t row = i / ENDS;
		struct texts texts = { 0 };
		struct fragments *fragments;
		struct wire w;
		wire_open(&w, NULL, i % 2 == 1);
		fragments_free(w.fragments);
		assert_int_equal(fragments_new(&fragments, &limits[end], note_text, &texts), 0);
		for (size_t j = 0; j < 6 && tests[row].fragments[j] != NULL; j++) {
			send_text(fragments, &w, tests[row].fragments[j]);
		}
		bool whole_first = row == 7; /* one reading is complete before */
		assert_int_equal(texts.count, whole_first);
		end_datagram(fragments, &w, end);
		assert_int_equal(texts.count,
		                 (tests[row].first != NULL) + (tests[row].last != NULL));
		for (size_t j = 0; j < texts.count; j++) {
			assert_string_equal(texts.text[j],
			                    j == 0 ? tests[row].first : tests[row].last);
			assert_int_equal(texts.ambiguous[j], tests[row].last != NULL);
			assert_int_equal(texts.cut[j], !(whole_first && j == 0));
		}
		const struct fragments_stats *stats = fragments_stats(fragments);
		assert_int_equal(stats->beginnings, texts.count - whole_first);
		assert_int_equal(stats->ambiguous, tests[row].last != NULL);
		assert_int_equal(stats->expired, end == END_EXPIRED);
		assert_int_equal(stats->unfinished, end == END_FINISHED);
		assert_true(stats->evicted > 0 || end == END_EXPIRED || end == END_FINISHED);
		fragments_free(fragments);
		assert_int_equal(libnids_warnings(), 0);
	}
}

/* A beginning has a packet that is a fragment of the same table. */
static void a_beginning_may_add(void **state)
{
	static const struct fragments_limits limits = { .datagrams_max = 1 };
	struct wire w;
	(void)state;
	wire_open(&w, &limits, false);
	w.nested = 3;
	send_piece(&w, 0, 16, true);
	w.piece.id++;
	send_piece(&w, 0, 8, true);
	assert_int_equal(w.nested, 0);
	assert_int_equal(w.beginnings, 4);
	fragments_finish(w.fragments);
	assert_int_equal(w.beginnings, 5);
	assert_int_equal(fragments_stats(w.fragments)->open, 0);
	wire_close(&w);
}

/* Each new copy of an overlapping datagram costs no more than that of any other. */
static void copies_are_bounded(void **state)
{
	struct wire w;
	(void)state;
	wire_open(&w, NULL, false);
	send_piece(&w, 0, 16, true);
	for (uint32_t i = 0; i < 200; i++) {
		send_bytes(&w, 8, 8, true, (uint8_t)(i + 1));
	}
	assert_int_equal(fragments_stats(w.fragments)->evicted, 1);
	assert_true(fragments_stats(w.fragments)->bytes <= 128 * 16);
	wire_close(&w);
}

static void identities(void **state)
{
	static const struct {
		bool v6;
		uint32_t id;
		uint8_t protocol;
		uint16_t network;
		bool same;
	} tests[] = {
		{ false, 4711, UDP, 0, true },         { false, 4712, UDP, 0, false },
		{ false, 4711, UDP + 1, 0, false },    { true, 4711, UDP, 0, true },
		{ true, 4711 + 65536, UDP, 0, false }, { true, 4711, UDP + 1, 0, true },
		{ false, 4711, UDP, 1, false },        { true, 4711, UDP, 1, false },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct wire w;
		wire_open(&w, NULL, tests[i].v6);
		send_piece(&w, 0, 8, true);
		w.piece.id = tests[i].id;
		w.key.protocol = tests[i].protocol;
		w.key.network = tests[i].network;
		send_piece(&w, 8, 8, false);
		assert_int_equal(w.datagrams, tests[i].same);
		/* The first fragment has the protocol. */
		assert_int_equal(w.protocol, tests[i].same ? UDP : 0);
		wire_close(&w);
	}
}

static void expiry_is_by_packet_time(void **state)
{
	struct wire w;
	(void)state;
	wire_open(&w, NULL, false);
	send_piece(&w, 0, 8, true);
	w.piece.time_ns += 30 * SECOND_NS;
	send_piece(&w, 8, 8, false);
	assert_int_equal(w.datagrams, 1);

	/* The id is used again after 31 s: the datagrams are not mixed. */
	send_bytes(&w, 0, 8, true, 0xff);
	w.piece.time_ns += 31 * SECOND_NS;
	send_piece(&w, 0, 8, true);
	send_piece(&w, 8, 8, false);
	assert_int_equal(w.datagrams, 2);
	assert_int_equal(fragments_stats(w.fragments)->expired, 1);
	expect_bytes(&w, 16);
	wire_close(&w);
}

static void one_packet_from_the_future(void **state)
{
	struct wire w;
	(void)state;
	wire_open(&w, NULL, false);
	int64_t now_ns = w.piece.time_ns;
	send_piece(&w, 0, 8, true);
	w.piece.id++;
	w.piece.time_ns = now_ns + 86400 * SECOND_NS;
	send_piece(&w, 0, 8, true);
	w.piece.time_ns = now_ns + SECOND_NS;
	w.piece.id--;
	send_piece(&w, 8, 8, false);
	assert_int_equal(w.datagrams, 1);
	assert_int_equal(fragments_stats(w.fragments)->expired, 0);
	/* That datagram expires as others do. */
	fragments_tick(w.fragments, now_ns + 32 * SECOND_NS);
	fragments_tick(w.fragments, now_ns + 64 * SECOND_NS);
	assert_int_equal(fragments_stats(w.fragments)->expired, 1);
	wire_close(&w);
}

static void a_clock_of_many_days(void **state)
{
	struct wire w;
	(void)state;
	wire_open(&w, NULL, false);
	for (int day = 0; day < 60; day++) {
		send_piece(&w, 8, 8, false);
		w.piece.time_ns += 20 * SECOND_NS;
		send_piece(&w, 0, 8, true);
		assert_int_equal(w.datagrams, day + 1);
		w.piece.id++;
		send_piece(&w, 8, 8, false);
		w.piece.id++;
		w.piece.time_ns += 86400 * SECOND_NS;
	}
	assert_int_equal(fragments_stats(w.fragments)->expired, 59);
	wire_close(&w);
}

static void flood_to_one_host(void **state)
{
	struct wire w;
	(void)state;
	wire_open(&w, NULL, false);
	/* Another host's datagram is not displaced. */
	send_piece(&w, 0, 8, true);
	w.key.dst.s6_addr[15] = 99;
	for (uint32_t i = 0; i < 100000; i++) {
		w.piece.id = i;
		send_piece(&w, 0, 8, true);
	}
	assert_int_equal(fragments_stats(w.fragments)->open, 128 + 1);
	assert_int_equal(fragments_stats(w.fragments)->evicted, 100000 - 128);
	w.key.dst.s6_addr[15] = 2;
	w.piece.id = 4711;
	send_piece(&w, 8, 8, false);
	assert_int_equal(w.datagrams, 1);
	wire_close(&w);
}

static void flood_to_many_hosts(void **state)
{
	struct wire w;
	(void)state;
	wire_open(&w, NULL, false);
	for (uint32_t i = 0; i < 1000000; i++) {
		memcpy(&w.key.dst.s6_addr[12], &i, sizeof(i));
		send_piece(&w, 0, 8, true);
	}
	const struct fragments_stats *stats = fragments_stats(w.fragments);
	assert_int_equal(stats->open, 16384);
	assert_int_equal(stats->evicted, 1000000 - 16384);
	/* A datagram that is complete is still delivered. */
	send_piece(&w, 8, 8, false);
	assert_int_equal(w.datagrams, 1);
	wire_close(&w);
}

static void bytes_are_bounded(void **state)
{
	struct fragments_limits limits = { .bytes_max = 100000 };
	struct wire w;
	(void)state;
	wire_open(&w, &limits, true);
	for (uint32_t i = 0; i < 100; i++) {
		w.piece.id = i;
		send_piece(&w, 0, 8000, true);
		assert_true(fragments_stats(w.fragments)->bytes <= 100000);
	}
	assert_int_equal(fragments_stats(w.fragments)->evicted, 100 - 12);
	wire_close(&w);
}

static void too_many_pieces(void **state)
{
	struct wire w;
	(void)state;
	wire_open(&w, NULL, false);
	for (uint32_t i = 0; i < 127; i++) {
		send_piece(&w, i * 8, 8, true);
	}
	send_piece(&w, 127 * 8, 3, false);
	expect_bytes(&w, 127 * 8 + 3);
	w.piece.id++;
	for (uint32_t i = 0; i < 129; i++) {
		send_piece(&w, i * 8, 8, true);
	}
	assert_int_equal(fragments_stats(w.fragments)->evicted, 1);
	w.piece.id++;
	for (uint32_t i = 0; i < 65; i++) {
		send_piece(&w, i * 16, 8, true);
	}
	assert_int_equal(fragments_stats(w.fragments)->evicted, 2);
	/* The same, after fragments that overlap. */
	w.piece.id++;
	send_piece(&w, 0, 8, true);
	send_bytes(&w, 0, 8, true, 1);
	for (uint32_t i = 1; i < 65; i++) {
		assert_int_equal(fragments_stats(w.fragments)->evicted, 2);
		send_piece(&w, i * 16, 8, true);
	}
	assert_int_equal(fragments_stats(w.fragments)->evicted, 3);
	assert_int_equal(fragments_stats(w.fragments)->open, 0);
	wire_close(&w);
}

static void the_callback_may_add(void **state)
{
	struct wire w;
	(void)state;
	wire_open(&w, NULL, false);
	w.again = &w;
	send_piece(&w, 0, 2000, true);
	send_piece(&w, 2000, 1000, false);
	assert_int_equal(w.datagrams, 2);
	wire_close(&w);
}

static void *refuse(void *ctx, const struct stream *s, bool midstream)
{
	(void)ctx;
	(void)s;
	(void)midstream;
	return NULL;
}

static enum stream_verdict no_data(void *ctx, struct stream *s, enum stream_side from,
                                   const uint8_t *bytes, size_t size, uint32_t seq, int64_t time_ns)
{
	(void)ctx, (void)s, (void)from, (void)bytes, (void)size, (void)seq, (void)time_ns;
	return STREAM_STOP;
}

static void no_gap(void *ctx, struct stream *s, enum stream_side from, size_t size, int64_t time_ns)
{
	(void)ctx, (void)s, (void)from, (void)size, (void)time_ns;
}

static void no_close(void *ctx, struct stream *s, enum stream_end why)
{
	(void)ctx, (void)s, (void)why;
}

/* Both share one libnids, regardless of the order in which they are created and freed. */
static void with_streams_in_any_order(void **state)
{
	static const struct streams_handler handler = {
		.open = refuse, .data = no_data, .gap = no_gap, .close = no_close
	};
	struct streams_limits limits = { .streams_max = 16 };
	(void)state;
	for (int order = 0; order < 4; order++) {
		struct wire w;
		struct streams *s = NULL;
		if (order & 1) {
			assert_int_equal(streams_new(&s, &limits, &handler, NULL), 0);
		}
		wire_open(&w, NULL, false);
		if (s == NULL) {
			assert_int_equal(streams_new(&s, &limits, &handler, NULL), 0);
		}
		send_piece(&w, 0, 8, true);
		if (order & 2) {
			streams_free(s);
			/* A restart under a pending datagram is refused. */
			assert_int_equal(streams_new(&s, &limits, &handler, NULL), -EBUSY);
			s = NULL;
		}
		send_piece(&w, 8, 8, false);
		assert_int_equal(w.datagrams, 1);
		wire_close(&w);
		streams_free(s);
	}
}

static void freed_with_pieces_pending(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct wire w;
		struct fragments *second;
		wire_open(&w, NULL, false);
		assert_int_equal(fragments_new(&second, NULL, note_whole, NULL), -EBUSY);
		send_piece(&w, 8, 8, true);
		w.piece.id++;
		send_piece(&w, 16, 3, false);
		wire_close(&w);
	}
	assert_int_equal(fragments_new(NULL, NULL, note_whole, NULL), -EINVAL);
	fragments_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders_and_sizes),
		cmocka_unit_test(two_readings),
		cmocka_unit_test(no_memory),
		cmocka_unit_test(beginnings),
		cmocka_unit_test(a_beginning_may_add),
		cmocka_unit_test(copies_are_bounded),
		cmocka_unit_test(identities),
		cmocka_unit_test(expiry_is_by_packet_time),
		cmocka_unit_test(one_packet_from_the_future),
		cmocka_unit_test(a_clock_of_many_days),
		cmocka_unit_test(flood_to_one_host),
		cmocka_unit_test(flood_to_many_hosts),
		cmocka_unit_test(bytes_are_bounded),
		cmocka_unit_test(too_many_pieces),
		cmocka_unit_test(the_callback_may_add),
		cmocka_unit_test(with_streams_in_any_order),
		cmocka_unit_test(freed_with_pieces_pending),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
