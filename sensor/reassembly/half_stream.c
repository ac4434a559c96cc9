/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/reassembly/half_stream.h"

#include "sensor/reassembly/nids.h"

/* Memory of libnids and malloc for each queued segment. */
#define QUEUED_OVERHEAD 160

#define MIN(a, b) ((a) < (b) ? (a) : (b))

static const uint8_t FILLER[LIBNIDS_FEED_MAX];

/* Drops the range that is being delivered, if it was queued. \return Its time of capture. */
static int64_t drop_queued(struct streams *s, struct stream_half *half)
{
	const struct range *first = half->queue.first;
	if (first == NULL || first->from != half->next) {
		return s->time_ns;
	}
	int64_t time_ns = first->time_ns;
	s->queued -= first->to - first->from + QUEUED_OVERHEAD;
	ranges_pop(&half->queue);
	return time_ns;
}

static void deliver(struct streams *s, struct connection *connection, enum stream_side side,
                    const uint8_t *bytes, size_t size, uint32_t seq, int64_t time_ns)
{
	if (connection->stop || size == 0) {
		return;
	}
	s->stats.bytes += size;
	if (!s->handler.data(s->ctx, &connection->stream, side, bytes, size, seq, time_ns)) {
		connection->stop = true;
		connection->why = STREAM_END_REFUSED;
	}
}

/* Octets before the urgent one; `size` if it is not among these. */
static size_t take_urgent(struct stream_half *half, const struct stream_half_doubt *doubt,
                          uint32_t seq, size_t size)
{
	uint32_t before = doubt->urgent - seq;
	half->has_urgent = (int32_t)before >= 0 && before >= size;
	return before < size ? before : size;
}

void half_stream_take(void *user, bool from_client, const uint8_t *bytes, size_t size)
{
	struct connection *connection = user;
	struct streams *s = connection->owner;
	enum stream_side side = from_client ? STREAM_CLIENT : STREAM_SERVER;
	struct stream_half *half = &connection->half[side];
	uint32_t seq = half->next;
	int64_t time_ns = drop_queued(s, half);

	half->next += (uint32_t)size;
	if (half->filler > 0) {
		half->filler -= (uint32_t)MIN(size, half->filler);
		return;
	}
	if (half->has_urgent) {
		size_t before = take_urgent(half, &connection->doubt[side], seq, size);
		deliver(s, connection, side, bytes, MIN(before, size), seq, time_ns);
		bytes += MIN(before + 1, size);
		seq += (uint32_t)MIN(before + 1, size);
		size -= MIN(before + 1, size);
	}
	deliver(s, connection, side, bytes, size, seq, time_ns);
}

static void report_gap(struct streams *s, struct connection *connection, enum stream_side side,
                       size_t size)
{
	if (connection->stop || size == 0) {
		return;
	}
	s->stats.gaps++;
	s->stats.gap_bytes += size;
	s->handler.gap(s->ctx, &connection->stream, side, size, s->time_ns);
}

bool half_stream_open(struct streams *s, struct connection *connection)
{
	connection->nids = libnids_stream_open(++s->number, connection);
	if (connection->nids == NULL) {
		s->stats.library++;
		return false;
	}
	for (int side = 0; side < 2; side++) {
		connection->half[side].origin = connection->half[side].next - 1;
	}
	return true;
}

/* Ends the connection if libnids has not delivered exactly up to `reach`. */
static void check_reached(struct streams *s, struct connection *connection,
                          const struct stream_half *half, uint32_t reach)
{
	if (half->next != reach && !connection->stop) {
		s->stats.library++;
		connection->stop = true;
		connection->why = STREAM_END_EVICTED;
	}
}

/* Feeds octets that were not fed before, in order or after a hole. */
static void feed(struct streams *s, struct connection *connection, enum stream_side side,
                 uint32_t seq, const uint8_t *bytes, size_t size)
{
	struct stream_half *half = &connection->half[side], *peer = &connection->half[!side];

	while (size > 0 && !connection->stop) {
		size_t part = MIN(size, LIBNIDS_FEED_MAX);
		bool in_order = seq == half->next;
		uint32_t reach = ranges_reach(&half->queue, seq + (uint32_t)part);
		if (!in_order && !ranges_add(&half->queue, seq, seq + (uint32_t)part, s->time_ns)) {
			s->stats.no_memory++;
			return;
		}
		s->queued += in_order ? 0 : part + QUEUED_OVERHEAD;
		libnids_stream_feed(connection->nids, side == STREAM_CLIENT, seq - half->origin,
		                    peer->next - peer->origin, bytes, part);
		seq += (uint32_t)part;
		bytes += part;
		size -= part;
		if (in_order) {
			check_reached(s, connection, half, reach);
		}
	}
}

static void skip_to(struct streams *s, struct connection *connection, enum stream_side side,
                    uint32_t end)
{
	struct stream_half *half = &connection->half[side];
	uint32_t size = end - half->next;

	report_gap(s, connection, side, size);
	/* Replies to the lost octets come before the octets after them. */
	s->follow(s, connection, side, end);
	if (!seq_before(half->next, end)) {
		return; /* that call may have skipped the hole to make room */
	}
	size = end - half->next;
	if (half->queue.first == NULL) {
		half->next = end;
		half->origin += size;
		return;
	}
	while (size > 0 && !connection->stop) {
		uint32_t part = MIN(size, LIBNIDS_FEED_MAX);
		half->filler = part;
		feed(s, connection, side, half->next, FILLER, part);
		size -= part;
	}
}

void half_stream_skip(struct streams *s, struct connection *connection, enum stream_side side,
                      uint32_t end)
{
	struct stream_half *half = &connection->half[side];
	while (!connection->stop && seq_before(half->next, end)) {
		const struct range *first = half->queue.first;
		skip_to(s, connection, side,
		        first != NULL && seq_before(first->from, end) ? first->from : end);
	}
}

static bool is_full(const struct streams *s, const struct stream_half *half, size_t size)
{
	return half->queue.segments >= s->limits.queued_max ||
	       s->queued + size + QUEUED_OVERHEAD > s->limits.queued_bytes;
}

/* A peer that is captured and has not acknowledged the octets before `end` lacks them too. */
static bool is_awaited(const struct connection *connection, enum stream_side side, uint32_t end)
{
	const struct stream_half *half = &connection->half[side];
	return connection->half[!side].seen > 0 &&
	       (!half->has_acked || seq_before(half->acked, end));
}

/*
 * Makes room for octets after a hole: gives up the first holes. \return False if the peer
 * may still get them, and these octets again: a sender must not be able to force a gap.
 */
static bool make_room(struct streams *s, struct connection *connection, enum stream_side side,
                      uint32_t seq, size_t size)
{
	struct stream_half *half = &connection->half[side];
	uint32_t end;

	while (!connection->stop && seq_before(half->next, seq) && is_full(s, half, size)) {
		if (half->queue.first == NULL || seq_before(seq, half->queue.first->from)) {
			end = seq;
		} else {
			end = half->queue.first->from;
		}
		s->stats.flushed++;
		if (is_awaited(connection, side, end)) {
			return false;
		}
		skip_to(s, connection, side, end);
	}
	return true;
}

static void accept_bytes(struct streams *s, struct connection *connection, enum stream_side side,
                         uint32_t seq, const uint8_t *bytes, uint32_t end)
{
	struct stream_half *half = &connection->half[side];
	uint32_t at = seq;

	while (!connection->stop) {
		uint32_t to = end;
		at = seq_before(at, half->next) ? half->next : at;
		if (!seq_before(at, end) || !ranges_vacant(&half->queue, &at, &to)) {
			return;
		}
		if (!make_room(s, connection, side, at, to - at)) {
			return;
		}
		feed(s, connection, side, at, bytes + (at - seq), to - at);
		at = to;
	}
}

void half_stream_accept(struct streams *s, struct connection *connection, enum stream_side side,
                        uint32_t seq, const struct segment *seg)
{
	struct stream_half *half = &connection->half[side];
	uint32_t end = seq + (uint32_t)seg->size, real_end = end + (uint32_t)seg->cut;
	uint32_t before = half->next;
	size_t queued = half->queue.bytes;

	if (half->has_fin && seq_before(half->fin, real_end)) {
		/* Octets after the FIN: it was forged or wrong. */
		half->has_fin = false;
	}
	accept_bytes(s, connection, side, seq, seg->payload, end);
	if (seg->size > 0 && half->next == before && half->queue.bytes == queued) {
		s->stats.repeated++;
	}
	/* Octets cut off by the capture are lost. */
	if (seg->cut > 0 && half->next == end && half->queue.first == NULL && !connection->stop) {
		skip_to(s, connection, side, real_end);
	}
}

void half_stream_skip_all(struct streams *s, struct connection *connection, enum stream_side side)
{
	uint32_t end;
	while (!connection->stop && half_stream_find_hole(&connection->half[side], &end)) {
		skip_to(s, connection, side, end);
	}
}

/* Reports octets at the end that the peer acknowledged and the capture lacks. */
static void report_tail(struct streams *s, struct connection *connection, enum stream_side side)
{
	const struct stream_half *half = &connection->half[side];
	int32_t missing = (int32_t)(half->acked - half->next);

	if (half->seen == 0 || !half->known || !half->has_acked || half->has_fin) {
		return;
	}
	/* A single octet is more likely a FIN that was not captured. */
	if (missing > 1 && missing <= HALF_STREAM_WINDOW) {
		report_gap(s, connection, side, (size_t)missing);
	}
}

void half_stream_flush(struct streams *s, struct connection *connection, enum stream_side side)
{
	half_stream_skip_all(s, connection, side);
	report_tail(s, connection, side);
}

void half_stream_free_queue(struct streams *s, struct stream_half *half)
{
	s->queued -= half->queue.bytes + (size_t)half->queue.segments * QUEUED_OVERHEAD;
	ranges_clear(&half->queue);
}
