/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/reassembly/reading.h"

#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

/* Octets that were not delivered to the second reading yet. `from` is the first one. */
struct reading_half {
	bool known; /* `from` is set */
	uint32_t from;
	uint32_t size, room;
	int64_t time_ns; /* the time of the latest octet */
	uint8_t *first;  /* the octets of the first reading */
	uint8_t *second; /* the octets with the copies */
};

struct copy {
	STAILQ_ENTRY(copy) next;
	uint8_t side;
	uint32_t seq;
	size_t size;
	uint8_t octets[];
};

struct reading {
	TAILQ_ENTRY(reading) by_age;
	struct connection *connection;
	struct stream stream;
	struct reading_half half[2];
	STAILQ_HEAD(copies, copy) copies;
	size_t copies_size;
	bool stop; /* the handler wants no more octets */
};

/* Frees both texts of a direction. */
static void free_texts(struct streams *s, struct reading_half *half)
{
	if (half->first != NULL) {
		explicit_bzero(half->first, 2 * (size_t)half->room);
		free(half->first);
		memory_budget_give(&s->second, 2 * (size_t)half->room);
	}
}

static bool grow(struct streams *s, struct reading_half *half, size_t size)
{
	uint32_t room = half->room != 0 ? half->room : 1024;
	while (room < size) {
		room *= 2;
	}
	if (room == half->room) {
		return true;
	}
	uint8_t *both = malloc(2 * (size_t)room);
	if (both == NULL) {
		return false;
	}
	if (half->size > 0) {
		memcpy(both, half->first, half->size);
		memcpy(both + room, half->second, half->size);
	}
	free_texts(s, half);
	memory_budget_force(&s->second, 2 * (size_t)room);
	half->first = both;
	half->second = both + room;
	half->room = room;
	return true;
}

/* Replaces octets of `half`, from `begin` on, by the octets of a copy that differ. */
static void put_copy(struct reading_half *half, const struct copy *copy, uint32_t begin)
{
	uint32_t from = seq_before(copy->seq, begin) ? begin : copy->seq;
	uint32_t to = copy->seq + (uint32_t)copy->size;
	uint32_t end = half->from + half->size;
	to = seq_before(end, to) ? end : to;
	for (uint32_t at = from; seq_before(at, to); at++) {
		uint8_t octet = copy->octets[at - copy->seq];
		if (octet != half->first[at - half->from]) {
			half->second[at - half->from] = octet;
		}
	}
}

static void append(struct streams *s, struct reading *reading, enum stream_side side,
                   const uint8_t *octets, size_t size)
{
	struct reading_half *half = &reading->half[side];
	const struct copy *copy = NULL;
	uint32_t begin = half->from + half->size;

	if (!grow(s, half, half->size + size)) {
		s->stats.no_memory++;
		reading->stop = true;
		return;
	}
	memcpy(half->first + half->size, octets, size);
	memcpy(half->second + half->size, octets, size);
	half->size += (uint32_t)size;
	STAILQ_FOREACH(copy, &reading->copies, next)
	{
		if (copy->side == side) {
			put_copy(half, copy, begin);
		}
	}
}

static void drop_copy(struct streams *s, struct reading *reading, struct copy *copy)
{
	STAILQ_REMOVE(&reading->copies, copy, copy, next);
	reading->copies_size -= sizeof(*copy) + copy->size;
	memory_budget_give(&s->second, sizeof(*copy) + copy->size);
	explicit_bzero(copy->octets, copy->size);
	free(copy);
}

/* Drops the copies that end at `from` or before. */
static void drop_copies(struct streams *s, struct reading *reading, enum stream_side side,
                        uint32_t from)
{
	struct copy *copy = STAILQ_FIRST(&reading->copies);
	while (copy != NULL) {
		struct copy *next = STAILQ_NEXT(copy, next);
		if (copy->side == side && !seq_before(from, copy->seq + (uint32_t)copy->size)) {
			drop_copy(s, reading, copy);
		}
		copy = next;
	}
}

static void hand_over(struct streams *s, struct reading *reading, enum stream_side side,
                      size_t size)
{
	const struct reading_half *half = &reading->half[side];
	if (size > 0 && !reading->stop) {
		reading->stop = s->handler.data(s->ctx, &reading->stream, side, half->second, size,
		                                half->from, half->time_ns) == STREAM_STOP;
	}
}

static void discard(struct reading_half *half, size_t size)
{
	half->from += (uint32_t)size;
	half->size -= (uint32_t)size;
	memmove(half->first, half->first + size, half->size);
	memmove(half->second, half->second + size, half->size);
	explicit_bzero(half->first + half->size, size);
	explicit_bzero(half->second + half->size, size);
}

/* Delivers the first `size` octets that are left, without the urgent one. */
static void deliver(struct streams *s, struct reading *reading, enum stream_side side, size_t size)
{
	struct reading_half *half = &reading->half[side];
	const struct connection *connection = reading->connection;
	uint32_t urgent = connection->doubt[side].urgent - half->from;

	if (connection->half[side].had_urgent && urgent < size) {
		hand_over(s, reading, side, urgent);
		discard(half, urgent + 1);
		size -= urgent + 1;
	}
	if (size > 0) {
		hand_over(s, reading, side, size);
		discard(half, size);
		drop_copies(s, reading, side, half->from);
	}
}

static void deliver_all(struct streams *s, struct reading *reading, enum stream_side side)
{
	deliver(s, reading, side, reading->half[side].size);
}

static void close_reading(struct streams *s, struct reading *reading, enum stream_end why)
{
	TAILQ_REMOVE(&s->readings, reading, by_age);
	s->readings_count--;
	reading->connection->reading = NULL;
	reading->connection->has_reading = false;
	s->handler.close(s->ctx, &reading->stream, why);
	while (!STAILQ_EMPTY(&reading->copies)) {
		drop_copy(s, reading, STAILQ_FIRST(&reading->copies));
	}
	free_texts(s, &reading->half[0]);
	free_texts(s, &reading->half[1]);
	free(reading);
	memory_budget_give(&s->second, sizeof(*reading));
}

/* All octets before `seq` are delivered or lost. */
static void skip_to(struct streams *s, struct reading *reading, enum stream_side side, uint32_t seq)
{
	struct reading_half *half = &reading->half[side];

	deliver_all(s, reading, side);
	if (half->known && seq_before(half->from, seq) && !reading->stop) {
		s->handler.gap(s->ctx, &reading->stream, side, seq - half->from, s->time_ns);
	}
	half->known = true;
	half->from = seq;
	drop_copies(s, reading, side, seq);
}

/* Gives the second reading what the first one has read before the first octet that differs. */
static bool begin_at(struct streams *s, struct reading *reading, enum stream_side side,
                     uint32_t seq)
{
	struct connection *connection = reading->connection;
	const struct stream_half *half = &connection->half[side];
	uint8_t before[READING_BEFORE_MAX];
	uint32_t differs = seq_before(seq, half->next) ? seq : half->next;
	size_t size = history_read(&s->history, half->history, connection,
	                           differs - READING_BEFORE_MAX, differs, before);
	struct stream_fork fork = { .from = side,
		                    .before = before + (READING_BEFORE_MAX - size),
		                    .size = size,
		                    .seq = differs - (uint32_t)size };

	reading->half[!side].known = connection->half[!side].known;
	reading->half[!side].from = connection->half[!side].next;
	reading->half[side].known = true;
	reading->stream.user = s->handler.fork(s->ctx, &connection->stream, &fork);
	fork.again = MIN(fork.again, size);
	reading->half[side].from = differs - (uint32_t)fork.again;
	if (reading->stream.user != NULL) {
		append(s, reading, side, before + (READING_BEFORE_MAX - fork.again), fork.again);
	}
	explicit_bzero(before, sizeof(before));
	return reading->stream.user != NULL;
}

/* Gives the second reading the octets that the first one has read since then; if they are no longer
 * stored, the copy itself. */
static void catch_up(struct streams *s, struct reading *reading, enum stream_side side,
                     const uint8_t *octets, size_t size)
{
	const struct stream_half *half = &reading->connection->half[side];
	const struct reading_half *own = &reading->half[side];
	uint32_t from = own->from + own->size, missing = half->next - from;

	if (missing <= sizeof(s->octets) &&
	    history_read(&s->history, half->history, reading->connection, from, half->next,
	                 s->octets) == missing) {
		append(s, reading, side, s->octets, missing);
		return;
	}
	append(s, reading, side, octets, MIN(size, missing));
	skip_to(s, reading, side, half->next);
}

static void begin(struct streams *s, struct connection *connection, enum stream_side side,
                  uint32_t seq, const uint8_t *octets, size_t size)
{
	struct reading *reading = calloc(1, sizeof(*reading));
	if (reading == NULL) {
		s->stats.no_memory++;
		return;
	}
	STAILQ_INIT(&reading->copies);
	reading->connection = connection;
	reading->stream = connection->stream;
	reading->half[0].time_ns = reading->half[1].time_ns = s->time_ns;
	if (!begin_at(s, reading, side, seq)) {
		free(reading);
		return;
	}
	if (s->readings_count == READINGS_MAX) {
		(void)reading_end_oldest(s);
	}
	memory_budget_force(&s->second, sizeof(*reading));
	TAILQ_INSERT_TAIL(&s->readings, reading, by_age);
	s->readings_count++;
	connection->reading = reading;
	connection->has_reading = true;
	catch_up(s, reading, side, octets, size);
}

static void keep_copy(struct streams *s, struct reading *reading, enum stream_side side,
                      uint32_t seq, const uint8_t *octets, size_t size)
{
	struct copy *copy;
	if (sizeof(*copy) + size > READING_COPIES_MAX - reading->copies_size) {
		s->stats.ignored_copies++;
		return;
	}
	copy = malloc(sizeof(*copy) + size);
	if (copy == NULL) {
		s->stats.no_memory++;
		return;
	}
	copy->side = side;
	copy->seq = seq;
	copy->size = size;
	memcpy(copy->octets, octets, size);
	STAILQ_INSERT_TAIL(&reading->copies, copy, next);
	reading->copies_size += sizeof(*copy) + size;
	memory_budget_force(&s->second, sizeof(*copy) + size);
	put_copy(&reading->half[side], copy, reading->half[side].from);
	drop_copies(s, reading, side, reading->half[side].from);
}

void reading_copy(struct streams *s, struct connection *connection, enum stream_side side,
                  uint32_t seq, const uint8_t *octets, size_t size)
{
	if (s->handler.fork == NULL || connection->stop) {
		return;
	}
	if (connection->reading == NULL) {
		begin(s, connection, side, seq, octets, size);
	}
	if (connection->reading != NULL) {
		keep_copy(s, connection->reading, side, seq, octets, size);
	}
}

void reading_data(struct streams *s, struct connection *connection, enum stream_side side,
                  const uint8_t *octets, size_t size, uint32_t seq, int64_t time_ns)
{
	struct reading *reading = connection->reading;
	struct reading_half *half = &reading->half[side];

	if (!half->known || seq != half->from + half->size) {
		skip_to(s, reading, side, seq); /* it began while a gap was reported */
	}
	half->time_ns = time_ns;
	append(s, reading, side, octets, size);
	if (half->size > READING_HELD_MAX || connection->half[!side].seen == 0) {
		deliver_all(s, reading, side);
	}
}

void reading_gap(struct streams *s, struct connection *connection, enum stream_side side,
                 size_t size)
{
	struct reading_half *half = &connection->reading->half[side];
	if (!half->known) {
		half->known = true;
		half->from = connection->half[side].next;
	}
	skip_to(s, connection->reading, side, half->from + half->size + (uint32_t)size);
}

static void deliver_acked(struct streams *s, struct reading *reading, enum stream_side side)
{
	const struct stream_half *half = &reading->connection->half[side];
	const struct reading_half *own = &reading->half[side];
	if (half->has_acked && seq_before(own->from, half->acked)) {
		uint32_t acked = half->acked - own->from;
		deliver(s, reading, side, MIN(acked, own->size));
	}
}

void reading_advance(struct streams *s, struct connection *connection)
{
	struct reading *reading = connection->reading;

	deliver_acked(s, reading, STREAM_SERVER);
	deliver_acked(s, reading, STREAM_CLIENT);
	bool level = reading->half[0].size == 0 && reading->half[1].size == 0 &&
	             STAILQ_EMPTY(&reading->copies);
	if (reading->stop) {
		close_reading(s, reading, STREAM_END_REFUSED);
	} else if (level && s->handler.agree != NULL &&
	           s->handler.agree(s->ctx, &connection->stream, &reading->stream)) {
		/* A later second reading cannot begin before this place, because earlier lines may
		 * have ended only in this reading. */
		connection->half[0].history = connection->half[1].history = 0;
		close_reading(s, reading, STREAM_END_REFUSED);
	}
}

void reading_end(struct streams *s, struct connection *connection, enum stream_end why)
{
	struct reading *reading = connection->reading;
	if (reading != NULL) {
		deliver_all(s, reading, STREAM_SERVER);
		deliver_all(s, reading, STREAM_CLIENT);
		close_reading(s, reading, why);
	}
}

bool reading_end_oldest(struct streams *s)
{
	struct reading *oldest = TAILQ_FIRST(&s->readings);
	if (oldest == NULL) {
		return false;
	}
	s->stats.evicted_readings++;
	reading_end(s, oldest->connection, STREAM_END_EVICTED);
	return true;
}
