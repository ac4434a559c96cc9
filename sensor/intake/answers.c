/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/intake/answers.h"

#include <stdlib.h>
#include <string.h>

struct answer {
	struct answer *next;
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
	return missing > 1 && missing <= HALVES_WINDOW;
}

static bool fits(const struct streams *s, const struct flow *flow, const struct segment *seg)
{
	return flow->answers_count < ANSWERS_MAX &&
	       s->queued + sizeof(struct answer) + seg->size <= s->limits.queued_bytes;
}

bool answers_hold(struct streams *s, struct flow *flow, enum stream_side side, uint32_t seq,
                  const struct segment *seg)
{
	const struct half *half = &flow->half[side], *peer = &flow->half[!side];
	bool waiting = flow->answers != NULL;
	if (seg->size == 0 || !seq_before(half->next, seq + (uint32_t)seg->size) ||
	    (waiting ? flow->answers_side != side : !is_missing(peer, seg))) {
		return false;
	}
	struct answer *answer = fits(s, flow, seg) ? malloc(sizeof(*answer) + seg->size) : NULL;
	if (answer == NULL) {
		s->stats.flushed++;
		answers_flush(s, flow);
		return false;
	}
	*answer = (struct answer){ .seq = seq,
		                   .ack = answered(peer, seg),
		                   .segments = flow->segments,
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
	flow->answers_count++;
	flow->answers_side = side;
	s->queued += cost(answer);
	return true;
}

static struct answer *take_first(struct streams *s, struct flow *flow)
{
	struct answer *answer = flow->answers;
	flow->answers = answer->next;
	flow->answers_count--;
	s->queued -= cost(answer);
	return answer;
}

static void hand_over_first(struct streams *s, struct flow *flow)
{
	enum stream_side side = (enum stream_side)flow->answers_side;
	struct answer *answer = take_first(s, flow);
	int64_t now_ns = s->time_ns;
	const struct segment seg = { .payload = answer->payload,
		                     .size = answer->size,
		                     .cut = answer->cut };
	s->time_ns = answer->time_ns;
	halves_accept(s, flow, side, answer->seq, &seg);
	s->time_ns = now_ns;
	free(answer);
}

void answers_follow(struct streams *s, struct flow *flow, enum stream_side side, uint32_t end)
{
	while (flow->answers != NULL && flow->answers_side != side && !flow->stop &&
	       !seq_before(end, flow->answers->ack)) {
		hand_over_first(s, flow);
	}
}

static bool has_waited(const struct streams *s, const struct flow *flow,
                       const struct answer *answer)
{
	return flow->segments - answer->segments >= s->limits.hole_packets ||
	       s->clock.now_ns - answer->held_ns >= s->limits.hole_ns;
}

static void release(struct streams *s, struct flow *flow, bool all)
{
	while (flow->answers != NULL && !flow->stop) {
		enum stream_side peer = !flow->answers_side ? STREAM_SERVER : STREAM_CLIENT;
		uint32_t ack = flow->answers->ack;
		if (!seq_before(flow->half[peer].next, ack)) {
			hand_over_first(s, flow);
		} else if (all || has_waited(s, flow, flow->answers)) {
			halves_skip(s, flow, peer, ack);
		} else {
			break;
		}
	}
}

void answers_release(struct streams *s, struct flow *flow)
{
	release(s, flow, false);
}

void answers_flush(struct streams *s, struct flow *flow)
{
	release(s, flow, true);
}

void answers_clear(struct streams *s, struct flow *flow)
{
	while (flow->answers != NULL) {
		free(take_first(s, flow));
	}
}
