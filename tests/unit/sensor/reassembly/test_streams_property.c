/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Generated sessions through a lossy tap: every byte delivered is correct, every missing
 * one is in a gap, and nearly all captured bytes are delivered.
 * The seed is printed; NSMX_SEED=N repeats a run.
 */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sensor/reassembly/nids.h"
#include "sensor/reassembly/streams.h"

#define SESSIONS     20
#define SEGMENTS_MAX 400
#define PACKETS_MAX  (5 * SEGMENTS_MAX)
#define MSS          1460

struct tap {
	double loss, before, reorder, repeat; /* Shares of the packets. */
	int side;                             /* The only one seen, -1: both. */
	bool midstream;
};

/* A packet of a session; payload is a function of session, side and place. */
struct packet {
	uint8_t side, flags;
	uint32_t at, ack; /* Relative to the initial numbers. */
	uint32_t size;
	uint64_t order;
};

struct session {
	uint32_t number, isn[2], length[2];
	struct in6_addr end[2];
	/* One for each byte: 0 not seen, 1 seen by the tap, 2 delivered, 3 in a gap. */
	uint8_t *fate[2];
	uint32_t next[2]; /* Place of the next byte that is delivered or missing. */
	bool begun[2], opened, closed;
	uint64_t wrong;
};

static uint64_t seed;
static struct session *sessions;
static struct packet packets[PACKETS_MAX];
static size_t packets_count;
/* Bytes, by whether the sessions were joined midstream. */
static uint64_t total_seen[2], total_handed[2];

static uint64_t next_random(void)
{
	/* xorshift64*, so that a seed means the same everywhere. */
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return seed * 2685821657736338717u;
}

static bool chance(double share)
{
	return (double)(next_random() >> 11) / 9007199254740992.0 < share;
}

static uint8_t byte_at(const struct session *s, int side, uint32_t at)
{
	uint32_t x = (s->number * 2 + (uint32_t)side + 1) * 2654435761u + at * 40503u;
	return (uint8_t)(x >> 13 ^ x >> 5);
}

static void *note_open(void *ctx, const struct stream *st, bool midstream)
{
	(void)ctx;
	(void)midstream;
	struct session *s = &sessions[st->key.client_port];
	assert_false(s->opened);
	s->opened = true;
	return s;
}

static enum stream_verdict note_data(void *ctx, struct stream *st, enum stream_side side,
                                     const uint8_t *bytes, size_t size, uint32_t seq,
                                     int64_t time_ns)
{
	struct session *s = st->user;
	uint32_t at = seq - s->isn[side] - 1;
	(void)ctx;
	(void)time_ns;
	if (!s->begun[side]) {
		s->begun[side] = true;
		s->next[side] = at;
	}
	assert_int_equal(at, s->next[side]);
	assert_true(at + size <= s->length[side]);
	for (size_t i = 0; i < size; i++) {
		s->wrong += bytes[i] != byte_at(s, side, at + (uint32_t)i);
		s->wrong += s->fate[side][at + i] != 1;
		s->fate[side][at + i] = 2;
	}
	s->next[side] += (uint32_t)size;
	return STREAM_MORE;
}

static void note_gap(void *ctx, struct stream *st, enum stream_side side, size_t size,
                     int64_t time_ns)
{
	struct session *s = st->user;
	(void)ctx;
	(void)time_ns;
	s->begun[side] = true;
	for (size_t i = 0; i < size && s->next[side] < s->length[side]; i++) {
		uint8_t *fate = &s->fate[side][s->next[side]++];
		*fate = *fate == 0 ? 3 : *fate;
	}
}

static void note_close(void *ctx, struct stream *st, enum stream_end why)
{
	(void)ctx;
	(void)why;
	((struct session *)st->user)->closed = true;
}

static const struct streams_handler HANDLER = {
	.open = note_open, .data = note_data, .gap = note_gap, .close = note_close
};

static void put(uint8_t side, uint8_t flags, uint32_t at, uint32_t ack, uint32_t size)
{
	assert_true(packets_count < PACKETS_MAX);
	packets[packets_count] = (struct packet){
		side, flags, at, ack, size, packets_count * 10,
	};
	packets_count++;
}

/* A dialogue as an ideal tap would see it, retransmissions included. */
static void generate(struct session *s, const struct tap *tap)
{
	uint32_t sent[2] = { 0, 0 };
	unsigned segments = 10 + (unsigned)(next_random() % (SEGMENTS_MAX - 10));

	packets_count = 0;
	put(0, SEGMENT_SYN, UINT32_MAX, 0, 0);
	put(1, SEGMENT_SYN | SEGMENT_ACK, UINT32_MAX, 0, 0);
	put(0, SEGMENT_ACK, 0, 0, 0);
	while (segments > 0) {
		uint8_t side = next_random() % 2;
		unsigned burst = 1 + (unsigned)(next_random() % 12);
		for (unsigned i = 0; i < burst && segments > 0; i++, segments--) {
			uint32_t size = chance(0.5) ? MSS : 1 + (uint32_t)(next_random() % 200);
			uint32_t at = sent[side];
			sent[side] += size;
			put(side, SEGMENT_ACK, at, sent[!side], size);
			if (chance(tap->before)) {
				/* Lost before the tap: sent again some packets later. */
				packets[packets_count - 1].order +=
				        10 * (1 + next_random() % burst) + 5;
			}
			if (chance(tap->repeat / 2) && at > 2 * MSS) {
				/* Sent again in other pieces. */
				uint32_t back = 1 + (uint32_t)(next_random() % (2 * MSS));
				size = 1 + (uint32_t)(next_random() % back);
				put(side, SEGMENT_ACK, at - back, sent[!side], size);
			}
		}
		put(!side, SEGMENT_ACK, sent[!side], sent[side], 0);
		packets[packets_count - 1].order += 10 * (burst + 2);
	}
	size_t last = packets_count * 10 + 1000;
	for (uint8_t side = 0; side < 2; side++) {
		put(side, SEGMENT_FIN | SEGMENT_ACK, sent[side], sent[!side] + side, 0);
		packets[packets_count - 1].order = last + side;
		s->length[side] = sent[side];
	}
	put(0, SEGMENT_ACK, sent[0] + 1, sent[1] + 1, 0);
	packets[packets_count - 1].order = last + 2;
}

static int by_order(const void *a, const void *b)
{
	const struct packet *x = a, *y = b;
	return x->order < y->order ? -1 : x->order > y->order;
}

static void feed(struct streams *streams, struct session *s, const struct packet *p, int64_t now_ns)
{
	uint8_t *payload = malloc(p->size > 0 ? p->size : 1);
	for (uint32_t i = 0; i < p->size; i++) {
		payload[i] = byte_at(s, p->side, p->at + i);
		uint8_t *fate = &s->fate[p->side][p->at + i];
		*fate = *fate == 0 ? 1 : *fate;
	}
	const struct flow_key key = { .src = s->end[p->side],
		                      .dst = s->end[!p->side],
		                      .sport = p->side == 0 ? (uint16_t)s->number : 25,
		                      .dport = p->side == 0 ? 25 : (uint16_t)s->number,
		                      .protocol = IPPROTO_TCP };
	struct segment seg = {
		.key = &key,
		.encapsulation = { .vlan = VLAN_NONE },
		.seq = s->isn[p->side] + 1 + p->at,
		.ack = s->isn[!p->side] + 1 + p->ack,
		.flags = p->flags,
		.payload = payload,
		.size = p->size,
		.time_ns = now_ns,
	};
	streams_segment(streams, &seg, p->side == 0);
	free(payload);
}

static void run_session(struct streams *streams, struct session *s, const struct tap *tap,
                        int64_t *now_ns)
{
	generate(s, tap);
	s->isn[0] = (uint32_t)next_random();
	s->isn[1] = (uint32_t)next_random();
	s->fate[0] = calloc(s->length[0] + 1, 1);
	s->fate[1] = calloc(s->length[1] + 1, 1);
	s->end[0].s6_addr[15] = 1;
	s->end[1].s6_addr[15] = 2;
	if (s->number % 2 == 0) {
		memset(&s->end[0].s6_addr[10], 0xff, 2);
		memset(&s->end[1].s6_addr[10], 0xff, 2);
	}
	for (size_t i = 0; i < packets_count; i++) {
		packets[i].order += chance(tap->reorder) ? 10 * (1 + next_random() % 3) + 5 : 0;
	}
	qsort(packets, packets_count, sizeof(packets[0]), by_order);
	size_t first = tap->midstream ? packets_count / 3 : 0;
	for (size_t i = first; i < packets_count; i++) {
		bool seen = tap->side < 0 || tap->side == packets[i].side;
		int times = !seen || chance(tap->loss) ? 0 : chance(tap->repeat) ? 2 : 1;
		*now_ns += 1 + (int64_t)(next_random() % 2000000);
		while (times-- > 0) {
			feed(streams, s, &packets[i], *now_ns);
		}
	}
}

/* \return Bytes of the session that the tap saw; adds those delivered. */
static uint64_t judge(const struct session *s, const struct tap *tap, uint64_t *handed)
{
	uint64_t seen = 0;
	assert_int_equal(s->wrong, 0);
	assert_int_equal(s->opened, s->closed);
	for (int side = 0; side < 2; side++) {
		bool began = false;
		uint32_t last = s->length[side];
		/* Only the peer's acknowledgement shows a loss at the very end. */
		while (last > 0 && s->fate[side][last - 1] == 0) {
			last--;
		}
		for (uint32_t i = 0; i < last; i++) {
			uint8_t fate = s->fate[side][i];
			began |= fate > 1;
			seen += fate == 1 || fate == 2;
			*handed += fate == 2;
			/* Bytes before the first one captured midstream are not missing. */
			if (fate == 0 && began) {
				fail_msg("session %u side %d byte %u of %u is in no gap (%d)",
				         s->number, side, i, s->length[side], tap->midstream);
			}
		}
	}
	return seen;
}

static void run(const struct tap *tap)
{
	struct streams *streams;
	int64_t now_ns = 1600000000000000000;
	struct streams_limits limits = { .streams_max = 2 * SESSIONS };

	assert_int_equal(streams_new(&streams, &limits, &HANDLER, NULL), 0);
	sessions = calloc(SESSIONS, sizeof(*sessions));
	for (uint32_t i = 0; i < SESSIONS; i++) {
		sessions[i].number = i;
		run_session(streams, &sessions[i], tap, &now_ns);
	}
	struct streams_stats stats = *streams_stats(streams);
	streams_free(streams);
	assert_int_equal(stats.library, 0);
	assert_int_equal(libnids_warnings(), 0);
	for (uint32_t i = 0; i < SESSIONS; i++) {
		total_seen[tap->midstream] +=
		        judge(&sessions[i], tap, &total_handed[tap->midstream]);
		free(sessions[i].fate[0]);
		free(sessions[i].fate[1]);
	}
	free(sessions);
}

static void every_byte_is_right_or_in_a_gap(void **state)
{
	static const double losses[] = { 0, 0.001, 0.01, 0.05 };
	(void)state;
	for (size_t i = 0; i < sizeof(losses) / sizeof(losses[0]); i++) {
		for (unsigned kind = 0; kind < 24; kind++) {
			struct tap tap = {
				.loss = losses[i],
				.before = kind & 1 ? 0.02 : 0,
				.reorder = kind & 1 ? 0.02 : 0,
				.repeat = kind & 2 ? 0.1 : 0,
				.midstream = (kind & 4) != 0,
				.side = (int)(kind / 8) - 1,
			};
			run(&tap);
		}
	}
	for (int i = 0; i < 2; i++) {
		double share = (double)total_handed[i] / (double)total_seen[i];
		printf("%s: %.4f %% of %llu bytes\n", i == 0 ? "whole sessions" : "joined later",
		       100 * share, (unsigned long long)total_seen[i]);
		assert_true(share >= 0.995);
	}
}

int main(void)
{
	const char *given = getenv("NSMX_SEED");
	seed = given != NULL ? strtoull(given, NULL, 0) : (uint64_t)time(NULL) * 2654435761u;
	seed = seed != 0 ? seed : 1;
	printf("NSMX_SEED=%llu\n", (unsigned long long)seed);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_is_right_or_in_a_gap),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
