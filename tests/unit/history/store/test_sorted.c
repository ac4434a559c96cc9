/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys of a batch in ascending order, each once. */
#include "history/store/sorted.h"

#include <stdlib.h>
#include <string.h>

#include "history/rows/batch.h"
#include "parsers/dns/dns.h"
#include "tests/unit/unit.h"

#define ROWS 3000

static char batch[1 << 20];

/* Adds a record of the root with any data. */
static void add(struct writer *w, const uint8_t *data, size_t size, uint64_t time_s)
{
	uint8_t key[HISTORY_KEY_MAX];
	const struct history_row row = { .owner = (const uint8_t *)"",
		                         .owner_size = 1,
		                         .type = DNS_TYPE_TXT,
		                         .data = data,
		                         .data_size = size };
	const struct history_seen seen = { .first = time_s, .last = time_s, .count = 1 };
	history_batch_add(w, key, history_key_by_owner(&row, key), &seen);
}

/* Returns the sum of the counts of all rows. */
static uint64_t check(const struct writer *w, size_t keys)
{
	static uint8_t last[HISTORY_KEY_MAX];
	struct history_sorted sorted;
	struct history_seen seen;
	const uint8_t *key, *value;
	size_t size, value_size, last_size = 0, count = 0;
	uint64_t sum = 0;
	assert_int_equal(history_sorted_init(&sorted, (const uint8_t *)batch, writer_size(w)), 0);
	while (history_sorted_next(&sorted, &key, &size, &value, &value_size)) {
		int order = memcmp(last, key, size < last_size ? size : last_size);
		assert_true(order < 0 || (order == 0 && last_size < size));
		memcpy(last, key, size);
		last_size = size;
		assert_true(history_value_read(key[0], value, value_size, &seen));
		sum += seen.count;
		count++;
	}
	history_sorted_free(&sorted);
	assert_int_equal(count, keys);
	return sum;
}

static void the_shorter_of_two_keys_comes_first(void **state)
{
	static const uint8_t zeros[64], ones[] = { [0 ... 63] = 0xff };
	struct writer w;
	(void)state;
	writer_init(&w, batch, sizeof(batch));
	for (size_t i = 0; i < 64; i++) {
		size_t size = i * 37 % 64; /* each once, in no order */
		add(&w, zeros, size, i);
		if (size > 0) {
			add(&w, ones, size, i);
		}
	}
	assert_int_equal(check(&w, 127), 127);
}

static void equal_keys_become_one(void **state)
{
	static const uint8_t long_data[HISTORY_DATA_MAX];
	struct writer w;
	(void)state;
	writer_init(&w, batch, sizeof(batch));
	for (size_t i = 0; i < 2; i++) {
		add(&w, long_data, sizeof(long_data), i);
		add(&w, long_data, sizeof(long_data) - 1, i);
		add(&w, long_data, 0, i);
	}
	assert_int_equal(check(&w, 3), 6);
	writer_init(&w, batch, sizeof(batch));
	for (size_t i = 0; i < ROWS; i++) {
		add(&w, long_data, 20, i);
	}
	assert_int_equal(check(&w, 1), ROWS);
}

/* Few values of an octet, so that many keys have a beginning in common. */
static void any_keys(void **state)
{
	uint32_t number = 1;
	struct writer w;
	(void)state;
	writer_init(&w, batch, sizeof(batch));
	for (uint32_t i = 0; i < ROWS; i++) {
		uint8_t data[32];
		for (size_t at = 0; at < 28; at++) {
			number = number * 1664525 + 1013904223;
			data[at] = (number >> 24) < 250 ? 0 : (uint8_t)(number >> 16);
		}
		memcpy(data + 28, &i, sizeof(i)); /* no key is there twice */
		add(&w, data, sizeof(data), i);
	}
	assert_int_equal(check(&w, ROWS), ROWS);
}

static void an_empty_batch(void **state)
{
	struct writer w;
	(void)state;
	writer_init(&w, batch, sizeof(batch));
	assert_int_equal(check(&w, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_shorter_of_two_keys_comes_first),
		cmocka_unit_test(equal_keys_become_one),
		cmocka_unit_test(any_keys),
		cmocka_unit_test(an_empty_batch),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
