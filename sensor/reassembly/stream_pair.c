/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/reassembly/stream_pair.h"

#include <sys/param.h>

#include "sensor/reassembly/held_segments.h"
#include "sensor/reassembly/nids.h"

/* The number of consecutive segments outside the window after which the window moves to them. */
#define FARS_MAX 3
/* A larger jump means another connection, not a loss. */
#define JUMP_MAX (256 << 20)
/* libnids counts bytes in an int: reopen its stream well before. */
#define RESEAT_BYTES (1u << 29)
/* The factor by which the wait is longer if the peer was seen before. */
#define PATIENCE 10

static bool far_follows(const struct connection *connection, enum stream_side side, uint32_t seq)
{
	int32_t distance = (int32_t)(seq - connection->doubt[side].far);
	return connection->half[side].fars > 0 && distance > -HALF_STREAM_WINDOW &&
	       distance < HALF_STREAM_WINDOW;
}

/*
 * No receiver accepts octets so far outside its window (RFC 9293, 3.10.7.4), so they may be forged.
 * If the peer is captured, it must have acknowledged octets there.
 */
static bool is_far_confirmed(const struct connection *connection, enum stream_side side,
                             uint32_t seq)
{
	const struct stream_half_doubt *doubt = &connection->doubt[side];
	int32_t distance = (int32_t)(doubt->far_ack - seq);
	return connection->half[!side].seen == 0 ||
	       (doubt->has_far_ack && distance >= -HALF_STREAM_WINDOW &&
	        distance <= HALF_STREAM_WINDOW);
}

enum stream_pair_place stream_pair_place(struct streams *s, struct connection *connection,
                                         enum stream_side side, uint32_t seq, size_t size)
{
	struct stream_half *half = &connection->half[side];
	int32_t distance = (int32_t)(seq - half->next);

	if (distance <= HALF_STREAM_WINDOW && distance >= -HALF_STREAM_WINDOW) {
		half->fars = 0;
		return STREAM_PAIR_HERE;
	}
	half->fars = far_follows(connection, side, seq) ? MIN(half->fars + 1, FARS_MAX) : 1;
	connection->doubt[side].far = seq + (uint32_t)size;
	if (half->fars < FARS_MAX || !is_far_confirmed(connection, side, seq)) {
		return STREAM_PAIR_FAR;
	}
	half->fars = 0;
	connection->doubt[side].has_far_ack = false;
	if (connection->state != CONNECTION_OPEN || distance < 0 || distance > JUMP_MAX) {
		return STREAM_PAIR_OTHER;
	}
	half->has_fin = false;
	/* Held segments have sequence numbers of the old window. */
	held_segments_flush(s, connection);
	half_stream_skip_all(s, connection, side);
	half_stream_skip(s, connection, side, seq);
	return STREAM_PAIR_HERE;
}

static void reseat(struct streams *s, struct connection *connection)
{
	held_segments_flush(s, connection);
	half_stream_skip_all(s, connection, STREAM_CLIENT);
	half_stream_skip_all(s, connection, STREAM_SERVER);
	libnids_stream_free(connection->nids);
	if (!half_stream_open(s, connection) && !connection->stop) {
		connection->stop = true;
		connection->why = STREAM_END_EVICTED;
	}
}

void stream_pair_accept(struct streams *s, struct connection *connection, enum stream_side side,
                        uint32_t seq, const struct segment *seg)
{
	const struct stream_half *half = &connection->half[side];

	if (held_segments_add(s, connection, side, seq, seg)) {
		return;
	}
	if (half->next - half->origin > RESEAT_BYTES) {
		reseat(s, connection);
	}
	half_stream_accept(s, connection, side, seq, seg);
}

static bool has_waited(const struct streams *s, const struct connection *connection,
                       struct mark *mark, uint32_t end, uint32_t proof, size_t packets, int64_t ns)
{
	if (!mark->set || seq_before(mark->proof, end)) {
		mark->set = !seq_before(proof, end);
		mark->proof = proof;
		mark->segments = connection_segments(connection);
		mark->ns = s->clock.now_ns;
		return false;
	}
	return connection_segments(connection) - mark->segments >= packets ||
	       (!s->clock.unsure && packet_clock_since(&s->clock, &mark->ns) >= ns);
}

/*
 * A hole is given up some time after the peer has acknowledged the missing octets. It is not given
 * up at once, because taps reorder packets. If the peer was never captured, the time is longer. If
 * the peer was seen and is silent now, it is still longer, because the peer itself waits for a
 * retransmission.
 */
static bool is_over(const struct streams *s, struct connection *connection, enum stream_side side,
                    uint32_t end)
{
	const struct streams_limits *l = &s->limits;
	const struct stream_half *half = &connection->half[side], *peer = &connection->half[!side];
	struct stream_half_doubt *doubt = &connection->doubt[side];
	uint32_t top = seq_before(half->top, end) ? end : half->top;
	/* A number of segments shows nothing if the peer was seen: they may be a burst that takes
	 * no time, to which the peer will reply. */
	size_t blind_packets = peer->seen > 0 ? SIZE_MAX : l->blind_packets;
	int patience = peer->seen > 0 ? PATIENCE : 1;

	if (peer->seen != doubt->peer_seen) {
		doubt->peer_seen = peer->seen;
		doubt->blind.set = false;
	}
	if (half->has_acked && has_waited(s, connection, &doubt->acked, end, half->acked,
	                                  l->hole_packets, l->hole_ns)) {
		return true;
	}
	return has_waited(s, connection, &doubt->blind, end, top, blind_packets,
	                  l->blind_ns * patience);
}

static void forget_age(struct connection *connection, enum stream_side side)
{
	connection->doubt[side].acked.set = connection->doubt[side].blind.set = false;
}

/* \return True if the first hole of a side may still be filled. */
static bool settle_side(struct streams *s, struct connection *connection, enum stream_side side)
{
	uint32_t end;
	bool marked = connection->has_holes;

	while (!connection->stop && half_stream_find_hole(&connection->half[side], &end)) {
		if (!is_over(s, connection, side, end)) {
			return true;
		}
		half_stream_skip(s, connection, side, end);
		marked = true;
	}
	if (marked) {
		forget_age(connection, side);
	}
	return false;
}

void stream_pair_settle(struct streams *s, struct connection *connection)
{
	bool waits = false;
	for (int side = 0; side < 2; side++) {
		/* The missing octets may be in a held segment. */
		waits |= connection->held_count[side] == 0 &&
		         settle_side(s, connection, (enum stream_side)side);
	}
	held_segments_release(s, connection);
	waits |= connection->held != NULL;
	if (waits && !connection->has_holes) {
		TAILQ_INSERT_HEAD(&s->holes, connection, in_holes);
	} else if (!waits && connection->has_holes) {
		TAILQ_REMOVE(&s->holes, connection, in_holes);
		forget_age(connection, STREAM_CLIENT);
		forget_age(connection, STREAM_SERVER);
	}
	connection->has_holes = waits;
}

void stream_pair_flush(struct streams *s, struct connection *connection)
{
	held_segments_finish(s, connection);
	half_stream_flush(s, connection, STREAM_CLIENT);
	half_stream_flush(s, connection, STREAM_SERVER);
}

void stream_pair_close(struct streams *s, struct connection *connection)
{
	held_segments_clear(s, connection);
	for (int side = 0; side < 2; side++) {
		half_stream_free_queue(s, &connection->half[side]);
	}
	if (connection->has_holes) {
		TAILQ_REMOVE(&s->holes, connection, in_holes);
		connection->has_holes = false;
	}
	if (connection->nids != NULL) {
		libnids_stream_free(connection->nids);
		connection->nids = NULL;
	}
}
