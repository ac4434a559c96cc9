/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A new row is sent at once, its further sightings as a sum. No row is lost, and none is sent
 * twice. */
#include "sensor/outputs/rows_output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time_ns.h"
#include "history/rows/batch.h"
#include "parsers/dns/dns_codes.h"
#include "tests/unit/unit.h"

#define HOUR_NS (3600 * NS_PER_S)

/* What was sent: rows as `address:count`, in the order of sending. */
static struct {
	char rows[4096];
	char ids[16][64];
	unsigned records;
	uint64_t row_count, sightings;
} sent;

/* Takes the place of the function of outputs.c. */
void outputs_emit(struct outputs *outputs, const struct record *record)
{
	const char *end = memchr(record->json, '\n', record->json_size);
	const char *blank = memchr(record->json, ' ', record->json_size);
	struct history_record row;
	const uint8_t *key;
	size_t size, used = strlen(sent.rows);
	(void)outputs;
	assert_int_equal(record->kind, RECORD_ROWS);
	assert_true(record->json_size <= (size_t)200 << 10);
	assert_memory_equal(blank, " berlin\n", 8);
	for (unsigned i = 0; i < sent.records && i < 16; i++) {
		assert_memory_not_equal(sent.ids[i], record->json, (size_t)(blank - record->json));
	}
	(void)snprintf(sent.ids[sent.records++ % 16], 64, "%.*s ", (int)(blank - record->json),
	               record->json);
	struct cursor c = cursor_init((const uint8_t *)end + 1,
	                              record->json_size - (size_t)(end + 1 - record->json));
	while (history_batch_next(&c, &key, &size, &row) == 1) {
		sent.row_count++;
		sent.sightings += row.seen.count;
		if (used < sizeof(sent.rows) - 40) {
			used += (size_t)snprintf(sent.rows + used, 40, "%s%u:%u",
			                         used > 0 ? " " : "", row.row.data[3],
			                         (unsigned)row.seen.count);
		}
	}
	assert_int_equal(cursor_left(&c), 0);
}

static int setup(void **state)
{
	memset(&sent, 0, sizeof(sent));
	*state = rows_output_new(NULL, "berlin");
	return *state != NULL ? 0 : -1;
}

static void put(struct writer *batch, uint32_t address, uint64_t count)
{
	const uint8_t data[4] = { (uint8_t)(address >> 24), (uint8_t)(address >> 16),
		                  (uint8_t)(address >> 8), (uint8_t)address };
	const struct history_row row = { .owner = (const uint8_t *)"\1a",
		                         .owner_size = 3,
		                         .type = DNS_TYPE_A,
		                         .data = data,
		                         .data_size = sizeof(data) };
	const struct history_seen seen = { .first = 1, .last = 2, .count = count };
	uint8_t key[HISTORY_KEY_MAX];
	history_batch_add(batch, key, history_key_by_owner(&row, key), &seen);
}

static void take(struct rows_output *rows, const uint32_t *addresses, size_t count, int64_t now_ns)
{
	struct writer batch;
	writer_init_growing(&batch, (size_t)64 << 20);
	for (size_t i = 0; i < count; i++) {
		put(&batch, addresses[i], 1);
	}
	assert_false(batch.failed);
	rows_output_take(rows, (const uint8_t *)batch.start, writer_size(&batch), now_ns);
	writer_free(&batch);
}

static void new_rows_are_sent_at_once(void **state)
{
	struct rows_output *rows = *state;
	take(rows, (const uint32_t[]){ 1, 2 }, 2, 1);
	assert_string_equal(sent.rows, "1:1 2:1");
	take(rows, (const uint32_t[]){ 2, 1, 3 }, 3, NS_PER_S);
	assert_string_equal(sent.rows, "1:1 2:1 3:1");
	take(rows, (const uint32_t[]){ 2, 3 }, 2, HOUR_NS);
	assert_string_equal(sent.rows, "1:1 2:1 3:1");
	assert_int_equal(sent.records, 2);
	rows_output_close(rows);
	assert_string_equal(sent.rows, "1:1 2:1 3:1 2:2 1:1 3:1");
	assert_int_equal(sent.records, 3);
}

static void sums_are_sent_after_an_hour(void **state)
{
	struct rows_output *rows = *state;
	take(rows, (const uint32_t[]){ 1 }, 1, 1);
	take(rows, (const uint32_t[]){ 1 }, 1, NS_PER_S);
	take(rows, (const uint32_t[]){ 1 }, 1, HOUR_NS);
	assert_string_equal(sent.rows, "1:1");
	take(rows, (const uint32_t[]){ 2 }, 1, HOUR_NS + 1);
	assert_string_equal(sent.rows, "1:1 1:2 2:1");
	take(rows, (const uint32_t[]){ 1 }, 1, HOUR_NS + 2);
	assert_string_equal(sent.rows, "1:1 1:2 2:1 1:1");
	rows_output_close(rows);
	assert_string_equal(sent.rows, "1:1 1:2 2:1 1:1");
}

/* More rows than are remembered: all arrive, in records of bounded size. */
static void many_rows_are_sent(void **state)
{
	struct rows_output *rows = *state;
	const uint32_t count = 300000;
	uint32_t *addresses = calloc(count, sizeof(*addresses));
	assert_non_null(addresses);
	for (uint32_t i = 0; i < count; i++) {
		addresses[i] = i;
	}
	take(rows, addresses, count, 1);
	take(rows, addresses, count, 2);
	rows_output_close(rows);
	free(addresses);
	assert_int_equal(sent.sightings, 2 * count);
	assert_in_range(sent.row_count, count, 2 * count);
	assert_true(sent.records > 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(new_rows_are_sent_at_once, setup),
		cmocka_unit_test_setup(sums_are_sent_after_an_hour, setup),
		cmocka_unit_test_setup(many_rows_are_sent, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
