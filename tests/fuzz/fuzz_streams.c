/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The whole TCP path. Each 8 bytes of input are one segment of one of four
 * connections; what a byte of payload is depends on its side and sequence
 * number, but for its lowest bit, which copies may differ in: every wrong byte shows.
 */
#include <stdlib.h>
#include <string.h>

#include "sensor/reassembly/nids.h"
#include "sensor/reassembly/streams.h"
#include "tests/fuzz/found.h"

#define FLOWS  4
#define RECORD 8

struct flow_state {
	uint32_t at[2]; /* Where each side is, give or take. */
	uint32_t next[2];
	bool begun[2], open;
	size_t urgent[2]; /* Segments with an urgent octet. */
	size_t left_out[2];
	int refuse_after;
};

static struct flow_state flows[FLOWS], seconds[FLOWS];

static void check(bool right)
{
	if (!right) {
		abort();
	}
}

static uint8_t byte_at(enum stream_side side, uint32_t seq)
{
	return (uint8_t)(seq * 7 ^ seq >> 9 ^ (side == STREAM_CLIENT ? 0x55 : 0));
}

/* A SYN may make either end the client: sides of the input are by port. */
static bool is_turned(const struct stream *s)
{
	return s->key.client_port == 25;
}

static void *note_open(void *ctx, const struct stream *s, bool midstream)
{
	struct flow_state *flow = &flows[is_turned(s) ? s->key.server_port : s->key.client_port];
	(void)ctx;
	found_number(midstream);
	check(!flow->open);
	flow->open = true;
	flow->begun[0] = flow->begun[1] = false;
	return flow;
}

/* Only urgent octets are left out, one for each segment that has one. */
static void check_follows(struct flow_state *flow, enum stream_side side, uint32_t seq)
{
	if (flow->begun[side]) {
		flow->left_out[side] += seq - flow->next[side];
		check(flow->left_out[side] <= flow->urgent[side]);
	}
}

static enum stream_verdict note_data(void *ctx, struct stream *s, enum stream_side side,
                                     const uint8_t *bytes, size_t size, uint32_t seq,
                                     int64_t time_ns)
{
	struct flow_state *flow = s->user;
	(void)ctx;
	side = is_turned(s) ? (enum stream_side) !side : side;
	check(flow->open && size > 0);
	check_follows(flow, side, seq);
	for (size_t i = 0; i < size; i++) {
		check(bytes[i] / 2 == byte_at(side, seq + (uint32_t)i) / 2);
	}
	found_number(seq);
	found_number(size);
	found_number((uint64_t)time_ns);
	flow->begun[side] = true;
	flow->next[side] = seq + (uint32_t)size;
	return flow->refuse_after-- != 0 ? STREAM_MORE : STREAM_STOP;
}

static void note_gap(void *ctx, struct stream *s, enum stream_side side, size_t size,
                     int64_t time_ns)
{
	struct flow_state *flow = s->user;
	(void)ctx;
	side = is_turned(s) ? (enum stream_side) !side : side;
	check(flow->open && size > 0 && size <= 256 << 20);
	found_number(size);
	found_number((uint64_t)time_ns);
	flow->next[side] += (uint32_t)size;
}

static void note_close(void *ctx, struct stream *s, enum stream_end why)
{
	struct flow_state *flow = s->user;
	(void)ctx;
	found_number(why);
	check(flow->open);
	flow->open = false;
	if (flow >= flows && flow < flows + FLOWS) {
		check(!seconds[flow - flows].open);
	}
}

static void *note_fork(void *ctx, const struct stream *s, struct stream_fork *fork)
{
	struct flow_state *flow = s->user, *second = &seconds[flow - flows];
	(void)ctx;
	check(flow->open && !second->open && fork->size <= 4096);
	enum stream_side side = is_turned(s) ? (enum stream_side) !fork->from : fork->from;
	for (size_t i = 0; i < fork->size; i++) {
		check(fork->before[i] / 2 == byte_at(side, fork->seq + (uint32_t)i) / 2);
	}
	found_number(fork->seq);
	found_number(fork->size);
	*second = (struct flow_state){ .open = true,
		                       .urgent = { flow->urgent[0], flow->urgent[1] },
		                       .refuse_after = flow->refuse_after };
	fork->again = fork->seq % (fork->size + 2);
	return second;
}

static bool note_agreement(void *ctx, const struct stream *s, const struct stream *second)
{
	const struct flow_state *flow = s->user;
	(void)ctx;
	check(flow->open && ((struct flow_state *)second->user)->open);
	return flow->next[0] % 4 == 0;
}

static const struct streams_handler HANDLER = { .open = note_open,
	                                        .data = note_data,
	                                        .gap = note_gap,
	                                        .close = note_close,
	                                        .fork = note_fork,
	                                        .agree = note_agreement };

static int32_t stretch(uint8_t low, uint8_t high)
{
	int32_t value = (int16_t)(low | high << 8);
	/* Mostly near, sometimes anywhere. */
	return value % 16 == 15 ? value * 65536 : value / 4;
}

static void take(struct streams *streams, const uint8_t *in, int64_t *now_ns)
{
	static const uint8_t flags[] = { 0x10, 0x10, 0x18, 0x10, 0x02, 0x12, 0x11, 0x04,
		                         0x14, 0x18, 0x10, 0x30, 0x00, 0x03, 0x10, 0x10 };
	struct flow_state *flow = &flows[in[0] % FLOWS];
	struct in6_addr ends[2] = { { { { 0 } } }, { { { 0 } } } };
	enum stream_side side = in[0] & 4 ? STREAM_SERVER : STREAM_CLIENT;
	size_t size = in[0] & 8 ? in[4] : (size_t)in[4] << 4;
	uint32_t seq = flow->at[side] + (in[0] & 16 ? 0 : (uint32_t)stretch(in[2], in[3]));
	uint8_t *payload = malloc(size + 1);

	ends[0].s6_addr[15] = 1;
	ends[1].s6_addr[15] = 2;
	const struct flow_key key = { .src = ends[side],
		                      .dst = ends[!side],
		                      .sport = side == STREAM_CLIENT ? in[0] % FLOWS : 25,
		                      .dport = side == STREAM_CLIENT ? 25 : in[0] % FLOWS,
		                      .protocol = IPPROTO_TCP };
	struct segment seg = {
		.key = &key,
		.encapsulation = { .vlan = VLAN_NONE },
		.seq = seq,
		.ack = flow->at[!side] + (in[0] & 32 ? 0 : (uint32_t)(int32_t)(int8_t)in[5] * 64),
		.flags = flags[in[1] & 15],
		.urgent = in[0] & 128 ? in[6] : 0,
		.payload = payload,
		.size = size,
		.cut = in[1] & 16 ? in[6] : 0,
		.time_ns = *now_ns,
	};
	uint32_t first = seq + ((seg.flags & SEGMENT_SYN) != 0 ? 1 : 0);
	for (size_t i = 0; i < size; i++) {
		payload[i] = byte_at(side, first + (uint32_t)i) ^ (in[0] >> 6 & 1);
	}
	if ((seg.flags & SEGMENT_URG) != 0) {
		flow->urgent[side]++;
		seconds[in[0] % FLOWS].urgent[side]++;
	}
	streams_segment(streams, &seg, side == STREAM_CLIENT);
	free(payload);
	if (in[1] & 32) {
		flow->at[side] = first + (uint32_t)(size + seg.cut);
	}
	*now_ns += (int64_t)in[7] << (in[1] >> 6) * 12;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct streams_limits limits = {
		.connections_max = 3,
		.streams_max = 2,
		.queued_max = 20,
		.queued_bytes = 100000,
		.history_bytes = 1,
	};
	struct streams *streams;
	int64_t now_ns = 1600000000000000000;

	if (size < 1) {
		return 0;
	}
	memset(flows, 0, sizeof(flows));
	memset(seconds, 0, sizeof(seconds));
	for (size_t i = 0; i < FLOWS; i++) {
		flows[i].at[0] = 0xfffff000;
		flows[i].at[1] = data[0] * 65536u;
		flows[i].refuse_after = data[0] % 8 == 0 ? 5 : -1;
	}
	limits.connections_max += data[0] % 5;
	limits.streams_max += data[0] % 4;
	check(streams_new(&streams, &limits, &HANDLER, NULL) == 0);
	for (size_t at = 1; at + RECORD <= size; at += RECORD) {
		take(streams, data + at, &now_ns);
	}
	check(streams_stats(streams)->library == 0);
	check(libnids_warnings() == 0);
	streams_free(streams);
	for (size_t i = 0; i < FLOWS; i++) {
		check(!flows[i].open);
	}
	return 0;
}
