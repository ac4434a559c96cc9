/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/reassembly/half_stream.h"

#include <string.h>
#include <sys/param.h>

#include "sensor/reassembly/checksum.h"
#include "sensor/reassembly/nids.h"
#include "sensor/reassembly/reading.h"

/* Memory of libnids and malloc for each queued segment. */
#define QUEUED_OVERHEAD 160

/* The offset of the octet of the TCP header that contains its length (RFC 9293, 3.1). */
#define TCP_OFFSET_AT 12
/* The octets with its checksum. */
#define TCP_CHECKSUM_AT 16

static const uint8_t FILLER[LIBNIDS_FEED_MAX];

/* Octets after a hole are in libnids and in the queue. */
static size_t queue_cost(const struct ranges *queue)
{
	return 2 * (size_t)queue->bytes + (size_t)queue->segments * QUEUED_OVERHEAD;
}

static bool queue_add(struct streams *s, struct stream_half *half, uint32_t from, uint32_t to,
                      const uint8_t *octets)
{
	size_t before = queue_cost(&half->queue);
	if (!ranges_add(&half->queue, from, to, s->time_ns, octets)) {
		s->stats.no_memory++;
		return false;
	}
	memory_budget_force(&s->queued, queue_cost(&half->queue) - before);
	return true;
}

/* Drops the ranges that are delivered. */
static void queue_drop(struct streams *s, struct stream_half *half)
{
	while (half->queue.first != NULL && !seq_before(half->next, half->queue.first->to)) {
		size_t before = queue_cost(&half->queue);
		ranges_pop(&half->queue);
		memory_budget_give(&s->queued, before - queue_cost(&half->queue));
	}
}

/* The time at which the octet was captured. */
static int64_t time_of(const struct streams *s, const struct stream_half *half, uint32_t seq)
{
	const struct range *first = half->queue.first;
	return first != NULL && !seq_before(seq, first->from) ? first->time_ns : s->time_ns;
}

static void forget_history(struct streams *s, struct connection *connection)
{
	for (int side = 0; side < 2; side++) {
		history_wipe(&s->history, &connection->half[side].history, connection);
	}
}

/* \return True if octets must be wiped from memory. */
static bool deliver(struct streams *s, struct connection *connection, enum stream_side side,
                    const uint8_t *bytes, size_t size, uint32_t seq, int64_t time_ns)
{
	if (connection->stop || size == 0) {
		return false;
	}
	s->stats.bytes += size;
	enum stream_verdict verdict =
	        s->handler.data(s->ctx, &connection->stream, side, bytes, size, seq, time_ns);
	if (verdict == STREAM_STOP) {
		connection->stop = true;
		connection->why = STREAM_END_REFUSED;
		return true;
	}
	if (connection->has_reading) {
		reading_data(s, connection, side, bytes, size, seq, time_ns);
	}
	if (verdict == STREAM_MORE) {
		history_add(&s->history, &connection->half[side].history, connection, seq, bytes,
		            size);
		return false;
	}
	forget_history(s, connection);
	return true;
}

/* Delivers octets while an urgent octet is known. */
static bool deliver_urgent(struct streams *s, struct connection *connection, enum stream_side side,
                           const uint8_t *bytes, size_t size, uint32_t seq, int64_t time_ns)
{
	struct stream_half *half = &connection->half[side];
	uint32_t before = connection->doubt[side].urgent - seq;

	half->has_urgent = (int32_t)before >= 0 && before >= size;
	if (before >= size) {
		return deliver(s, connection, side, bytes, size, seq, time_ns);
	}
	bool wipe = deliver(s, connection, side, bytes, before, seq, time_ns);
	half->had_urgent = true;
	history_add(&s->history, &half->history, connection, seq + before, bytes + before, 1);
	if (connection->has_reading) {
		reading_data(s, connection, side, bytes + before, 1, seq + before, time_ns);
	}
	before++;
	wipe |= deliver(s, connection, side, bytes + before, size - before, seq + before, time_ns);
	return wipe;
}

bool half_stream_take(void *user, bool from_client, const uint8_t *bytes, size_t size)
{
	struct connection *connection = user;
	struct streams *s = connection->owner;
	enum stream_side side = from_client ? STREAM_CLIENT : STREAM_SERVER;
	struct stream_half *half = &connection->half[side];
	uint32_t seq = half->next;
	int64_t time_ns = s->time_ns;

	half->next += (uint32_t)size;
	if (half->queue.first != NULL) {
		time_ns = time_of(s, half, seq);
		queue_drop(s, half);
	}
	if (half->filler > 0) {
		half->filler -= (uint32_t)MIN(size, half->filler);
		return false;
	}
	if (half->has_urgent) {
		return deliver_urgent(s, connection, side, bytes, size, seq, time_ns);
	}
	return deliver(s, connection, side, bytes, size, seq, time_ns);
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
	if (connection->has_reading) {
		reading_gap(s, connection, side, size);
	}
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
		if (!in_order && !queue_add(s, half, seq, seq + (uint32_t)part, bytes)) {
			return;
		}
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

/* Feeds octets in order to a half stream of which libnids holds nothing. */
static void feed_in_order(struct streams *s, struct connection *connection, enum stream_side side,
                          const uint8_t *bytes, size_t size)
{
	struct stream_half *half = &connection->half[side], *peer = &connection->half[!side];

	while (size > 0 && !connection->stop) {
		size_t part = MIN(size, LIBNIDS_FEED_MAX);
		uint32_t reach = half->next + (uint32_t)part;
		libnids_stream_feed(connection->nids, side == STREAM_CLIENT,
		                    half->next - half->origin, peer->next - peer->origin, bytes,
		                    part);
		bytes += part;
		size -= part;
		check_reached(s, connection, half, reach);
	}
}

/* Feeds what the queue has in order now, if libnids does not hold it. */
static void feed_queue(struct streams *s, struct connection *connection, enum stream_side side)
{
	struct stream_half *half = &connection->half[side];
	const struct range *first;

	queue_drop(s, half);
	while (!connection->stop && (first = half->queue.first) != NULL &&
	       !seq_before(half->next, first->from)) {
		feed_in_order(s, connection, side, first->octets + (half->next - first->from),
		              first->to - half->next);
	}
	if (connection->half[0].queue.first == NULL && connection->half[1].queue.first == NULL) {
		connection->unfed = false;
	}
}

static void skip_to(struct streams *s, struct connection *connection, enum stream_side side,
                    uint32_t end)
{
	struct stream_half *half = &connection->half[side];
	uint32_t size = end - half->next;

	report_gap(s, connection, side, size);
	/* Replies to the lost octets are delivered before the octets after the gap. */
	s->follow(s, connection, side, end);
	if (!seq_before(half->next, end)) {
		return; /* that call may have skipped the hole to make room */
	}
	size = end - half->next;
	if (half->queue.first == NULL || connection->unfed) {
		half->next = end;
		half->origin += size;
		feed_queue(s, connection, side);
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
	       !half_stream_may_hold(s, 2 * size + QUEUED_OVERHEAD);
}

/* Whether the peer is captured and has not acknowledged the octets before `end`, so that it also
 * lacks them. */
static bool is_awaited(const struct connection *connection, enum stream_side side, uint32_t end)
{
	const struct stream_half *half = &connection->half[side];
	return connection->half[!side].seen > 0 &&
	       (!half->has_acked || seq_before(half->acked, end));
}

/*
 * Makes room for octets after a hole by giving up the first holes. \return False if the peer may
 * still get the missing octets, and will then get these octets again: a sender must not be able to
 * force a gap.
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

static void accept_fed(struct streams *s, struct connection *connection, enum stream_side side,
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
		if (seq_before(half->next, at) && !make_room(s, connection, side, at, to - at)) {
			return;
		}
		feed(s, connection, side, at, bytes + (at - seq), to - at);
		at = to;
	}
}

/* As in Linux, octets in order take precedence over copies after a hole. \return False if libnids
 * must be fed again: to make room, the whole queue was delivered. */
static bool accept_unfed(struct streams *s, struct connection *connection, enum stream_side side,
                         uint32_t seq, const uint8_t *bytes, uint32_t end)
{
	struct stream_half *half = &connection->half[side];

	if (!make_room(s, connection, side, seq, end - seq)) {
		return true;
	}
	if (!connection->unfed) {
		return false;
	}
	if (seq_before(half->next, seq)) {
		queue_add(s, half, seq, end, bytes);
	} else if (seq_before(half->next, end)) {
		feed_in_order(s, connection, side, bytes + (half->next - seq), end - half->next);
		feed_queue(s, connection, side);
	}
	return true;
}

/* Makes libnids forget the octets after a hole, because it cannot replace octets. */
static void unfeed(struct streams *s, struct connection *connection)
{
	libnids_stream_free(connection->nids);
	connection->unfed = true;
	if (!half_stream_open(s, connection)) {
		connection->stop = true;
		connection->why = STREAM_END_EVICTED;
	}
}

/* Compares octets after a hole with the queue. If they differ, the receiver may use either copy. */
static void compare_queued(struct streams *s, struct connection *connection, enum stream_side side,
                           uint32_t seq, const uint8_t *bytes, uint32_t end)
{
	const struct ranges *queue = &connection->half[side].queue;
	const struct range *other = ranges_conflict(queue, NULL, seq, end, bytes);

	if (other == NULL) {
		return;
	}
	for (; other != NULL; other = ranges_conflict(queue, other, seq, end, bytes)) {
		reading_copy(s, connection, side, other->from, other->octets,
		             other->to - other->from);
	}
	reading_copy(s, connection, side, seq, bytes, end - seq);
	s->stats.ambiguous++;
	if (!connection->unfed) {
		unfeed(s, connection);
	}
}

/*
 * Compares octets with the same octets that were delivered before. If they differ, the receiver may
 * have received only these. A keep-alive segment may have a zero octet (RFC 9293, 3.8.4). Octets
 * that are no longer stored count as different until the peer has acknowledged them.
 */
static void compare_delivered(struct streams *s, struct connection *connection,
                              enum stream_side side, uint32_t seq, const uint8_t *bytes,
                              uint32_t end)
{
	const struct stream_half *half = &connection->half[side];
	uint32_t to = seq_before(half->next, end) ? half->next : end;
	bool acked = half->has_acked && !seq_before(half->acked, to);

	if (end - seq == 1 && bytes[0] == 0 && acked) {
		return;
	}
	size_t size = to - seq,
	       had = history_read(&s->history, half->history, connection, seq, to, s->octets);
	bool equal = memcmp(bytes + (size - had), s->octets + (size - had), had) == 0;
	bool known = had == size || acked || connection->half[!side].seen == 0 ||
	             seq_before(seq, half->start);
	if (equal && known) {
		return;
	}
	s->stats.ambiguous++;
	reading_copy(s, connection, side, seq, bytes, size);
}

static void compare(struct streams *s, struct connection *connection, enum stream_side side,
                    uint32_t seq, const uint8_t *bytes, uint32_t end)
{
	const struct stream_half *half = &connection->half[side];

	for (uint32_t at = seq; seq_before(at, half->next) && seq_before(at, end);
	     at += HALF_STREAM_COMPARE_MAX) {
		uint32_t part = MIN(end - at, HALF_STREAM_COMPARE_MAX);
		compare_delivered(s, connection, side, at, bytes + (at - seq), at + part);
	}
	if (half->queue.first != NULL && seq_before(half->next, end)) {
		compare_queued(s, connection, side, seq, bytes, end);
	}
}

static size_t size_of(const struct segment *seg)
{
	size_t header = seg->size > 0 ? (size_t)(seg->payload - seg->header)
	                              : (size_t)(seg->header[TCP_OFFSET_AT] >> 4) * 4;
	return header + seg->size;
}

bool half_stream_sum_is_right(const struct segment *seg)
{
	return checksum_is_right(seg->key, seg->header, size_of(seg));
}

bool half_stream_sum_is_partial(const struct segment *seg)
{
	return checksum_is_partial(seg->key, size_of(seg), seg->header + TCP_CHECKSUM_AT);
}

void half_stream_accept(struct streams *s, struct connection *connection, enum stream_side side,
                        uint32_t seq, const struct segment *seg)
{
	struct stream_half *half = &connection->half[side];
	uint32_t end = seq + (uint32_t)seg->size, real_end = end + (uint32_t)seg->cut;
	uint32_t before = half->next;
	size_t queued = half->queue.bytes;

	/* The first copy of octets in order is used without the cost of verifying its checksum. If
	 * it is wrong, the correct copy that follows becomes the second reading. */
	if (seg->size > 0 && seq != half->next && half_stream_is_damaged(half, seg)) {
		s->stats.refused_segments++;
		return;
	}
	if (half->has_fin && seq_before(half->fin, real_end)) {
		/* There are octets after the FIN, so the FIN was forged or wrong. */
		half->has_fin = false;
	}
	if (seg->size > 0) {
		compare(s, connection, side, seq, seg->payload, end);
	}
	if (!connection->unfed || !accept_unfed(s, connection, side, seq, seg->payload, end)) {
		accept_fed(s, connection, side, seq, seg->payload, end);
	}
	if (seg->size > 0 && half->next == before && half->queue.bytes == queued) {
		s->stats.repeated++;
	}
	/* Octets that the capture has cut off are lost. */
	if (seg->cut > 0 && half->next == end && half->queue.first == NULL && !connection->stop) {
		skip_to(s, connection, side, real_end);
	}
}

void half_stream_accept_rest(struct streams *s, struct connection *connection,
                             enum stream_side side, uint32_t seq, const struct segment *seg)
{
	const struct stream_half *half = &connection->half[side];
	uint32_t at = seq, end = seq + (uint32_t)seg->size;

	while (!connection->stop) {
		uint32_t to = end;
		at = seq_before(at, half->next) ? half->next : at;
		if (!seq_before(at, end) || !ranges_vacant(&half->queue, &at, &to)) {
			return;
		}
		const struct segment part = { .payload = seg->payload + (at - seq),
			                      .size = to - at };
		half_stream_accept(s, connection, side, at, &part);
		at = to;
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
	memory_budget_give(&s->queued, queue_cost(&half->queue));
	ranges_clear(&half->queue);
}
