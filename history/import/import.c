/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/import/import.h"

#include <errno.h>
#include <stdlib.h>

#include "history/import/cof_line.h"
#include "history/table.h"

struct history_import {
	const struct history_target *target;
	struct history_table *table;
	uint8_t *batch; /* room for a batch of the table */
	bool failed;    /* a batch could not be added */
	char line[COF_LINE_MAX];
};

static uint8_t *batch_room(void *ctx)
{
	struct history_import *import = ctx;
	return import->batch;
}

static void add_batch(void *ctx, size_t size, size_t rows)
{
	struct history_import *import = ctx;
	const struct history_target *target = import->target;
	import->failed |= !target->add(target->ctx, import->batch, size, rows);
}

struct history_import *history_import_new(const struct history_target *target)
{
	struct history_import *import = calloc(1, sizeof(*import));
	if (import == NULL) {
		return NULL;
	}
	const struct history_sink sink = { batch_room, add_batch, import };
	import->target = target;
	import->table = history_table_new(&sink);
	import->batch = malloc(HISTORY_BATCH_MAX);
	if (import->table == NULL || import->batch == NULL) {
		history_import_free(import);
		return NULL;
	}
	return import;
}

void history_import_free(struct history_import *import)
{
	history_table_free(import->table);
	free(import->batch);
	free(import);
}

static void add_row(void *ctx, const struct history_row *row, const struct history_seen *seen)
{
	struct history_import *import = ctx;
	uint8_t key[HISTORY_KEY_MAX];
	history_table_add(import->table, key, history_key_by_owner(row, key), seen);
}

static void add_record(void *ctx, const struct history_record *record)
{
	struct history_import *import = ctx;
	uint8_t key[HISTORY_KEY_MAX];
	history_table_add(import->table, key, history_key_write(record, key), &record->seen);
}

static void add_sensor(void *ctx, const char *name, size_t size)
{
	struct history_import *import = ctx;
	const struct history_target *target = import->target;
	if (!target->name_sensor(target->ctx, name, size)) {
		(void)history_table_flush(import->table);
		(void)target->name_sensor(target->ctx, name, size);
	}
}

/* Reads a line without its line feed. Returns its size; COF_LINE_MAX + 1 if the line is longer than
 * COF_LINE_MAX; -1 at the end of the file. */
static ssize_t read_line(struct history_import *import, FILE *file)
{
	size_t size = 0;
	int octet = getc_unlocked(file);
	if (octet == EOF) {
		return -1;
	}
	for (; octet != EOF && octet != '\n'; octet = getc_unlocked(file)) {
		if (size < COF_LINE_MAX) {
			import->line[size] = (char)octet;
		}
		size += size <= COF_LINE_MAX;
	}
	return (ssize_t)size;
}

static int take_line(struct history_import *import, size_t size, const char **reason)
{
	const struct cof_target target = { add_row, add_record, add_sensor, import };
	if (size > COF_LINE_MAX) {
		*reason = "it is longer than 1 MiB";
		return -1;
	}
	return cof_line_read(import->line, size, &target, reason);
}

static void import_line(struct history_import *import, size_t size,
                        const struct history_import_events *events,
                        struct history_import_totals *totals)
{
	const char *reason;
	int rows = take_line(import, size, &reason);
	totals->lines++;
	if (rows < 0) {
		totals->bad++;
		events->complain(events->ctx, totals->lines, reason);
	} else {
		totals->rows += (unsigned)rows;
		totals->not_kept += rows == 0 && size > 0;
	}
}

int history_import_file(struct history_import *import, FILE *file,
                        const struct history_import_events *events,
                        struct history_import_totals *totals)
{
	ssize_t size;
	*totals = (struct history_import_totals){ .rows = 0 };
	errno = 0;
	while (!import->failed && (size = read_line(import, file)) >= 0 && ferror(file) == 0) {
		import_line(import, (size_t)size, events, totals);
		if (!events->goes_on(events->ctx)) {
			return -ECANCELED;
		}
		errno = 0;
	}
	int error = errno != 0 ? -errno : -EIO;
	if (ferror(file) != 0) {
		return error == -EINTR && !events->goes_on(events->ctx) ? -ECANCELED : error;
	}
	return import->failed ? -EIO : 0;
}

bool history_import_finish(struct history_import *import)
{
	(void)history_table_flush(import->table);
	return !import->failed;
}
