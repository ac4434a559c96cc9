/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/reassembly/streams.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/param.h>

#include "base/cache.h"
#include "base/time_ns.h"
#include "sensor/reassembly/half_stream.h"
#include "sensor/reassembly/held_segments.h"
#include "sensor/reassembly/nids.h"
#include "sensor/reassembly/reading.h"
#include "sensor/reassembly/segment_check.h"
#include "sensor/reassembly/stream_pair.h"

/* The interval, in packet time, at which connections with a hole are checked. */
#define HOLES_EVERY_NS (NS_PER_S / 20)
#define QUEUED_MAX     4096
/* Shares of the memory budget. */
#define TABLE_SHARE  ((size_t)32 << 20)
#define QUEUED_SHARE ((size_t)16 << 20)
#define SECOND_SHARE ((size_t)8 << 20)
static size_t or_default(size_t value, size_t fallback)
{
	return value != 0 ? value : fallback;
}

static int64_t or_default_ns(int64_t value, int64_t fallback)
{
	return value > 0 ? value : fallback;
}

static struct streams_limits complete(const struct streams_limits *given)
{
	struct streams_limits l = given != NULL ? *given : (struct streams_limits){ 0 };
	l.connections_max = or_default(l.connections_max, 262144);
	l.streams_max = or_default(l.streams_max, 131072);
	l.queued_max = or_default(l.queued_max, 400);
	l.queued_max = MIN(l.queued_max, QUEUED_MAX);
	l.queued_bytes = or_default(l.queued_bytes, 128 << 20);
	l.history_bytes = or_default(l.history_bytes, 8 << 20);
	l.hole_packets = or_default(l.hole_packets, 8);
	l.hole_ns = or_default_ns(l.hole_ns, NS_PER_S / 4);
	l.blind_packets = or_default(l.blind_packets, 64);
	l.blind_ns = or_default_ns(l.blind_ns, 3 * NS_PER_S);
	l.syn_ns = or_default_ns(l.syn_ns, 30 * NS_PER_S);
	l.idle_ns = or_default_ns(l.idle_ns, 600 * NS_PER_S);
	l.half_closed_ns = or_default_ns(l.half_closed_ns, 60 * NS_PER_S);
	return l;
}

static void close_stream(struct streams *s, struct connection *connection, enum stream_end *why)
{
	if (!connection->stop) {
		stream_pair_flush(s, connection);
	}
	if (connection->stop) {
		*why = (enum stream_end)connection->why;
	}
	reading_end(s, connection, *why);
	stream_pair_close(s, connection);
	s->stats.open_streams--;
	s->stats.one_sided += connection->half[0].seen == 0 || connection->half[1].seen == 0;
	s->handler.close(s->ctx, &connection->stream, *why);
}

/* \return True if the connection must stay in the table. */
static bool report_attempt(const struct streams *s, const struct connection *connection,
                           enum stream_end why)
{
	const struct stream_half *client = &connection->half[STREAM_CLIENT];
	const struct stream_half *server = &connection->half[STREAM_SERVER];
	if (connection->state != CONNECTION_WAITING || s->handler.attempt == NULL ||
	    !(client->syn || server->syn)) {
		return false;
	}
	enum stream_attempt how = server->syn         ? STREAM_ESTABLISHED
	                          : connection->reset ? STREAM_REFUSED
	                                              : STREAM_ATTEMPTED;
	/* The packet clock is not the time of day. The result may overflow, because a capture may
	 * contain any time. */
	int64_t time_ns;
	if (__builtin_sub_overflow(s->time_ns, s->clock.now_ns - connection->touched_ns,
	                           &time_ns)) {
		time_ns = s->time_ns;
	}
	bool again = s->handler.attempt(s->ctx, &connection->stream, how, client->start, time_ns);
	return again && (why == STREAM_END_RST || why == STREAM_END_IDLE);
}

/* Ends a connection. It stays in the table, marked as ended, if late segments may follow. */
static void end(struct streams *s, struct connection *connection, enum stream_end why)
{
	bool kept = report_attempt(s, connection, why);
	kept |= connection->state == CONNECTION_OPEN &&
	        (why == STREAM_END_FIN || why == STREAM_END_RST || why == STREAM_END_REFUSED);
	if (connection->state == CONNECTION_OPEN) {
		close_stream(s, connection, &why);
	}
	if (!kept) {
		connections_remove(&s->connections, connection);
	} else if (why == STREAM_END_REFUSED) {
		connection->state = CONNECTION_REFUSED;
		connections_move(&s->connections, connection, CONNECTIONS_REFUSED, s->clock.now_ns);
	} else {
		connection->state = CONNECTION_OVER;
		connections_move(&s->connections, connection, CONNECTIONS_WAITING, s->clock.now_ns);
	}
}

static bool evict(struct streams *s, enum connections_list first)
{
	for (int list = (int)first; list < CONNECTIONS_LISTS; list++) {
		struct connection *oldest =
		        connections_oldest(&s->connections, (enum connections_list)list);
		if (oldest == NULL) {
			continue;
		}
		if (oldest->state == CONNECTION_OPEN) {
			s->stats.evicted++;
		} else {
			s->stats.evicted_syns++;
		}
		end(s, oldest, STREAM_END_EVICTED);
		return true;
	}
	return false;
}

bool streams_evict(struct streams *s)
{
	return evict(s, CONNECTIONS_REFUSED);
}

/* The time for which a connection of a list may stay silent. */
static int64_t silence_ns(const struct streams *s, enum connections_list list)
{
	switch (list) {
	case CONNECTIONS_WAITING:
		return s->limits.syn_ns;
	case CONNECTIONS_CLOSING:
		return s->limits.half_closed_ns;
	default:
		return s->limits.idle_ns;
	}
}

/* The longest time after `touched_ns` at which a connection may have been `heard`. */
static int64_t grain_ns(const struct streams *s, enum connections_list list)
{
	return list == CONNECTIONS_WAITING ? 0 : silence_ns(s, list) / 64;
}

/* Returns how much longer a connection may stay silent. */
static int64_t rest_ns(const struct streams *s, struct connection *connection,
                       enum connections_list list)
{
	int64_t most_ns = silence_ns(s, list) + (connection->heard ? grain_ns(s, list) : 0);
	return most_ns - packet_clock_since(&s->clock, &connection->touched_ns);
}

static void expire(struct streams *s, enum connections_list list)
{
	enum stream_end why = list == CONNECTIONS_CLOSING ? STREAM_END_FIN : STREAM_END_IDLE;
	struct connection *oldest = connections_oldest(&s->connections, list);
	while (oldest != NULL && rest_ns(s, oldest, list) < 0) {
		end(s, oldest, oldest->reset ? STREAM_END_RST : why);
		oldest = connections_oldest(&s->connections, list);
	}
	int64_t rest = oldest != NULL ? rest_ns(s, oldest, list) : silence_ns(s, list);
	s->rest_ns = MIN(s->rest_ns, rest);
}

/* The remaining time is at most that of connections in the lists now; connections with later
 * segments may stay silent for longer. */
static void expire_all(struct streams *s)
{
	if (s->clock.now_ns - s->expired_ns <= s->rest_ns) {
		return;
	}
	s->expired_ns = s->clock.now_ns;
	s->rest_ns = silence_ns(s, CONNECTIONS_WAITING);
	for (int list = 0; list < CONNECTIONS_LISTS; list++) {
		expire(s, (enum connections_list)list);
	}
}

/* Acts on the new state of a connection; may free it. */
static void settle(struct streams *s, struct connection *connection)
{
	if (connection->state == CONNECTION_OVER || connection->state == CONNECTION_REFUSED) {
		return;
	}
	if (connection->state == CONNECTION_OPEN) {
		stream_pair_settle(s, connection);
	}
	const struct stream_half *client = &connection->half[STREAM_CLIENT];
	const struct stream_half *server = &connection->half[STREAM_SERVER];
	if (connection->stop) {
		end(s, connection, (enum stream_end)connection->why);
	} else if (half_stream_finished(client) && half_stream_finished(server)) {
		end(s, connection, STREAM_END_FIN);
	} else if (connection->reset && !connection->has_holes) {
		end(s, connection, STREAM_END_RST);
	}
}

/* The memory budget is exhausted, and the table is beyond its share. */
static bool yield_connection(void *ctx)
{
	return evict(ctx, CONNECTIONS_WAITING);
}

/* The first hole is given up, and the octets that waited after it are delivered. */
static bool yield_queued(void *ctx)
{
	struct streams *s = ctx;
	struct connection *connection = TAILQ_LAST(&s->holes, holes_head);
	if (connection == NULL) {
		return false;
	}
	s->stats.flushed++;
	stream_pair_flush(s, connection);
	settle(s, connection);
	return true;
}

/* The oldest second reading ends: the first one of its stream goes on. */
static bool yield_reading(void *ctx)
{
	return reading_end_oldest(ctx);
}

static void leave_budget(struct streams *s)
{
	memory_budget_remove(&s->table);
	memory_budget_remove(&s->queued);
	memory_budget_remove(&s->second);
}

int streams_new(struct streams **out, const struct streams_limits *limits,
                const struct streams_handler *handler, void *ctx)
{
	if (out == NULL || handler == NULL || handler->open == NULL || handler->data == NULL ||
	    handler->gap == NULL || handler->close == NULL) {
		return -EINVAL;
	}
	struct streams *s = calloc(1, sizeof(*s));
	if (s == NULL) {
		return -ENOMEM;
	}
	s->limits = complete(limits);
	s->handler = *handler;
	s->ctx = ctx;
	s->follow = held_segments_follow;
	TAILQ_INIT(&s->holes);
	TAILQ_INIT(&s->readings);
	memory_budget_add(s->limits.budget, &s->table, TABLE_SHARE, yield_connection, s);
	memory_budget_add(s->limits.budget, &s->queued, QUEUED_SHARE, yield_queued, s);
	memory_budget_add(s->limits.budget, &s->second, SECOND_SHARE, yield_reading, s);
	int ret = connections_init(&s->connections, s->limits.connections_max, &s->table);
	if (ret == 0) {
		ret = history_init(&s->history, s->limits.history_bytes);
	}
	if (ret == 0) {
		ret = libnids_claim_tcp(s->limits.streams_max, half_stream_take);
	}
	if (ret != 0) {
		history_deinit(&s->history);
		connections_deinit(&s->connections);
		leave_budget(s);
		free(s);
		return ret;
	}
	*out = s;
	return 0;
}

static void settle_holes(struct streams *s)
{
	if (s->clock.now_ns - s->holes_ns < HOLES_EVERY_NS) {
		return;
	}
	s->holes_ns = s->clock.now_ns;
	struct connection *next, *connection = TAILQ_FIRST(&s->holes);
	while (connection != NULL) {
		next = TAILQ_NEXT(connection, in_holes);
		settle(s, connection);
		connection = next;
	}
}

void streams_tick(struct streams *s, int64_t now_ns)
{
	packet_clock_set(&s->clock, now_ns);
	s->time_ns = now_ns;
	if (!s->clock.unsure) {
		settle_holes(s);
		expire_all(s);
	}
}

static struct connection *begin(struct streams *s, const struct segment *seg, bool to_server)
{
	bool syn = (seg->flags & SEGMENT_SYN) != 0;
	if (!syn && (seg->size == 0 || (seg->flags & SEGMENT_RST) != 0)) {
		return NULL;
	}
	bool from_client = syn ? segment_is_syn_only(seg) : to_server;
	if (s->connections.count >= s->limits.connections_max) {
		(void)evict(s, CONNECTIONS_WAITING);
	}
	struct connection *connection =
	        connections_add(&s->connections, seg, from_client, s->clock.now_ns);
	if (connection == NULL) {
		s->stats.no_memory++;
		return NULL;
	}
	connection->owner = s;
	return connection;
}

static void learn_next(struct stream_half *half, uint32_t seq)
{
	half->known = true;
	half->start = half->next = half->top = seq;
	half->origin = seq - 1;
}

static void learn_syn(struct connection *connection, enum stream_side side,
                      const struct segment *seg)
{
	struct stream_half *half = &connection->half[side], *peer = &connection->half[!side];
	/* Until data is seen, the latest SYN is used. */
	if (!half->known || connection->state == CONNECTION_WAITING) {
		learn_next(half, seg->seq + 1);
		half->syn = true;
	}
	if ((seg->flags & SEGMENT_ACK) != 0 && !peer->known) {
		learn_next(peer, seg->ack);
	}
}

static void learn_ack(struct connection *connection, enum stream_side side,
                      const struct segment *seg)
{
	struct stream_half *half = &connection->half[side], *peer = &connection->half[!side];
	if ((seg->flags & SEGMENT_ACK) == 0) {
		return;
	}
	/* In the handshake it shows the number of a lost SYN. */
	if (!peer->known && connection->state == CONNECTION_WAITING && half->syn) {
		learn_next(peer, seg->ack);
	}
	if (peer->known && !segment_is_near(seg->ack, peer)) {
		connection->doubt[!side].far_ack = seg->ack;
		connection->doubt[!side].has_far_ack = true;
		return;
	}
	bool stale = peer->known && !segment_is_near(peer->acked, peer);
	if (!peer->has_acked || stale || seq_before(peer->acked, seg->ack)) {
		peer->acked = seg->ack;
		peer->has_acked = true;
	}
}

static bool open_stream(struct streams *s, struct connection *connection)
{
	if (s->stats.open_streams >= s->limits.streams_max) {
		(void)evict(s, CONNECTIONS_YOUNG);
	}
	bool midstream = !connection->half[0].syn && !connection->half[1].syn;
	connection->stream.user = s->handler.open(s->ctx, &connection->stream, midstream);
	if (connection->stream.user == NULL) {
		s->stats.no_memory++;
		connection->state = CONNECTION_REFUSED;
		return false;
	}
	s->stats.streams++;
	s->stats.midstream += midstream;
	s->stats.open_streams++;
	connection->state = CONNECTION_OPEN;
	if (!half_stream_open(s, connection)) {
		connection->stop = true;
		connection->why = STREAM_END_EVICTED;
		return false;
	}
	return true;
}

static void take_fin(struct stream_half *half, uint32_t seq)
{
	if (seq_before(seq, half->next)) {
		return;
	}
	if (!half->has_fin || seq_before(half->fin, seq)) {
		half->has_fin = true;
		half->fin = seq;
	}
}

/* As Linux: the pointer is to the octet after the urgent one (RFC 6093, 3.1), and a pointer
 * that is not later than the awaited one is ignored. */
static void learn_urgent(struct connection *connection, enum stream_side side, uint32_t seq,
                         const struct segment *seg)
{
	struct stream_half *half = &connection->half[side];
	struct stream_half_doubt *doubt = &connection->doubt[side];
	uint32_t urgent = seq + seg->urgent - (seg->urgent > 0 ? 1 : 0);

	if (seq_before(urgent, half->next) ||
	    (half->has_urgent && !seq_before(doubt->urgent, urgent))) {
		return;
	}
	half->has_urgent = true;
	doubt->urgent = urgent;
}

/* \return False if the segment belongs to another connection. */
static bool take_payload(struct streams *s, struct connection *connection, enum stream_side side,
                         const struct segment *seg)
{
	struct stream_half *half = &connection->half[side];
	uint32_t seq = segment_data_seq(seg), last = seq + (uint32_t)(seg->size + seg->cut);

	if (!half->known) {
		learn_next(half, seq);
	}
	enum stream_pair_place place = stream_pair_place(s, connection, side, seq, seg->size);
	if (place != STREAM_PAIR_HERE) {
		s->stats.refused_segments += place == STREAM_PAIR_FAR;
		return place == STREAM_PAIR_FAR;
	}
	if (seg->size > 0 && connection->state == CONNECTION_WAITING &&
	    !open_stream(s, connection)) {
		return true;
	}
	half->top = seq_before(half->top, last) ? last : half->top;
	if ((seg->flags & SEGMENT_URG) != 0) {
		learn_urgent(connection, side, seq, seg);
	}
	if (connection->state == CONNECTION_OPEN && !connection->stop) {
		stream_pair_accept(s, connection, side, seq, seg);
	}
	if ((seg->flags & SEGMENT_FIN) != 0) {
		take_fin(half, last);
	}
	return true;
}

static enum connections_list list_of(const struct connection *connection)
{
	const struct stream_half *client = &connection->half[STREAM_CLIENT];
	const struct stream_half *server = &connection->half[STREAM_SERVER];
	switch ((enum connection_state)connection->state) {
	case CONNECTION_WAITING:
	case CONNECTION_OVER:
		return CONNECTIONS_WAITING;
	case CONNECTION_REFUSED:
		return CONNECTIONS_REFUSED;
	case CONNECTION_OPEN:
		break;
	}
	if (client->has_fin || server->has_fin || connection->reset) {
		return CONNECTIONS_CLOSING;
	}
	return client->seen > 0 && server->seen > 0 ? CONNECTIONS_OPEN : CONNECTIONS_YOUNG;
}

/* \return False if the segment belongs to another connection. */
static bool take(struct streams *s, struct connection *connection, enum stream_side side,
                 const struct segment *seg)
{
	if (connection->half[side].seen++ == 0) {
		segment_learn_origin(&connection->half[side], seg);
	}
	if (connection->state == CONNECTION_OVER || connection->state == CONNECTION_REFUSED) {
		return true;
	}
	if ((seg->flags & SEGMENT_SYN) != 0) {
		learn_syn(connection, side, seg);
	}
	learn_ack(connection, side, seg);
	if (connection->has_reading) {
		reading_advance(s, connection);
	}
	held_segments_compare(connection, side, seg);
	if ((seg->flags & SEGMENT_RST) != 0) {
		bool valid = segment_is_valid_reset(connection, side, seg);
		connection->reset |= valid;
		s->stats.refused_segments += !valid;
	} else if (!segment_is_acceptable_ack(connection, side, seg)) {
		s->stats.refused_segments++;
	} else if (seg->size > 0 || seg->cut > 0 || (seg->flags & SEGMENT_FIN) != 0) {
		return take_payload(s, connection, side, seg);
	} else if ((seg->flags & SEGMENT_URG) != 0 && connection->half[side].known) {
		learn_urgent(connection, side, seg->seq, seg);
	}
	return true;
}

/*
 * Moving to the end of a list writes to neighbours that are not cached, so a connection moves
 * once in a while only, and lists are ordered as precisely as that.
 */
static void touch(struct streams *s, struct connection *connection)
{
	enum connections_list list = list_of(connection);
	if (connection->list == list &&
	    s->clock.now_ns - connection->touched_ns < grain_ns(s, list)) {
		connection->heard = true;
	} else {
		connections_move(&s->connections, connection, list, s->clock.now_ns);
	}
}

/* Prefetches the cache lines that the processing of a payload will read one after the other. */
static void expect(const struct streams *s, const struct connection *connection,
                   const struct segment *seg)
{
	if (seg->size > 0 && connection->state == CONNECTION_OPEN) {
		cache_expect(connection->half, sizeof(connection->half));
		if (s->handler.expect != NULL) {
			s->handler.expect(s->ctx, &connection->stream);
		}
		libnids_stream_expect(connection->nids);
	}
}

void streams_segment(struct streams *s, const struct segment *seg, bool to_server)
{
	s->stats.segments++;
	if (seg->late) {
		s->time_ns = seg->time_ns;
	} else {
		streams_tick(s, seg->time_ns);
	}
	if (!segment_is_sound(seg)) {
		s->stats.refused_segments++;
		return;
	}
	enum stream_side side;
	struct connection *connection = connections_find(&s->connections, seg, &side);
	if (connection != NULL) {
		expect(s, connection, seg);
		if (segment_matters(connection, seg) && segment_is_stray(connection, side, seg)) {
			s->stats.refused_segments++;
			return;
		}
		if (segment_is_reused(connection, side, seg, s->clock.now_ns) ||
		    !take(s, connection, side, seg)) {
			end(s, connection, STREAM_END_REUSED);
			connection = NULL;
		}
	}
	if (connection == NULL) {
		connection = begin(s, seg, to_server);
		if (connection == NULL) {
			return;
		}
		take(s, connection, connection_side(connection, seg), seg);
	}
	touch(s, connection);
	settle(s, connection);
}

const struct streams_stats *streams_stats(struct streams *s)
{
	s->stats.open_connections = s->connections.count;
	return &s->stats;
}

void streams_free(struct streams *s)
{
	if (s == NULL) {
		return;
	}
	for (int list = 0; list < CONNECTIONS_LISTS; list++) {
		struct connection *connection;
		while ((connection = connections_oldest(&s->connections,
		                                        (enum connections_list)list)) != NULL) {
			end(s, connection, STREAM_END_SHUTDOWN);
		}
	}
	libnids_release_tcp();
	history_deinit(&s->history);
	connections_deinit(&s->connections);
	leave_budget(s);
	free(s);
}
