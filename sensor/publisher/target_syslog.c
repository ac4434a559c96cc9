/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A syslog receiver as the target of a publisher.
 *
 * Syslog has no acknowledgement. Over TCP and TLS, a batch counts as delivered when the kernel of
 * the receiver has acknowledged all its octets and the connection is still open. If the connection
 * breaks before, the records that are not acknowledged are sent again, so a receiver may have some
 * of them twice; event.id identifies them. A receiver that dies loses what it has not read. Over
 * UDP, a record counts as delivered when it was sent.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/time_ns.h"
#include "base/writer.h"
#include "sensor/journal/journal.h"
#include "sensor/publisher/target.h"
#include "sensor/redis/transport.h"
#include "sensor/syslog/syslog_url.h"

#define BATCH_MAX        256
#define BATCH_OCTETS     ((size_t)256 << 10)
#define MESSAGE_MAX      ((size_t)8 << 20)
#define NOTE_INTERVAL_NS (200 * NS_PER_MS)
#define UDP_MAX          65507 /* the largest payload of a datagram in IPv4 */
/* A receiver that is busy takes no octets, but is not dead: events wait in the journal. */
#define PATIENCE_MS       60000
#define COMPLAIN_EVERY_NS (60 * NS_PER_S)

struct target_syslog {
	const struct publisher_config *config;
	const struct syslog_url *url;
	struct transport transport;
	struct journal_reader *reader;
	uint64_t position; /* The sequence number up to which records are delivered. */
	uint64_t noted;    /* The position that is stored in the journal. */
	int64_t noted_ns;
	uint64_t damaged;      /* The number that was logged last. */
	struct writer message; /* The message of one record. */
	struct writer batch;   /* The octets to send. */
	size_t count;
	struct {
		uint64_t sequence;
		size_t end; /* where the record ends in `batch` */
		enum { MESSAGE, TOO_LARGE, NO_EVENT } kind;
	} records[BATCH_MAX];
	int64_t complained_ns; /* When nothing received a datagram, and that was logged. */
	char error[TLS_WHY_MAX + 128];
};

static int fail(struct target_syslog *t, enum trouble trouble, const char *part, int error)
{
	(void)snprintf(t->error, sizeof(t->error), "%s%s%s", part, part[0] != '\0' ? ": " : "",
	               t->transport.why[0] != '\0' ? t->transport.why : strerror(-error));
	return trouble;
}

static int open_journal(struct target_syslog *t)
{
	journal_reader_close(t->reader);
	t->reader = NULL;
	t->damaged = 0;
	t->count = 0;
	writer_restart(&t->batch);
	return journal_reader_open(&t->reader, t->config->journal, t->position);
}

static void *create(const struct publisher_config *config, int64_t grace_ms, int *error)
{
	struct target_syslog *t = calloc(1, sizeof(*t));
	if (t == NULL) {
		return NULL;
	}
	t->config = config;
	t->url = config->syslog;
	t->transport = (struct transport){ .fd = -1,
		                           .hangup_fd = grace_ms > 0 ? config->wake_fd : -1,
		                           .grace_ns = grace_ms * NS_PER_MS };
	writer_init_growing(&t->message, MESSAGE_MAX);
	writer_init_growing(&t->batch, BATCH_OCTETS + MESSAGE_MAX);
	*error = journal_position(config->journal, config->hash, &t->position);
	t->noted = t->position;
	if (*error == 0) {
		*error = open_journal(t);
	}
	return t;
}

static void close_target(void *ctx)
{
	transport_close(&((struct target_syslog *)ctx)->transport);
}

static void release(void *ctx)
{
	struct target_syslog *t = ctx;
	close_target(t);
	journal_reader_close(t->reader);
	writer_free(&t->message);
	writer_free(&t->batch);
	free(t);
}

static bool is_open(const void *ctx)
{
	return ((const struct target_syslog *)ctx)->transport.fd >= 0;
}

static int open_target(void *ctx)
{
	struct target_syslog *t = ctx;
	const struct redis_place *place = &t->url->server.places[0];
	t->transport.patience_ms = 0;
	int ret = t->url->udp ? transport_open_udp(&t->transport, place)
	                      : transport_open(&t->transport, &t->url->server, place, NULL);
	t->transport.patience_ms = PATIENCE_MS;
	if (ret == -EKEYREJECTED) {
		return fail(t, TROUBLE_CONFIG, "", ret);
	}
	if (ret != 0) {
		return fail(t, TROUBLE_LINK, ret == -EADDRNOTAVAIL ? "the host's name" : "", ret);
	}
	ret = open_journal(t);
	return ret == 0 ? 0 : fail(t, TROUBLE_WAIT, "the journal", ret);
}

static const char *error_of(const void *ctx)
{
	return ((const struct target_syslog *)ctx)->error;
}

static void set_deadline(void *ctx, int64_t deadline_ns)
{
	((struct target_syslog *)ctx)->transport.deadline_ns = deadline_ns;
}

static int64_t hung_up_ns(const void *ctx)
{
	return ((const struct target_syslog *)ctx)->transport.hung_up_ns;
}

/* Adds a message to the batch. False: it cannot be sent. */
static bool add_message(struct target_syslog *t, const struct record *record)
{
	const struct syslog_url *url = t->url;
	writer_restart(&t->message);
	if (!syslog_message_put(&t->message, url->form, url->facility, record) ||
	    t->message.failed || (url->udp && writer_size(&t->message) > UDP_MAX)) {
		return false;
	}
	size_t before = writer_size(&t->batch);
	if (!url->udp && url->framing == SYSLOG_OCTETS) {
		writer_number(&t->batch, writer_size(&t->message));
		writer_char(&t->batch, ' ');
	}
	writer_put(&t->batch, t->message.start, writer_size(&t->message));
	if (!url->udp && url->framing == SYSLOG_LINES) {
		writer_char(&t->batch, '\n');
	}
	bool good = !t->batch.failed;
	if (!good) {
		writer_recover(&t->batch, before);
	}
	return good;
}

static void add(struct target_syslog *t, const struct record *record, uint64_t sequence)
{
	t->records[t->count].kind = record->kind == RECORD_ROWS ? NO_EVENT
	                            : add_message(t, record)    ? MESSAGE
	                                                        : TOO_LARGE;
	t->records[t->count].sequence = sequence;
	t->records[t->count].end = writer_size(&t->batch);
	t->count++;
}

static void log_damage(struct target_syslog *t)
{
	uint64_t damaged = journal_damaged(t->reader);
	if (damaged > t->damaged) {
		log_warn("%s: skipped %" PRIu64 " damaged records", t->config->journal,
		         damaged - t->damaged);
		t->damaged = damaged;
	}
}

static int collect(struct target_syslog *t)
{
	struct record record;
	uint64_t sequence;
	while (t->count < BATCH_MAX && writer_size(&t->batch) < BATCH_OCTETS) {
		int ret = journal_next(t->reader, &record, &sequence);
		if (ret <= 0) {
			return ret == 0 ? 0 : fail(t, TROUBLE_WAIT, "the journal", ret);
		}
		if (sequence > t->position) {
			add(t, &record, sequence);
		}
	}
	return 0;
}

static uint64_t note(void *ctx)
{
	struct target_syslog *t = ctx;
	if (t->position != t->noted) {
		int ret = journal_ack(t->config->journal, t->config->hash, t->position);
		if (ret != 0) {
			log_warn("%s: cannot store the position of the delivery: %s",
			         t->config->journal, strerror(-ret));
		}
		t->noted = t->position;
		t->noted_ns = monotonic_ns();
	}
	return t->position;
}

static void count_one(_Atomic uint64_t *counter)
{
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

/* Counts the i-th record of the batch, once, even if it was sent by an earlier publisher. */
static void count_record(const struct target_syslog *t, size_t i)
{
	const struct publisher_config *config = t->config;
	if (t->position <= atomic_load(config->counted)) {
		return;
	}
	if (t->records[i].kind == MESSAGE) {
		count_one(config->delivered);
	} else if (t->records[i].kind == TOO_LARGE) {
		count_one(config->dropped);
		count_one(config->dropped_anywhere);
		log_warn("%s: an event is larger than a message can be, and is dropped",
		         config->name);
	}
	atomic_store_explicit(config->counted, t->position, memory_order_relaxed);
}

/* Counts the first records of the batch, up to `end` in its octets, as delivered. */
static void deliver_to(struct target_syslog *t, size_t end)
{
	for (size_t i = 0; i < t->count && t->records[i].end <= end; i++) {
		t->position = t->records[i].sequence;
		count_record(t, i);
	}
	if (monotonic_ns() - t->noted_ns >= NOTE_INTERVAL_NS) {
		note(t);
	}
}

static int send_stream(struct target_syslog *t)
{
	size_t size = writer_size(&t->batch);
	int ret = transport_write(&t->transport, t->batch.start, size);
	return ret == 0 ? transport_confirm(&t->transport) : ret;
}

/* Nothing receives datagrams at the host. That is known from an ICMP message to an earlier one. */
static void complain(struct target_syslog *t)
{
	count_one(t->config->errors);
	if (t->complained_ns == 0 || monotonic_ns() - t->complained_ns >= COMPLAIN_EVERY_NS) {
		t->complained_ns = monotonic_ns();
		log_warn("%s: nothing receives the datagrams; events are lost", t->config->name);
	}
}

static int send_datagram(struct target_syslog *t, const char *message, size_t size)
{
	int ret = transport_write(&t->transport, message, size);
	if (ret == -ECONNREFUSED) {
		complain(t);
		ret = transport_write(&t->transport, message, size);
	}
	return ret == -ECONNREFUSED ? 0 : ret;
}

static int send_datagrams(struct target_syslog *t)
{
	size_t at = 0;
	for (size_t i = 0; i < t->count; i++) {
		size_t size = t->records[i].end - at;
		int ret = t->records[i].kind == MESSAGE
		                  ? send_datagram(t, t->batch.start + at, size)
		                  : 0;
		if (ret == -EMSGSIZE) {
			t->records[i].kind = TOO_LARGE;
		} else if (ret != 0) {
			deliver_to(t, at);
			return ret;
		}
		at = t->records[i].end;
	}
	return 0;
}

static int step(void *ctx, bool now, enum delivery_progress *progress)
{
	struct target_syslog *t = ctx;
	(void)now;
	t->count = 0;
	writer_restart(&t->batch);
	int ret = collect(t);
	log_damage(t);
	if (ret != 0) {
		return ret;
	}
	if (t->count == 0) {
		*progress = DELIVERY_IDLE;
		note(t);
		return 0;
	}
	ret = t->url->udp ? send_datagrams(t) : send_stream(t);
	if (ret != 0) {
		return fail(t, TROUBLE_LINK, "", ret);
	}
	deliver_to(t, writer_size(&t->batch));
	*progress = DELIVERY_SENT;
	return 0;
}

/* A batch is sent at once. */
static int64_t due_ns(const void *ctx)
{
	(void)ctx;
	return 0;
}

static bool has_more(const void *ctx)
{
	const struct target_syslog *t = ctx;
	uint64_t waiting = 0;
	return journal_backlog(t->config->journal, t->position, &waiting) != 0 || waiting > 0;
}

const struct target TARGET_SYSLOG = {
	.create = create,
	.free = release,
	.open = open_target,
	.close = close_target,
	.is_open = is_open,
	.error = error_of,
	.set_deadline = set_deadline,
	.hung_up_ns = hung_up_ns,
	.step = step,
	.due_ns = due_ns,
	.has_more = has_more,
	.note = note,
};
