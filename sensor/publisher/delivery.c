/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/publisher/delivery.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/time_ns.h"

#define NOTE_INTERVAL_NS (200 * NS_PER_MS)

static int reopen_journal(struct delivery *delivery, uint64_t position)
{
	journal_reader_close(delivery->reader);
	delivery->reader = NULL;
	delivery->damaged = 0;
	batch_clear(delivery->batch, position);
	return journal_reader_open(&delivery->reader, delivery->config->journal, position);
}

static int make_key(struct delivery *delivery)
{
	const struct redis_url *url = delivery->config->url;
	char id[JOURNAL_ID_SIZE];
	int ret = journal_id(delivery->config->journal, id);
	if (ret == 0) {
		(void)snprintf(delivery->key, sizeof(delivery->key),
		               "nsmx:journal:%s:%016" PRIx64 "%s", id, delivery->config->hash,
		               url->tag);
	}
	return ret;
}

int delivery_open(struct delivery *delivery, const struct publisher_config *config,
                  struct redis *redis)
{
	*delivery = (struct delivery){ .config = config, .redis = redis };
	delivery->batch = calloc(1, sizeof(*delivery->batch));
	if (delivery->batch == NULL) {
		return -ENOMEM;
	}
	delivery->batch->url = config->url;
	delivery->batch->position_key = delivery->key;
	delivery->batch->counted = atomic_load(config->counted);
	int ret = make_key(delivery);
	if (ret == 0) {
		ret = journal_position(config->journal, config->hash, &delivery->position);
	}
	if (ret == 0) {
		ret = reopen_journal(delivery, delivery->position);
	}
	delivery->noted = delivery->position;
	return ret;
}

void delivery_close(struct delivery *delivery)
{
	journal_reader_close(delivery->reader);
	free(delivery->batch);
}

/* Counts `n` records as delivered, the last of which is `sequence`. No record is counted twice,
 * even if this publisher dies before it has stored the position in the journal. */
static void count_delivered(struct delivery *delivery, uint64_t n, uint64_t sequence)
{
	const struct publisher_config *config = delivery->config;
	atomic_fetch_add_explicit(config->delivered, n, memory_order_relaxed);
	if (sequence > delivery->batch->counted) {
		delivery->batch->counted = sequence;
		atomic_store_explicit(config->counted, sequence, memory_order_relaxed);
	}
}

/* Resets the position to that of Redis. The journal still has some of the records after it. */
static void set_back(struct delivery *delivery, uint64_t position)
{
	log_warn("%s: Redis has lost events; those still in %s are sent again",
	         delivery->config->name, delivery->config->journal);
	memset(delivery->batch->passed, 0, sizeof(delivery->batch->passed));
	delivery->position = position;
}

int delivery_resume(struct delivery *delivery)
{
	uint64_t position = delivery->position;
	int ret = batch_position(delivery->batch, delivery->redis, &position);
	if (ret != 0) {
		return ret;
	}
	if (position < delivery->position) {
		set_back(delivery, position);
	}
	int error = reopen_journal(delivery, delivery->position);
	if (error != 0) {
		return redis_fail(delivery->redis, TROUBLE_WAIT, strerror(-error));
	}
	if (position > delivery->position && delivery->config->url->wait > 0) {
		/* The records are in Redis, but maybe not on enough replicas. WAIT needs a write,
		 * so an empty batch is sent. */
		batch_clear(delivery->batch, position);
		ret = batch_deliver(delivery->batch, delivery->redis, position);
	}
	if (ret == 0) {
		/* The reader starts at the old position, to count the records in between. */
		delivery->position = position;
		batch_clear(delivery->batch, position);
	}
	return ret;
}

void delivery_note(struct delivery *delivery)
{
	const struct publisher_config *config = delivery->config;
	if (delivery->position == delivery->noted) {
		return;
	}
	int ret = journal_ack(config->journal, config->hash, delivery->position);
	if (ret != 0) {
		log_warn("%s: cannot store the position of the delivery: %s", config->journal,
		         strerror(-ret));
	}
	/* Even after a failure, the position is not stored again before the next batch, because
	 * Redis has it. */
	delivery->noted = delivery->position;
	delivery->noted_ns = monotonic_ns();
}

static void log_damage(struct delivery *delivery)
{
	uint64_t damaged = journal_damaged(delivery->reader);
	if (damaged > delivery->damaged) {
		log_warn("%s: skipped %" PRIu64 " damaged records", delivery->config->journal,
		         damaged - delivery->damaged);
		delivery->damaged = damaged;
	}
}

/* Handles a record that Redis has already, and that was not counted. */
static void skip(struct delivery *delivery, uint64_t sequence)
{
	count_delivered(delivery, sequence > delivery->batch->counted, sequence);
}

static int add(struct delivery *delivery, const struct record *record, uint64_t sequence)
{
	if (!delivery_is_pending(delivery)) {
		delivery->due_ns = monotonic_ns() + delivery->config->url->flush_ms * NS_PER_MS;
	}
	return batch_add(delivery->batch, delivery->redis, record, sequence);
}

static int fail_journal(struct delivery *delivery, int error)
{
	char why[128];
	(void)snprintf(why, sizeof(why), "the journal: %s", strerror(-error));
	return redis_fail(delivery->redis, TROUBLE_WAIT, why);
}

/* Moves records from the journal to the batch until it is full. */
static int collect(struct delivery *delivery)
{
	struct record record;
	uint64_t sequence;
	while (!batch_is_full(delivery->batch)) {
		int ret = journal_next(delivery->reader, &record, &sequence);
		if (ret <= 0) {
			return ret == 0 ? 0 : fail_journal(delivery, ret);
		}
		if (sequence <= delivery->position) {
			skip(delivery, sequence);
			continue;
		}
		ret = add(delivery, &record, sequence);
		if (ret != 0) {
			return ret;
		}
	}
	return 0;
}

static int send_batch(struct delivery *delivery)
{
	struct batch *batch = delivery->batch;
	int ret = batch_deliver(batch, delivery->redis, delivery->position);
	if (ret != 0) {
		return ret;
	}
	count_delivered(delivery, batch->fresh, batch->last);
	delivery->position = batch->last;
	batch_clear(batch, delivery->position);
	if (monotonic_ns() - delivery->noted_ns >= NOTE_INTERVAL_NS) {
		delivery_note(delivery);
	}
	return 0;
}

int delivery_step(struct delivery *delivery, bool now, enum delivery_progress *progress)
{
	int ret = collect(delivery);
	log_damage(delivery);
	if (ret != 0) {
		return ret;
	}
	if (!delivery_is_pending(delivery)) {
		*progress = DELIVERY_IDLE;
		delivery_note(delivery);
		return 0;
	}
	if (!now && !batch_is_full(delivery->batch) && monotonic_ns() < delivery->due_ns) {
		*progress = DELIVERY_PENDING;
		return 0;
	}
	*progress = DELIVERY_SENT;
	return send_batch(delivery);
}

bool delivery_is_pending(const struct delivery *delivery)
{
	return delivery->batch->last != delivery->position;
}

bool delivery_has_more(const struct delivery *delivery)
{
	struct journal_reader *reader;
	struct record record;
	uint64_t sequence;
	if (journal_reader_open(&reader, delivery->config->journal, delivery->position) != 0) {
		return true;
	}
	int ret = journal_next(reader, &record, &sequence);
	journal_reader_close(reader);
	return ret != 0;
}

/* The reply to PUBLISH has the number of subscribers. In a cluster, it counts only the subscribers
 * of that node. */
void delivery_log_reached(const struct delivery *delivery)
{
	const struct batch *batch = delivery->batch;
	if (delivery->config->url->form == REDIS_URL_CHANNEL) {
		log_info("%s: %" PRIu64 " events were published, %" PRIu64
		         " of them without a subscriber; subscribers received %" PRIu64 " copies",
		         delivery->config->name, batch->published, batch->unheard, batch->reached);
	}
}
