/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief One TCP connection for the tests of streams: sends segments, and records the calls of
 *        the handler.
 */
#pragma once

#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/reassembly/checksum.h"
#include "sensor/reassembly/nids.h"
#include "sensor/reassembly/streams.h"

#define SECOND_NS 1000000000LL
#define MS_NS     1000000LL
#define START_NS  (1600000000 * SECOND_NS)
#define TIMES     8

/*
 * The calls of the handler, in one line: O or M (midstream) for open, C[..]
 * and S[..] for bytes of either side, c5 and s5 for gaps, .why for the end.
 */
struct record {
	char log[8192];
	size_t size;
	char in;                      /* The side whose bracket is open. */
	const struct stream *current; /* The last one with data. */
	struct record *second;        /* Gets the calls of the second reading; NULL: not wanted. */
	uint32_t next[2];
	bool checked[2];
	bool refuse_open;
	const char *stop_at; /* End the stream at these bytes. */
	size_t opened, closed, bytes;
	char attempts[256];   /* HOW ISN MS, one after the other */
	bool keeps;           /* the answer to attempts */
	int64_t times[TIMES]; /* Of the latest calls of data(). */
	size_t calls;
};

static const char *const WHY[] = {
	"fin", "rst", "reused", "idle", "evicted", "refused", "shutdown"
};

static inline void add(struct record *r, const char *text)
{
	size_t room = sizeof(r->log) - r->size;
	r->size += (size_t)snprintf(r->log + r->size, room, "%s", text);
	assert_true(r->size < sizeof(r->log));
}

static inline void shut(struct record *r)
{
	if (r->in != 0) {
		add(r, "]");
	}
	r->in = 0;
	if (r->size > 0) {
		add(r, " ");
	}
}

static inline void *note_open(void *ctx, const struct stream *s, bool midstream)
{
	struct record *r = ctx;
	shut(r);
	(void)s;
	add(r, midstream ? "M" : "O");
	r->opened++;
	return r->refuse_open ? NULL : r;
}

static inline enum stream_verdict note_data(void *ctx, struct stream *s, enum stream_side from,
                                            const uint8_t *bytes, size_t size, uint32_t seq,
                                            int64_t time_ns)
{
	struct record *r = s->user;
	char text[64];
	r->times[r->calls++ % TIMES] = time_ns;
	assert_true(ctx == r || ((struct record *)ctx)->second == r);
	r->bytes += size;
	if (r->current != s) {
		r->current = s;
		r->checked[0] = r->checked[1] = false;
	}
	/* One octet may be missing: the urgent one. */
	if (r->checked[from] && seq != r->next[from] + 1) {
		assert_int_equal(seq, r->next[from]);
	}
	r->checked[from] = true;
	r->next[from] = seq + (uint32_t)size;
	if (size >= sizeof(text)) {
		return STREAM_MORE;
	}
	char in = from == STREAM_CLIENT ? 'C' : 'S';
	if (r->in != in) {
		shut(r);
		add(r, in == 'C' ? "C[" : "S[");
		r->in = in;
	}
	snprintf(text, sizeof(text), "%.*s", (int)size, (const char *)bytes);
	add(r, text);
	return r->stop_at == NULL || strcmp(text, r->stop_at) != 0 ? STREAM_MORE : STREAM_STOP;
}

static inline void note_gap(void *ctx, struct stream *s, enum stream_side from, size_t bytes,
                            int64_t time_ns)
{
	struct record *r = s->user;
	char text[32];
	(void)ctx;
	(void)time_ns;
	shut(r);
	snprintf(text, sizeof(text), "%c%zu", from == STREAM_CLIENT ? 'c' : 's', bytes);
	add(r, text);
	r->next[from] += (uint32_t)bytes;
}

static inline void note_close(void *ctx, struct stream *s, enum stream_end why)
{
	struct record *r = s->user;
	(void)ctx;
	shut(r);
	add(r, ".");
	add(r, WHY[why]);
	r->current = NULL;
	r->closed++;
}

/* Messages end with a dot. */
static inline void *note_fork(void *ctx, const struct stream *s, struct stream_fork *fork)
{
	const struct record *r = ctx;
	(void)s;
	fork->again = 0;
	while (fork->again < fork->size && fork->before[fork->size - 1 - fork->again] != '.') {
		fork->again++;
	}
	return r->second;
}

/* Both have read whole messages of the client and got a reply. */
static inline bool note_agreement(void *ctx, const struct stream *s, const struct stream *second)
{
	const struct record *a = s->user, *b = second->user;
	(void)ctx;
	return a->size > 1 && b->size > 1 && a->in == 'S' && b->in == 'S' &&
	       strstr(a->log, ".] S[") != NULL && strstr(b->log, ".] S[") != NULL;
}

static inline bool note_attempt(void *ctx, const struct stream *s, enum stream_attempt how,
                                uint32_t isn, int64_t time_ns)
{
	static const char *const texts[] = { "attempted", "refused", "established" };
	struct record *r = ctx;
	size_t size = strlen(r->attempts);
	(void)s;
	snprintf(r->attempts + size, sizeof(r->attempts) - size, "%s %u %d;", texts[how], isn,
	         (int)((time_ns - START_NS) / MS_NS));
	return r->keeps;
}

static const struct streams_handler HANDLER = { .open = note_open,
	                                        .data = note_data,
	                                        .gap = note_gap,
	                                        .close = note_close,
	                                        .fork = note_fork,
	                                        .agree = note_agreement,
	                                        .attempt = note_attempt };

/* One connection as the tests see it. */
struct wire {
	struct memory_budget budget; /* if the limits have none */
	struct streams *streams;
	struct record record;
	struct in6_addr client, server;
	uint16_t port;
	uint32_t isn[2];
	int64_t now_ns;
	size_t cut;
	uint16_t urgent; /* the pointer of segments with URG */
	bool sums;       /* Segments have checksums, wrong ones with the flag D. */
	bool to_client;  /* The caller swaps the sides. */
};

/* Unless a test has limits of its own. libnids writes to the memory of all streams when it starts,
 * which takes longer than most tests if there is room for as many as a sensor has. */
#define CONNECTIONS 512

static inline void wire_open(struct wire *w, const struct streams_limits *limits)
{
	*w = (struct wire){ .port = 40000, .isn = { 1000, 2000 }, .now_ns = START_NS, .urgent = 3 };
	inet_pton(AF_INET6, "::ffff:192.0.2.1", &w->client);
	inet_pton(AF_INET6, "::ffff:198.51.100.2", &w->server);
	struct streams_limits all = limits != NULL ? *limits : (struct streams_limits){ 0 };
	all.streams_max = all.streams_max > 0 ? all.streams_max : CONNECTIONS;
	all.connections_max = all.connections_max > 0 ? all.connections_max : CONNECTIONS;
	memory_budget_init(&w->budget, SIZE_MAX);
	all.budget = all.budget != NULL ? all.budget : &w->budget;
	assert_int_equal(streams_new(&w->streams, &all, &HANDLER, &w->record), 0);
}

static inline void wire_close(struct wire *w)
{
	assert_int_equal(streams_stats(w->streams)->library, 0);
	assert_int_equal(libnids_warnings(), 0);
	while (streams_evict(w->streams)) {
	}
	/* The first share is that of the table, which keeps its memory. */
	for (size_t i = 1; i < w->budget.count; i++) {
		assert_int_equal(w->budget.shares[i]->used, 0);
	}
	streams_free(w->streams);
	assert_int_equal(w->budget.count, 0);
	assert_int_equal(w->record.opened, w->record.closed);
}

static inline uint8_t flags_of(const char *text)
{
	uint8_t flags = SEGMENT_ACK;
	for (; *text != 0; text++) {
		flags |= *text == 'S' ? SEGMENT_SYN : 0;
		flags |= *text == 'F' ? SEGMENT_FIN : 0;
		flags |= *text == 'R' ? SEGMENT_RST : 0;
		flags |= *text == 'U' ? SEGMENT_URG : 0;
		flags &= *text == '-' ? (uint8_t)~SEGMENT_ACK : 0xff;
	}
	return flags;
}

#define WIRE_HEADER 20

/* Makes a TCP header that has only what the checksum needs. */
static inline void wire_sum(const struct segment *seg, uint8_t *header, bool damaged, bool partial)
{
	memset(header, 0, WIRE_HEADER);
	header[12] = WIRE_HEADER / 4 << 4;
	for (unsigned sum = 0; sum <= UINT16_MAX; sum++) {
		header[16] = (uint8_t)(sum >> 8);
		header[17] = (uint8_t)sum;
		if (partial ? checksum_is_partial(seg->key, WIRE_HEADER + seg->size, header + 16)
		            : checksum_is_right(seg->key, header, WIRE_HEADER + seg->size)) {
			break;
		}
	}
	header[16] ^= damaged ? 0x55 : 0;
}

/* Numbers are relative to the initial ones, so the first byte has 1. */
static inline void wire_send_bytes(struct wire *w, char from, const char *flags, uint32_t seq,
                                   uint32_t ack, const void *bytes, size_t size)
{
	bool client = from == '>';
	void *block = NULL;
	/* Not malloc(), which fails in some tests. */
	assert_int_equal(posix_memalign(&block, sizeof(void *), WIRE_HEADER + size), 0);
	uint8_t *header = block, *copy = header + WIRE_HEADER;
	if (size > 0) {
		memcpy(copy, bytes, size);
	}
	const struct flow_key to_server = { .client = w->client,
		                            .server = w->server,
		                            .client_port = w->port,
		                            .server_port = 25,
		                            .protocol = IPPROTO_TCP };
	const struct flow_key key = client ? to_server : flow_key_reverse(&to_server);
	struct segment seg = {
		.key = &key,
		.encapsulation = { .vlan = VLAN_NONE },
		.seq = seq + w->isn[client ? 0 : 1],
		.ack = ack + w->isn[client ? 1 : 0],
		.flags = flags_of(flags),
		.window = 1000,
		.urgent = w->urgent,
		.hops = strchr(flags, 'L') != NULL ? 3 : 50,
		.payload = copy,
		.size = size,
		.cut = w->cut,
		.time_ns = w->now_ns,
	};
	if (w->sums) {
		seg.header = header;
		wire_sum(&seg, header, strchr(flags, 'D') != NULL, strchr(flags, 'P') != NULL);
	}
	streams_segment(w->streams, &seg, client != w->to_client);
	free(block);
	w->now_ns += MS_NS;
}

/*! \brief Time passes without a packet. One stamp that is far ahead is not believed. */
static inline void wire_tick(struct wire *w, int64_t now_ns)
{
	streams_tick(w->streams, now_ns - 1);
	streams_tick(w->streams, now_ns);
}

static inline void wire_send(struct wire *w, char from, const char *flags, uint32_t seq,
                             uint32_t ack, const char *text)
{
	wire_send_bytes(w, from, flags, seq, ack, text, strlen(text));
}

static inline void hands(struct wire *w)
{
	wire_send(w, '>', "S-", 0, 0, "");
	wire_send(w, '<', "S", 0, 1, "");
	wire_send(w, '>', "", 1, 1, "");
}

static inline void expect(struct wire *w, const char *log)
{
	char now[sizeof(w->record.log) + 1];
	snprintf(now, sizeof(now), "%s%s", w->record.log, w->record.in != 0 ? "]" : "");
	assert_string_equal(now, log);
}

static inline void expect_end(struct wire *w, const char *log)
{
	struct record *r = &w->record;
	assert_int_equal(streams_stats(w->streams)->library, 0);
	assert_int_equal(libnids_warnings(), 0);
	streams_free(w->streams);
	assert_int_equal(r->opened, r->closed);
	assert_string_equal(r->log, log);
}
