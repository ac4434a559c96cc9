/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/reassembly/held_segments.h"

#include <stdlib.h>
#include <string.h>

/* The largest number of segments of a connection that may be forged; further ones are dropped. */
#define FORGED_MAX 8

struct held_segment {
	struct held_segment *next;
	enum stream_side side; /* the sender */
	uint32_t seq, ack;
	uint32_t segments; /* of the connection, when it was held */
	int64_t held_ns;   /* packet clock at that time */
	int64_t time_ns;   /* of its capture */
	size_t size, cut;
	bool doubted; /* the other side had sent less than `ack` after this was captured */
	bool forged;  /* probably: see distrust(); not in held_count */
	uint8_t payload[];
};

static size_t cost(const struct held_segment *held)
{
	return sizeof(*held) + held->size;
}

/* Returns the acknowledgement number of the segment, without the number that a FIN takes. */
static uint32_t acked_octet(const struct stream_half *peer, const struct segment *seg)
{
	return peer->has_fin && seg->ack == peer->fin + 1 ? peer->fin : seg->ack;
}

static bool is_missing(const struct stream_half *peer, const struct segment *seg)
{
	if ((seg->flags & SEGMENT_ACK) == 0 || !peer->known || peer->seen == 0) {
		return false;
	}
	/* A single octet is more likely a FIN that was not captured. */
	int32_t missing = (int32_t)(acked_octet(peer, seg) - peer->next);
	return missing > 1 && missing <= HALF_STREAM_WINDOW;
}

static bool fits(const struct streams *s, const struct connection *connection,
                 const struct segment *seg)
{
	return connection->held_count[0] + connection->held_count[1] < HELD_SEGMENTS_MAX &&
	       half_stream_may_hold(s, sizeof(struct held_segment) + seg->size);
}

bool held_segments_add(struct streams *s, struct connection *connection, enum stream_side side,
                       uint32_t seq, const struct segment *seg)
{
	const struct stream_half *half = &connection->half[side], *peer = &connection->half[!side];
	/* After a held segment, the next ones of its side are held too. */
	if (seg->size == 0 || !seq_before(half->next, seq + (uint32_t)seg->size) ||
	    (connection->held_count[side] == 0 && !is_missing(peer, seg))) {
		return false;
	}
	if (half_stream_is_damaged(half, seg)) {
		s->stats.refused_segments++;
		return true;
	}
	struct held_segment *held =
	        fits(s, connection, seg) ? malloc(sizeof(*held) + seg->size) : NULL;
	if (held == NULL) {
		s->stats.flushed++;
		held_segments_flush(s, connection);
		return false;
	}
	*held = (struct held_segment){ .side = side,
		                       .seq = seq,
		                       /* Any other number is forged or meaningless. */
		                       .ack = is_missing(peer, seg) ? acked_octet(peer, seg)
		                                                    : peer->next,
		                       .segments = connection_segments(connection),
		                       .held_ns = s->clock.now_ns,
		                       .time_ns = seg->time_ns,
		                       .size = seg->size,
		                       .cut = seg->cut };
	memcpy(held->payload, seg->payload, seg->size);
	struct held_segment **last = &connection->held;
	while (*last != NULL) {
		last = &(*last)->next;
	}
	*last = held;
	connection->held_count[side]++;
	memory_budget_force(&s->queued, cost(held));
	return true;
}

static struct held_segment *take(struct streams *s, struct connection *connection,
                                 struct held_segment *held)
{
	struct held_segment **link = &connection->held;
	while (*link != held) {
		link = &(*link)->next;
	}
	*link = held->next;
	if (held->forged) {
		connection->held_forged--;
	} else {
		connection->held_count[held->side]--;
	}
	memory_budget_give(&s->queued, cost(held));
	return held;
}

/* The payload is wiped, because it may be a password. */
static void forget(struct held_segment *held)
{
	explicit_bzero(held->payload, held->size);
	free(held);
}

static void deliver(struct streams *s, struct connection *connection, struct held_segment *held)
{
	int64_t now_ns = s->time_ns;
	const struct segment seg = { .payload = held->payload,
		                     .size = held->size,
		                     .cut = held->cut };
	(void)take(s, connection, held);
	s->time_ns = held->time_ns;
	if (held->forged) {
		half_stream_accept_rest(s, connection, held->side, held->seq, &seg);
	} else {
		half_stream_accept(s, connection, held->side, held->seq, &seg);
	}
	s->time_ns = now_ns;
	forget(held);
}

/* The first held segment of a side. */
static struct held_segment *first_of(const struct connection *connection, enum stream_side side)
{
	struct held_segment *held = connection->held;
	while (held != NULL && (held->side != side || held->forged)) {
		held = held->next;
	}
	return held;
}

void held_segments_follow(struct streams *s, struct connection *connection, enum stream_side side,
                          uint32_t end)
{
	enum stream_side peer = side == STREAM_CLIENT ? STREAM_SERVER : STREAM_CLIENT;
	struct held_segment *held;
	/* Delivering may skip a hole to make room, which must not deliver held segments again. */
	if (connection->following) {
		return;
	}
	connection->following = true;
	while (!connection->stop && (held = first_of(connection, peer)) != NULL &&
	       !seq_before(end, held->ack)) {
		deliver(s, connection, held);
	}
	connection->following = false;
}

static bool has_waited(const struct streams *s, const struct connection *connection,
                       struct held_segment *held)
{
	const struct stream_half *peer = &connection->half[!held->side];
	int64_t waited_ns = s->clock.unsure ? 0 : packet_clock_since(&s->clock, &held->held_ns);

	/* Until the other side shows what it has sent, both a loss and a forgery are possible. */
	if (!held->doubted && seq_before(peer->top, held->ack)) {
		return waited_ns >= s->limits.blind_ns;
	}
	return connection_segments(connection) - held->segments >= s->limits.hole_packets ||
	       waited_ns >= s->limits.hole_ns;
}

/* The segment that was held first, without those that are distrusted, or NULL. */
static struct held_segment *first_waiting(const struct connection *connection)
{
	struct held_segment *held = connection->held;
	while (held != NULL && held->forged) {
		held = held->next;
	}
	return held;
}

/* A segment whose octets are delivered; of two, the one that was held first. */
static struct held_segment *find_ready(const struct connection *connection)
{
	for (int i = 0; i < 2; i++) {
		enum stream_side side = first_waiting(connection)->side;
		if (i == 1) {
			side = side == STREAM_CLIENT ? STREAM_SERVER : STREAM_CLIENT;
		}
		struct held_segment *held = first_of(connection, side);
		if (held != NULL && !seq_before(connection->half[!side].next, held->ack)) {
			return held;
		}
	}
	return NULL;
}

/* Retransmitted segments of a peer show nothing new. */
void held_segments_doubt(struct connection *connection, enum stream_side side,
                         const struct segment *seg)
{
	struct stream_half *half = &connection->half[side];
	uint32_t sent = seg->seq + (uint32_t)(seg->size + seg->cut);

	if (!half->known || seq_before(seg->seq, half->next) ||
	    seg->seq - half->next > HALF_STREAM_WINDOW || (seg->flags & SEGMENT_RST) != 0) {
		return;
	}
	half->top = seq_before(half->top, sent) ? sent : half->top;
	for (struct held_segment *held = connection->held; held != NULL; held = held->next) {
		held->doubted |= held->side != side && seq_before(sent, held->ack);
	}
}

/* True if the other side never sent what the segment acknowledges. */
static bool is_forged(const struct connection *connection, const struct held_segment *held)
{
	return held->doubted && seq_before(connection->half[!held->side].top, held->ack);
}

/*
 * The segment acknowledges octets that were never sent, so its receiver drops it, unless the
 * capture is out of order. The segment is therefore used only if the peer acknowledges its octets
 * and no other segment has contained them, or at the end of the connection.
 */
static void distrust(struct streams *s, struct connection *connection, struct held_segment *held)
{
	struct stream_half *peer = &connection->half[!held->side];

	s->stats.refused_segments++;
	peer->acked = seq_before(peer->top, peer->acked) ? peer->top : peer->acked;
	if (connection->held_forged == FORGED_MAX) {
		forget(take(s, connection, held));
		return;
	}
	held->forged = true;
	connection->held_forged++;
	connection->held_count[held->side]--;
}

/* A segment that is distrusted, and whose octets are delivered or acknowledged. */
static struct held_segment *find_settled(const struct connection *connection)
{
	struct held_segment *held;
	for (held = connection->held; held != NULL; held = held->next) {
		const struct stream_half *half = &connection->half[held->side];
		uint32_t end = held->seq + (uint32_t)held->size;
		if (held->forged && (!seq_before(half->next, end) ||
		                     (half->has_acked && !seq_before(half->acked, end)))) {
			break;
		}
	}
	return held;
}

/* The first segment was held long enough. The octets that it waited for are lost, except for those
 * in other held segments. */
static void give_up(struct streams *s, struct connection *connection)
{
	const struct held_segment *first = first_waiting(connection);
	enum stream_side peer = first->side == STREAM_CLIENT ? STREAM_SERVER : STREAM_CLIENT;
	struct held_segment *own = first_of(connection, peer);
	uint32_t next = connection->half[peer].next;
	if (own != NULL && !seq_before(next, own->seq)) {
		deliver(s, connection, own);
	} else if (own != NULL && seq_before(own->seq, first->ack)) {
		half_stream_skip(s, connection, peer, own->seq);
	} else {
		half_stream_skip(s, connection, peer, first->ack);
	}
}

static void release_waiting(struct streams *s, struct connection *connection, bool all)
{
	struct held_segment *first;
	while ((first = first_waiting(connection)) != NULL && !connection->stop) {
		struct held_segment *ready = find_ready(connection);
		if (ready != NULL) {
			deliver(s, connection, ready);
		} else if (!all && !has_waited(s, connection, first)) {
			break;
		} else if (is_forged(connection, first)) {
			distrust(s, connection, first);
		} else {
			give_up(s, connection);
		}
	}
}

static void release(struct streams *s, struct connection *connection, bool all)
{
	struct held_segment *settled;
	if (connection->held == NULL || connection->following) {
		return;
	}
	release_waiting(s, connection, all);
	while (connection->held_forged > 0 && !connection->stop &&
	       (settled = find_settled(connection)) != NULL) {
		deliver(s, connection, settled);
	}
}

void held_segments_release(struct streams *s, struct connection *connection)
{
	release(s, connection, false);
}

void held_segments_flush(struct streams *s, struct connection *connection)
{
	release(s, connection, true);
}

void held_segments_finish(struct streams *s, struct connection *connection)
{
	release(s, connection, true);
	while (connection->held != NULL && !connection->stop) {
		deliver(s, connection, connection->held);
	}
}

void held_segments_clear(struct streams *s, struct connection *connection)
{
	while (connection->held != NULL) {
		forget(take(s, connection, connection->held));
	}
}
