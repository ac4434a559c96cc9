/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of passive DNS: what is read of a line is written, and read again as the same row. */
#include <stdlib.h>
#include <string.h>

#include "history/import/cof_line.h"
#include "history/rows/cof.h"
#include "tests/fuzz/found.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds) {
		abort();
	}
}

struct expected {
	const struct history_row *row;
	const struct history_seen *seen;
};

static void ignore_sensor(void *ctx, const char *name, size_t size)
{
	(void)ctx;
	check(size > 0);
	found_bytes(name, size);
}

static void check_same(void *ctx, const struct history_row *row, const struct history_seen *seen)
{
	const struct expected *expected = ctx;
	check(row->owner_size == expected->row->owner_size);
	check(memcmp(row->owner, expected->row->owner, row->owner_size) == 0);
	check(row->type == expected->row->type && row->origin == expected->row->origin);
	check(row->is_code == expected->row->is_code);
	check(row->data_size == expected->row->data_size);
	check(memcmp(row->data, expected->row->data, row->data_size) == 0);
	check(memcmp(seen, expected->seen, offsetof(struct history_seen, kept)) == 0);
}

static void check_row(void *ctx, const struct history_row *row, const struct history_seen *seen)
{
	static struct json json;
	struct expected expected = { row, seen };
	const struct cof_target target = { check_same, NULL, ignore_sensor, &expected };
	const char *reason;
	struct history_record record = { .kind = HISTORY_KEY_OWNER, .row = *row, .seen = *seen };
	(void)ctx;
	const char *text = history_cof(&json, &record, "fuzz");
	check(text != NULL);
	found_text(text);
	check(cof_line_read(text, strlen(text), &target, &reason) == 1);
}

static void check_same_key(void *ctx, const struct history_record *record)
{
	const struct history_record *expected = ctx;
	uint8_t key[HISTORY_KEY_MAX], same[HISTORY_KEY_MAX];
	size_t size = history_key_write(record, key);
	check(size == history_key_write(expected, same) && memcmp(key, same, size) == 0);
}

/* A row of mail or of a client is a row, is written, and is read again. Octets that are not UTF-8
 * are read as U+FFFD, which can make a text longer than its limit; a second reading is not
 * compared then. */
static void check_record(void *ctx, const struct history_record *record)
{
	static struct json json;
	struct history_record read = *record;
	const struct cof_target target = { check_same, check_same_key, ignore_sensor, &read };
	const char *reason;
	uint8_t key[HISTORY_KEY_MAX];
	(void)ctx;
	size_t size = history_key_write(record, key);
	if (size == 0) {
		return;
	}
	check(history_key_read(key, size, &read));
	read.seen = record->seen;
	const char *text = history_cof(&json, &read, "fuzz");
	check(text != NULL);
	found_text(text);
	if (strstr(text, "\xef\xbf\xbd") == NULL) {
		check(cof_line_read(text, strlen(text), &target, &reason) == 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct cof_target target = { check_row, check_record, ignore_sensor, NULL };
	const char *line = (const char *)data;
	while (size > 0) {
		const char *end = memchr(line, '\n', size);
		size_t length = end != NULL ? (size_t)(end - line) : size;
		const char *reason = NULL;
		int rows = cof_line_read(line, length, &target, &reason);
		check((rows < 0) == (reason != NULL));
		found_number((uint64_t)(rows + 1));
		length += end != NULL;
		line += length;
		size -= length;
	}
	return 0;
}
