/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/reassembly/segment_check.h"

#include "base/time_ns.h"

/* Data that comes within this time after the end of a connection was reordered, and belongs to the
 * connection. */
#define STRAGGLERS_NS NS_PER_S
/* If a segment has this many hops less left than the first segment of its side, it may not reach
 * the receiver, unless it has at least HOPS_ENOUGH left, which is more than any path needs. */
#define HOPS_FEWER  10
#define HOPS_ENOUGH 32

/* True if data after the end of a connection begins another connection. */
static bool begins_again(const struct connection *connection, const struct stream_half *half,
                         const struct segment *seg, int64_t now_ns)
{
	int32_t distance = (int32_t)(seg->seq - half->next);
	if (connection->state != CONNECTION_OVER || seg->size == 0 || !half->known) {
		return false;
	}
	return distance > HALF_STREAM_WINDOW || distance < -HALF_STREAM_WINDOW ||
	       (distance >= 0 && now_ns - connection->touched_ns > STRAGGLERS_NS);
}

/*
 * True if the SYN, whose data begins at `seq`, belongs to this connection. For the first
 * segment of a side, the acknowledgements of the peer decide.
 */
static bool is_own_syn(const struct stream_half *half, uint32_t seq)
{
	if (half->known) {
		return half->start == seq;
	}
	return half->has_acked && half->acked - seq <= UINT16_MAX;
}

/*
 * True if the other side agrees to the new connection of the SYN: only its own numbers
 * prove that it took the SYN (RFC 5961, 4). A client alone can be forged at any length, so
 * its data decide only where the server is never captured.
 */
static bool confirms_reuse(const struct connection *connection, enum stream_side side,
                           const struct segment *seg)
{
	const struct stream_half *client = &connection->half[STREAM_CLIENT];
	const struct stream_half *server = &connection->half[STREAM_SERVER];

	if (!connection->has_reuse) {
		return false;
	}
	if (side == STREAM_CLIENT) {
		return server->seen == 0 && seg->seq == connection->reuse &&
		       seg->seq != client->next;
	}
	return (seg->flags & SEGMENT_ACK) != 0 && !segment_is_near(seg->seq, server) &&
	       !seq_before(seg->ack, connection->reuse) &&
	       seg->ack - connection->reuse <= UINT16_MAX;
}

bool segment_begins_another(struct connection *connection, enum stream_side side,
                            const struct segment *seg, int64_t now_ns)
{
	struct stream_half *half = &connection->half[side];
	uint32_t seq = segment_data_seq(seg);
	bool syn = (seg->flags & SEGMENT_SYN) != 0;
	bool own_syn = is_own_syn(half, seq);

	if (connection->state == CONNECTION_WAITING && syn) {
		return side == STREAM_SERVER && segment_is_syn_only(seg);
	}
	if (connection->state != CONNECTION_OPEN && connection->state != CONNECTION_WAITING) {
		return syn ? !own_syn : begins_again(connection, half, seg, now_ns);
	}
	if (syn && side == STREAM_CLIENT && segment_is_syn_only(seg)) {
		connection->has_reuse = !own_syn;
		connection->reuse = seq;
		return false;
	}
	if (syn) {
		return side == STREAM_SERVER && connection->has_reuse &&
		       seg->ack == connection->reuse;
	}
	if (seg->size == 0 || !half->known || (seg->flags & SEGMENT_RST) != 0) {
		return false;
	}
	return confirms_reuse(connection, side, seg);
}

bool segment_is_valid_reset(const struct connection *connection, enum stream_side side,
                            const struct segment *seg)
{
	const struct stream_half *half = &connection->half[side], *peer = &connection->half[!side];
	if (half->known && (seg->seq == half->next || (peer->seen == 0 && seg->seq == half->top) ||
	                    (half->has_fin && seg->seq == half->fin + 1))) {
		return true;
	}
	if (half->has_acked && seg->seq == half->acked) {
		return true;
	}
	/* The reply to a SYN (RFC 9293, 3.10.7.3). */
	return connection->state == CONNECTION_WAITING && (seg->flags & SEGMENT_ACK) != 0 &&
	       peer->known && seg->ack == peer->next;
}

void segment_learn_origin(struct stream_half *half, const struct segment *seg)
{
	half->hops = seg->hops;
	half->sums = half_stream_has_sum(seg) && half_stream_sum_is_right(seg);
}

bool segment_is_stray(const struct connection *connection, enum stream_side side,
                      const struct segment *seg)
{
	const struct stream_half *half = &connection->half[side];
	bool short_lived =
	        seg->hops != 0 && seg->hops < HOPS_ENOUGH && seg->hops + HOPS_FEWER <= half->hops;
	return short_lived || half_stream_is_damaged(half, seg);
}
