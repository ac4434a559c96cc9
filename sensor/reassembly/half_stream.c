/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/reassembly/half_stream.h"

#include "sensor/reassembly/held_segments.h"
#include "sensor/reassembly/nids.h"

/* Consecutive segments out of the window before it moves to them. */
#define FARS_MAX 3
/* A larger jump is another connection, not a loss. */
#define JUMP_MAX (256 << 20)
/* libnids counts bytes in an int: reopen its stream well before. */
#define RESEAT_BYTES (1u << 29)
/* Factor of the wait for a peer that was seen before. */
#define PATIENCE 10
/* Memory of libnids and malloc for each queued segment. */
#define QUEUED_OVERHEAD 160

#define MIN(a, b) ((a) < (b) ? (a) : (b))

static const uint8_t FILLER[LIBNIDS_FEED_MAX];

static size_t queue_cost(const struct ranges *queue)
{
	return queue->bytes + (size_t)queue->segments * QUEUED_OVERHEAD;
}

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
	if (connection->stop) {
		return;
	}
	s->stats.bytes += size;
	if (!s->handler.data(s->ctx, &connection->stream, side, bytes, size, seq, time_ns)) {
		connection->stop = true;
		connection->why = STREAM_END_REFUSED;
	}
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
	held_segments_follow(s, connection, side, end);
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

/* Finds the end of the first hole; false if nothing shows that there is one. */
static bool find_hole(const struct stream_half *half, uint32_t *end)
{
	if (half->queue.first != NULL) {
		*end = half->queue.first->from;
		return true;
	}
	*end = half->fin;
	return half->has_fin && seq_before(half->next, half->fin);
}

static void skip_all(struct streams *s, struct connection *connection, enum stream_side side)
{
	uint32_t end;
	while (!connection->stop && find_hole(&connection->half[side], &end)) {
		skip_to(s, connection, side, end);
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

static void reseat(struct streams *s, struct connection *connection)
{
	held_segments_flush(s, connection);
	skip_all(s, connection, STREAM_CLIENT);
	skip_all(s, connection, STREAM_SERVER);
	libnids_stream_free(connection->nids);
	if (!half_stream_open(s, connection) && !connection->stop) {
		connection->stop = true;
		connection->why = STREAM_END_EVICTED;
	}
}

static bool far_follows(const struct connection *connection, enum stream_side side, uint32_t seq)
{
	int32_t distance = (int32_t)(seq - connection->doubt[side].far);
	return connection->half[side].fars > 0 && distance > -HALF_STREAM_WINDOW &&
	       distance < HALF_STREAM_WINDOW;
}

enum half_stream_place half_stream_place(struct streams *s, struct connection *connection,
                                         enum stream_side side, uint32_t seq, size_t size)
{
	struct stream_half *half = &connection->half[side];
	int32_t distance = (int32_t)(seq - half->next);

	if (distance <= HALF_STREAM_WINDOW && distance >= -HALF_STREAM_WINDOW) {
		half->fars = 0;
		return HALF_STREAM_HERE;
	}
	half->fars = far_follows(connection, side, seq) ? half->fars + 1 : 1;
	connection->doubt[side].far = seq + (uint32_t)size;
	if (half->fars < FARS_MAX) {
		return HALF_STREAM_FAR;
	}
	half->fars = 0;
	if (connection->state != CONNECTION_OPEN || distance < 0 || distance > JUMP_MAX) {
		return HALF_STREAM_OTHER;
	}
	half->has_fin = false;
	/* Held segments have numbers of the old window. */
	held_segments_flush(s, connection);
	skip_all(s, connection, side);
	half_stream_skip(s, connection, side, seq);
	return HALF_STREAM_HERE;
}

static bool is_full(const struct streams *s, const struct stream_half *half, size_t size)
{
	return half->queue.segments >= s->limits.queued_max ||
	       s->queued + size + QUEUED_OVERHEAD > s->limits.queued_bytes;
}

/* Makes room for octets after a hole: gives up the first holes. */
static void make_room(struct streams *s, struct connection *connection, enum stream_side side,
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
		skip_to(s, connection, side, end);
	}
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
		make_room(s, connection, side, at, to - at);
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
	if (half->next - half->origin > RESEAT_BYTES) {
		reseat(s, connection);
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
	       s->clock.now_ns - mark->ns >= ns;
}

/*
 * A hole is over some time after the peer has acknowledged the missing octets: some time,
 * since taps reorder. Without a peer in the capture it is over after a longer time. A peer
 * that was seen before and is silent now is waiting for a retransmission itself.
 */
static bool is_over(const struct streams *s, struct connection *connection, enum stream_side side,
                    uint32_t end)
{
	const struct streams_limits *l = &s->limits;
	const struct stream_half *half = &connection->half[side], *peer = &connection->half[!side];
	struct stream_half_doubt *doubt = &connection->doubt[side];
	uint32_t top = seq_before(half->top, end) ? end : half->top;
	int patience = peer->seen > 0 ? PATIENCE : 1;

	if (peer->seen != doubt->peer_seen) {
		doubt->peer_seen = peer->seen;
		doubt->blind.set = false;
	}
	if (half->has_acked && has_waited(s, connection, &doubt->acked, end, half->acked,
	                                  l->hole_packets, l->hole_ns)) {
		return true;
	}
	return has_waited(s, connection, &doubt->blind, end, top,
	                  l->blind_packets * (size_t)patience, l->blind_ns * patience);
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

	while (!connection->stop && find_hole(&connection->half[side], &end)) {
		if (!is_over(s, connection, side, end)) {
			return true;
		}
		skip_to(s, connection, side, end);
		marked = true;
	}
	if (marked) {
		forget_age(connection, side);
	}
	return false;
}

void half_stream_settle(struct streams *s, struct connection *connection)
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
		LIST_INSERT_HEAD(&s->holes, connection, in_holes);
	} else if (!waits && connection->has_holes) {
		LIST_REMOVE(connection, in_holes);
		forget_age(connection, STREAM_CLIENT);
		forget_age(connection, STREAM_SERVER);
	}
	connection->has_holes = waits;
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

void half_stream_flush(struct streams *s, struct connection *connection)
{
	held_segments_flush(s, connection);
	for (int side = 0; side < 2; side++) {
		skip_all(s, connection, (enum stream_side)side);
		report_tail(s, connection, (enum stream_side)side);
	}
}

void half_stream_close(struct streams *s, struct connection *connection)
{
	held_segments_clear(s, connection);
	for (int side = 0; side < 2; side++) {
		s->queued -= queue_cost(&connection->half[side].queue);
		ranges_clear(&connection->half[side].queue);
	}
	if (connection->has_holes) {
		LIST_REMOVE(connection, in_holes);
		connection->has_holes = false;
	}
	if (connection->nids != NULL) {
		libnids_stream_free(connection->nids);
		connection->nids = NULL;
	}
}

bool half_stream_finished(const struct stream_half *half)
{
	return half->has_fin && half->next == half->fin;
}
