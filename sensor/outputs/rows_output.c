/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/outputs/rows_output.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/secret_hash.h"
#include "base/time_ns.h"
#include "base/writer.h"
#include "history/rows/batch.h"
#include "history/table.h"

#define SLOTS     (1u << 18)
#define KNOWN_MAX (SLOTS / 4 * 3)
#define HOUR_NS   (3600 * NS_PER_S)
/* The size of a record, in octets. An importer reads 50 records in one reply, which must not exceed
 * the largest reply (sensor/redis/redis.h). */
#define RECORD_OCTETS ((size_t)128 << 10)

struct rows_output {
	struct outputs *outputs;
	const char *sensor;
	uint64_t run;    /* a random number of this process */
	uint64_t number; /* the number of records that were sent */
	int64_t hour_ns; /* the time at which the hour began; 0: there was no batch */
	/* Hashes of the rows that were seen in this hour; 0: the slot is free. */
	uint64_t *known;
	size_t known_count;
	struct history_table *sums;
	uint8_t *room;        /* for a batch of the sums */
	struct writer record; /* the next record */
};

/* The process id distinguishes workers; the time distinguishes processes that had the same id. */
static uint64_t draw_run(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	const uint64_t parts[] = { (uint64_t)getpid(), (uint64_t)now.tv_sec,
		                   (uint64_t)now.tv_nsec };
	return secret_hash((const uint8_t *)parts, sizeof(parts));
}

static void begin_record(struct rows_output *rows)
{
	char head[64];
	(void)snprintf(head, sizeof(head), "%016" PRIx64 "-%" PRIu64 " ", rows->run, rows->number);
	writer_restart(&rows->record);
	writer_string(&rows->record, head);
	writer_string(&rows->record, rows->sensor);
	writer_char(&rows->record, '\n');
}

static void send_record(struct rows_output *rows)
{
	const struct record record = { .kind = RECORD_ROWS,
		                       .id = "",
		                       .rule = "",
		                       .json = rows->record.start,
		                       .json_size = writer_size(&rows->record) };
	if (!rows->record.failed) {
		outputs_emit(rows->outputs, &record);
	}
	rows->number++;
	begin_record(rows);
}

static void add_row(struct rows_output *rows, const uint8_t *key, size_t size,
                    const struct history_seen *seen)
{
	history_batch_add(&rows->record, key, size, seen);
	if (writer_size(&rows->record) >= RECORD_OCTETS) {
		send_record(rows);
	}
}

static void send_last(struct rows_output *rows)
{
	const char *first = rows->record.start;
	const char *end = memchr(first, '\n', writer_size(&rows->record));
	if (end != NULL && end + 1 < rows->record.at) {
		send_record(rows);
	}
}

static uint8_t *find_room(void *ctx)
{
	const struct rows_output *rows = ctx;
	return rows->room;
}

static void send_sums(void *ctx, size_t size, size_t count)
{
	struct rows_output *rows = ctx;
	struct cursor c = cursor_init(rows->room, size);
	struct history_record record;
	const uint8_t *key;
	size_t key_size;
	(void)count;
	while (history_batch_next(&c, &key, &key_size, &record) == 1) {
		add_row(rows, key, key_size, &record.seen);
	}
}

struct rows_output *rows_output_new(struct outputs *outputs, const char *sensor)
{
	struct rows_output *rows = calloc(1, sizeof(*rows));
	if (rows == NULL) {
		return NULL;
	}
	const struct history_sink sink = { .room = find_room, .put = send_sums, .ctx = rows };
	rows->outputs = outputs;
	rows->sensor = sensor;
	rows->run = draw_run();
	rows->known = calloc(SLOTS, sizeof(rows->known[0]));
	rows->room = malloc(HISTORY_BATCH_MAX);
	rows->sums = history_table_new(&sink);
	writer_init_growing(&rows->record, 2 * RECORD_OCTETS);
	begin_record(rows);
	if (rows->known == NULL || rows->room == NULL || rows->sums == NULL ||
	    rows->record.failed) {
		rows_output_close(rows);
		return NULL;
	}
	return rows;
}

static void end_hour(struct rows_output *rows)
{
	(void)history_table_flush(rows->sums);
	memset(rows->known, 0, SLOTS * sizeof(rows->known[0]));
	rows->known_count = 0;
}

void rows_output_close(struct rows_output *rows)
{
	if (rows == NULL) {
		return;
	}
	if (rows->sums != NULL && rows->room != NULL && rows->known != NULL) {
		end_hour(rows);
		send_last(rows);
	}
	history_table_free(rows->sums);
	writer_free(&rows->record);
	free(rows->known);
	free(rows->room);
	free(rows);
}

/* Returns whether the row is new in this hour, and remembers it. */
static bool is_new(struct rows_output *rows, const uint8_t *key, size_t size)
{
	uint64_t hash = secret_hash(key, size);
	hash = hash != 0 ? hash : 1;
	uint32_t at = (uint32_t)(hash % SLOTS);
	while (rows->known[at] != 0 && rows->known[at] != hash) {
		at = (at + 1) % SLOTS;
	}
	bool is_new = rows->known[at] == 0;
	rows->known[at] = hash;
	rows->known_count += is_new;
	return is_new;
}

void rows_output_take(struct rows_output *rows, const uint8_t *batch, size_t size, int64_t now_ns)
{
	struct cursor c = cursor_init(batch, size);
	struct history_record record;
	const uint8_t *key;
	size_t key_size;
	if (rows->hour_ns == 0 || now_ns - rows->hour_ns >= HOUR_NS) {
		end_hour(rows);
		rows->hour_ns = now_ns;
	}
	while (history_batch_next(&c, &key, &key_size, &record) == 1) {
		if (rows->known_count == KNOWN_MAX) {
			end_hour(rows);
		}
		if (is_new(rows, key, key_size)) {
			add_row(rows, key, key_size, &record.seen);
		} else {
			history_table_add(rows->sums, key, key_size, &record.seen);
		}
	}
	send_last(rows);
}
