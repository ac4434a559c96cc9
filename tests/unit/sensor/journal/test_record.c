/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/journal/record.h"

static struct record hit(void)
{
	return (struct record){
		.kind = RECORD_HIT,
		.severity = 75,
		.id = "d0c5",
		.id_size = 4,
		.rule = "coincheck-2020:7",
		.rule_size = 16,
		.json = "{\"a\":1}",
		.json_size = 7,
	};
}

static void comes_back_as_it_was(void **state)
{
	(void)state;
	const struct record in = hit();
	struct record out;
	uint8_t bytes[128];
	size_t size = record_size(&in);
	assert_int_equal(record_encode(&in, bytes, sizeof(bytes)), 0);
	assert_int_equal(record_decode(&out, bytes, size), 0);
	assert_int_equal(out.kind, RECORD_HIT);
	assert_int_equal(out.severity, 75);
	assert_int_equal(out.id_size, 4);
	assert_memory_equal(out.id, "d0c5", 4);
	assert_int_equal(out.rule_size, 16);
	assert_memory_equal(out.rule, "coincheck-2020:7", 16);
	assert_int_equal(out.json_size, 7);
	assert_memory_equal(out.json, "{\"a\":1}", 7);
}

static void texts_may_be_empty(void **state)
{
	(void)state;
	const struct record in = { .kind = RECORD_LOG };
	struct record out;
	uint8_t bytes[64];
	assert_int_equal(record_encode(&in, bytes, record_size(&in)), 0);
	assert_int_equal(record_decode(&out, bytes, record_size(&in)), 0);
	assert_int_equal(out.kind, RECORD_LOG);
	assert_int_equal(out.id_size + out.rule_size + out.json_size, 0);
}

static void limits(void **state)
{
	(void)state;
	const struct record none = { .kind = RECORD_HIT };
	const size_t head = record_size(&none);
	const struct {
		size_t id, rule, json, room;
		int ret;
	} tests[] = {
		/* each text */
		{ 65535, 0, 0, RECORD_SIZE_MAX, 0 },
		{ 65536, 0, 0, RECORD_SIZE_MAX, -EMSGSIZE },
		{ 0, 65535, 0, RECORD_SIZE_MAX, 0 },
		{ 0, 65536, 0, RECORD_SIZE_MAX, -EMSGSIZE },
		/* the whole */
		{ 0, 0, RECORD_SIZE_MAX - head, RECORD_SIZE_MAX, 0 },
		{ 0, 0, RECORD_SIZE_MAX - head + 1, RECORD_SIZE_MAX, -EMSGSIZE },
		{ 1, 0, RECORD_SIZE_MAX - head, RECORD_SIZE_MAX, -EMSGSIZE },
		{ 0, 0, SIZE_MAX, RECORD_SIZE_MAX, -EMSGSIZE },
		{ 0, 0, SIZE_MAX - head + 1, RECORD_SIZE_MAX, -EMSGSIZE },
		/* the room */
		{ 1, 2, 3, head + 6, 0 },
		{ 1, 2, 3, head + 5, -EMSGSIZE },
	};
	char *text = calloc(1, RECORD_SIZE_MAX);
	uint8_t *bytes = malloc(RECORD_SIZE_MAX);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		const struct record in = {
			.kind = RECORD_HIT,
			.id = text,
			.id_size = tests[i].id,
			.rule = text,
			.rule_size = tests[i].rule,
			.json = text,
			.json_size = tests[i].json,
		};
		if (record_encode(&in, bytes, tests[i].room) != tests[i].ret) {
			fail_msg("row %zu", i);
		}
	}
	free(text);
	free(bytes);
}

static void other_bytes_are_no_record(void **state)
{
	(void)state;
	const struct record in = hit();
	struct record out;
	uint8_t bytes[128];
	size_t size = record_size(&in);
	assert_int_equal(record_encode(&in, bytes, sizeof(bytes)), 0);
	for (size_t cut = 0; cut < size; cut++) {
		/* In memory of exactly that size, for the sanitizer to watch. */
		uint8_t *part = malloc(cut + 1);
		memcpy(part, bytes, cut);
		assert_int_equal(record_decode(&out, part, cut), -EBADMSG);
		free(part);
	}
	assert_int_equal(record_decode(&out, bytes, size + 1), -EBADMSG);
	memset(bytes, 0xff, sizeof(bytes));
	assert_int_equal(record_decode(&out, bytes, sizeof(bytes)), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_back_as_it_was),
		cmocka_unit_test(texts_may_be_empty),
		cmocka_unit_test(limits),
		cmocka_unit_test(other_bytes_are_no_record),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
