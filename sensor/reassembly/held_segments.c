/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/reassembly/held_segments.h"

#include <stdlib.h>
#include <string.h>

struct answer {
	struct answer *next;
	enum stream_side side; /* that sent it */
	uint32_t seq, ack;
	uint32_t segments; /* of the flow, when it began to wait */
	int64_t held_ns;   /* the same by the packet clock */
	int64_t time_ns;   /* when it was captured */
	size_t size, cut;
	uint8_t payload[];
};

static size_t cost(const struct answer *answer)
{
	return sizeof(*answer) + answer->size;
}

/* Up to where the segment answers. FIN takes a number that is no octet. */
static uint32_t answered(const struct half *peer, const struct segment *seg)
{
	return peer->has_fin && seg->ack == peer->fin + 1 ? peer->fin : seg->ack;
}

static bool is_missing(const struct half *peer, const struct segment *seg)
{
	if ((seg->flags & SEGMENT_ACK) == 0 || !peer->known || peer->seen == 0) {
		return false;
	}
	/* A single octet is rather an unseen FIN. */
	int32_t missing = (int32_t)(answered(peer, seg) - peer->next);
	return missing > 1 && missing <= HALF_STREAM_WINDOW;
}

static bool fits(const struct streams *s, const struct flow *flow, const struct segment *seg)
{
	return flow->held[0] + flow->held[1] < HELD_SEGMENTS_MAX &&
	       s->queued + sizeof(struct answer) + seg->size <= s->limits.queued_bytes;
}

bool held_segments_add(struct streams *s, struct flow *flow, enum stream_side side, uint32_t seq,
                       const struct segment *seg)
{
	const struct half *half = &flow->half[side], *peer = &flow->half[!side];
	/* Behind one that waits, the next of its side waits too. */
	if (seg->size == 0 || !seq_before(half->next, seq + (uint32_t)seg->size) ||
	    (flow->held[side] == 0 && !is_missing(peer, seg))) {
		return false;
	}
	struct answer *answer = fits(s, flow, seg) ? malloc(sizeof(*answer) + seg->size) : NULL;
	if (answer == NULL) {
		s->stats.flushed++;
		held_segments_flush(s, flow);
		return false;
	}
	*answer = (struct answer){ .side = side,
		                   .seq = seq,
		                   /* Any other number is forged, or of no meaning. */
		                   .ack = is_missing(peer, seg) ? answered(peer, seg) : peer->next,
		                   .segments = flow_segments(flow),
		                   .held_ns = s->clock.now_ns,
		                   .time_ns = seg->time_ns,
		                   .size = seg->size,
		                   .cut = seg->cut };
	memcpy(answer->payload, seg->payload, seg->size);
	struct answer **last = &flow->answers;
	while (*last != NULL) {
		last = &(*last)->next;
	}
	*last = answer;
	flow->held[side]++;
	s->queued += cost(answer);
	return true;
}

static struct answer *take(struct streams *s, struct flow *flow, struct answer *answer)
{
	struct answer **link = &flow->answers;
	while (*link != answer) {
		link = &(*link)->next;
	}
	*link = answer->next;
	flow->held[answer->side]--;
	s->queued -= cost(answer);
	return answer;
}

/* It may be what a client logs in with. */
static void forget(struct answer *answer)
{
	explicit_bzero(answer->payload, answer->size);
	free(answer);
}

static void hand_over(struct streams *s, struct flow *flow, struct answer *answer)
{
	int64_t now_ns = s->time_ns;
	const struct segment seg = { .payload = answer->payload,
		                     .size = answer->size,
		                     .cut = answer->cut };
	(void)take(s, flow, answer);
	s->time_ns = answer->time_ns;
	half_stream_accept(s, flow, answer->side, answer->seq, &seg);
	s->time_ns = now_ns;
	forget(answer);
}

/* The first that a side has waiting. */
static struct answer *first_of(const struct flow *flow, enum stream_side side)
{
	struct answer *answer = flow->answers;
	while (answer != NULL && answer->side != side) {
		answer = answer->next;
	}
	return answer;
}

void held_segments_follow(struct streams *s, struct flow *flow, enum stream_side side, uint32_t end)
{
	enum stream_side peer = side == STREAM_CLIENT ? STREAM_SERVER : STREAM_CLIENT;
	struct answer *answer;
	/* What is handed over may make room by a skip of its own: a hole at a time. */
	if (flow->following) {
		return;
	}
	flow->following = true;
	while (!flow->stop && (answer = first_of(flow, peer)) != NULL &&
	       !seq_before(end, answer->ack)) {
		hand_over(s, flow, answer);
	}
	flow->following = false;
}

static bool has_waited(const struct streams *s, const struct flow *flow,
                       const struct answer *answer)
{
	return flow_segments(flow) - answer->segments >= s->limits.hole_packets ||
	       s->clock.now_ns - answer->held_ns >= s->limits.hole_ns;
}

/* One whose octets are there; of two the one that began to wait first. */
static struct answer *find_ready(const struct flow *flow)
{
	for (int i = 0; i < 2; i++) {
		enum stream_side side = flow->answers->side;
		if (i == 1) {
			side = side == STREAM_CLIENT ? STREAM_SERVER : STREAM_CLIENT;
		}
		struct answer *answer = first_of(flow, side);
		if (answer != NULL && !seq_before(flow->half[!side].next, answer->ack)) {
			return answer;
		}
	}
	return NULL;
}

/* The first has waited enough: its octets are lost, but for those that wait here. */
static void give_up(struct streams *s, struct flow *flow)
{
	const struct answer *first = flow->answers;
	enum stream_side peer = first->side == STREAM_CLIENT ? STREAM_SERVER : STREAM_CLIENT;
	struct answer *own = first_of(flow, peer);
	uint32_t next = flow->half[peer].next;
	if (own != NULL && !seq_before(next, own->seq)) {
		hand_over(s, flow, own);
	} else if (own != NULL && seq_before(own->seq, first->ack)) {
		half_stream_skip(s, flow, peer, own->seq);
	} else {
		half_stream_skip(s, flow, peer, first->ack);
	}
}

static void release(struct streams *s, struct flow *flow, bool all)
{
	while (flow->answers != NULL && !flow->stop && !flow->following) {
		struct answer *ready = find_ready(flow);
		if (ready != NULL) {
			hand_over(s, flow, ready);
		} else if (all || has_waited(s, flow, flow->answers)) {
			give_up(s, flow);
		} else {
			break;
		}
	}
}

void held_segments_release(struct streams *s, struct flow *flow)
{
	release(s, flow, false);
}

void held_segments_flush(struct streams *s, struct flow *flow)
{
	release(s, flow, true);
}

void held_segments_clear(struct streams *s, struct flow *flow)
{
	while (flow->answers != NULL) {
		forget(take(s, flow, flow->answers));
	}
}
