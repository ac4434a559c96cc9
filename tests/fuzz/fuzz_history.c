/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Batches of history rows: what is read is a row, and is read back from what is written of it. */
#include <stdlib.h>
#include <string.h>

#include "history/rows/batch.h"
#include "history/rows/cof.h"
#include "history/sorted.h"
#include "tests/fuzz/found.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds) {
		abort();
	}
}

/* The key by data leads to the same row. */
static void check_data_key(const struct history_row *row, const uint8_t *own, size_t own_size)
{
	uint8_t by_data[HISTORY_KEY_MAX], again[HISTORY_KEY_MAX];
	struct history_record record;
	size_t size = history_key_by_data(row, by_data);
	found_bytes(by_data, size);
	if (size == 0) {
		return;
	}
	check(history_key_read(by_data, size, &record));
	check(history_key_by_owner(&record.row, again) == own_size);
	check(memcmp(again, own, own_size) == 0);
}

static void check_row(const uint8_t *key, size_t size, const struct history_record *record)
{
	static struct json json;
	uint8_t again[HISTORY_KEY_MAX], value[HISTORY_VALUE_MAX];
	struct history_seen seen;
	check(history_key_by_owner(&record->row, again) == size);
	check(memcmp(again, key, size) == 0);
	check(history_value_read(value, history_value_write(&record->seen, value), &seen));
	check(memcmp(&seen, &record->seen, sizeof(seen)) == 0);
	check_data_key(&record->row, key, size);
	const char *text = history_cof(&json, record, "fuzz");
	check(text != NULL);
	found_text(text);
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
		check((value_size > 0) == (key[0] == HISTORY_KEY_OWNER));
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
