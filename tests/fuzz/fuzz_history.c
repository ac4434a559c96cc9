/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Batches of history rows: what is read is a row, and is read back from what is written of it. */
#include <stdlib.h>
#include <string.h>

#include "history/rows/batch.h"
#include "history/rows/cof.h"
#include "history/store/sorted.h"
#include "tests/fuzz/found.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds) {
		abort();
	}
}

/* The keys without a value lead to the same row. */
static void check_other_key(const struct history_record *record, const uint8_t *own,
                            size_t own_size)
{
	uint8_t other[HISTORY_KEY_MAX], again[HISTORY_KEY_MAX];
	struct history_record read;
	size_t size;
	for (unsigned i = 0; (size = history_key_write_other(record, i, other)) > 0; i++) {
		found_bytes(other, size);
		check(i <= HISTORY_HINTS_MAX);
		check(history_key_read(other, size, &read));
		check(history_key_write(&read, again) == own_size);
		check(memcmp(again, own, own_size) == 0);
	}
}

static void check_value(const struct history_record *record)
{
	uint8_t value[HISTORY_VALUE_MAX], again[HISTORY_VALUE_MAX];
	struct history_seen seen;
	size_t size = history_value_write(record->kind, &record->seen, value);
	check(history_value_read(record->kind, value, size, &seen));
	check(history_value_write(record->kind, &seen, again) == size);
	check(memcmp(again, value, size) == 0);
}

static void check_row(const uint8_t *key, size_t size, const struct history_record *record)
{
	static struct json json;
	static char memory[8 * HISTORY_DATA_TEXT_MAX];
	struct writer w;
	uint8_t again[HISTORY_KEY_MAX];
	check(history_key_write(record, again) == size);
	check(memcmp(again, key, size) == 0);
	check_value(record);
	check_other_key(record, key, size);
	const char *text = history_cof(&json, record, "fuzz");
	check(text != NULL);
	found_text(text);
	writer_init(&w, memory, sizeof(memory));
	history_put_texts(&w, record, " ");
	check(!w.failed);
}

/* Keys ascend, and each has a value or none. */
static void check_order(const uint8_t *data, size_t size)
{
	static uint8_t last[HISTORY_KEY_MAX];
	size_t last_size = 0;
	struct history_sorted sorted;
	const uint8_t *key, *value;
	size_t key_size, value_size;
	int ret = history_sorted_init(&sorted, data, size);
	while (ret == 0 && history_sorted_next(&sorted, &key, &key_size, &value, &value_size)) {
		size_t both = key_size < last_size ? key_size : last_size;
		int order = memcmp(last, key, both);
		check(order < 0 || (order == 0 && last_size < key_size));
		check((value_size > 0) == history_key_has_value(key[0]));
		memcpy(last, key, key_size);
		last_size = key_size;
		found_bytes(key, key_size);
		found_bytes(value, value_size);
	}
	history_sorted_free(&sorted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_init(data, size);
	struct history_record record;
	const uint8_t *key;
	size_t key_size;
	int ret;
	while ((ret = history_batch_next(&c, &key, &key_size, &record)) == 1) {
		check_row(key, key_size, &record);
	}
	found_number((uint64_t)(ret + 1));
	if (ret == 0) {
		check_order(data, size);
	}
	return 0;
}
