/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys and values of history rows. */
#include "history/rows/row.h"

#include <string.h>

#include "base/address.h"
#include "history/rows/batch.h"
#include "history/rows/cof.h"
#include "parsers/dns/dns_codes.h"
#include "tests/unit/unit.h"

/* A value of a record. */
#define SEEN(first_s, last_s, number, min, max)                                                    \
	{                                                                                          \
		.first = (first_s), .last = (last_s), .count = (number), .ttl_min = (min),         \
		.ttl_max = (max)                                                                   \
	}

#define NAME(text) (const uint8_t *)(text), sizeof(text)

static const uint8_t WWW[] = "\3www\7example\3com";
static const uint8_t COM[] = "\3com";
static const uint8_t MX_DATA[] = "\0\12\4mail\7example\3com";
static const uint8_t V4[] = { 192, 0, 2, 1 };

static struct history_row row_of(uint16_t type, const void *data, size_t size)
{
	return (struct history_row){ .owner = WWW,
		                     .owner_size = sizeof(WWW),
		                     .type = type,
		                     .origin = HISTORY_PARENT,
		                     .data = data,
		                     .data_size = size };
}

static void check_same(const struct history_row *row, const uint8_t *key, size_t size)
{
	struct history_record record;
	assert_true(history_key_read(key, size, &record));
	assert_int_equal(record.row.owner_size, row->owner_size);
	assert_memory_equal(record.row.owner, row->owner, row->owner_size);
	assert_int_equal(record.row.type, row->type);
	assert_int_equal(record.row.origin, row->origin);
	assert_int_equal(record.row.is_code, row->is_code);
	assert_int_equal(record.row.data_size, row->data_size);
	assert_memory_equal(record.row.data, row->data, row->data_size);
	for (size_t cut = 0; cut + row->data_size < size; cut++) {
		assert_false(history_key_read(key, cut, &record));
	}
}

static void keys_are_read_back(void **state)
{
	static const uint8_t nxdomain = HISTORY_NXDOMAIN;
	static const struct {
		uint16_t type;
		const void *data;
		size_t size;
		bool is_code;
		int by_data; /* the kind of key; -1: none */
	} rows[] = {
		{ DNS_TYPE_A, V4, sizeof(V4), false, HISTORY_KEY_ADDRESS },
		{ DNS_TYPE_A, V4, 3, false, -1 },
		{ DNS_TYPE_AAAA, "0123456789abcdef", 16, false, HISTORY_KEY_ADDRESS },
		{ DNS_TYPE_NS, WWW, sizeof(WWW), false, HISTORY_KEY_TARGET },
		{ DNS_TYPE_NS, WWW, sizeof(WWW) - 1, false, -1 },
		{ DNS_TYPE_NS, "", 1, false, HISTORY_KEY_TARGET },
		{ DNS_TYPE_CNAME, COM, sizeof(COM), false, HISTORY_KEY_TARGET },
		{ DNS_TYPE_MX, MX_DATA, sizeof(MX_DATA), false, HISTORY_KEY_TARGET },
		{ DNS_TYPE_MX, MX_DATA, 2, false, -1 },
		{ DNS_TYPE_SRV, "\0\1\0\2\0\3\3com", 11, false, HISTORY_KEY_TARGET },
		{ DNS_TYPE_HTTPS, "\0\1\0rest", 7, false, HISTORY_KEY_TARGET },
		{ DNS_TYPE_TXT, "\4text", 5, false, -1 },
		{ DNS_TYPE_TXT, "", 0, false, -1 },
		{ DNS_TYPE_NS, &nxdomain, 1, true, -1 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t key[HISTORY_KEY_MAX];
		struct history_row row = row_of(rows[i].type, rows[i].data, rows[i].size);
		row.is_code = rows[i].is_code;
		size_t size = history_key_by_owner(&row, key);
		assert_int_equal(key[0], HISTORY_KEY_OWNER);
		check_same(&row, key, size);
		size = history_key_by_data(&row, key);
		assert_int_equal(size > 0 ? key[0] : -1, rows[i].by_data);
		if (size > 0) {
			check_same(&row, key, size);
		}
	}
}

/* A record of the type HTTPS is also found by its address hints (RFC 9460, 7.3). */
static void hints_are_keys(void **state)
{
	static uint8_t data[3 + 4 + 4 * (HISTORY_HINTS_MAX + 1)] = { 0, 1, 0, 0, 4, 0 };
	uint8_t key[HISTORY_KEY_MAX];
	unsigned number = 0;
	(void)state;
	data[6] = sizeof(data) - 7;
	for (size_t i = 7; i < sizeof(data); i++) {
		data[i] = (uint8_t)i;
	}
	struct history_record record = { .kind = HISTORY_KEY_OWNER,
		                         .row = row_of(DNS_TYPE_HTTPS, data, sizeof(data)) };
	assert_true(history_key_write_other(&record, 0, key) > 0);
	assert_int_equal(key[0], HISTORY_KEY_TARGET);
	for (size_t size; (size = history_key_write_other(&record, number + 1, key)) > 0;
	     number++) {
		assert_int_equal(key[0], HISTORY_KEY_ADDRESS);
		assert_memory_equal(key + 13, data + 7 + 4 * (size_t)number, 4);
		check_same(&record.row, key, size);
	}
	assert_int_equal(number, HISTORY_HINTS_MAX);
	record.row.type = DNS_TYPE_SRV;
	assert_int_equal(history_key_write_other(&record, 1, key), 0);
}

static void owners_sort_from_the_root(void **state)
{
	(void)state;
	uint8_t reversed[DNS_NAME_MAX], key[HISTORY_KEY_MAX];
	struct history_row row = row_of(DNS_TYPE_A, V4, sizeof(V4));
	assert_int_equal(history_reverse(WWW, sizeof(WWW), reversed), sizeof(WWW) - 1);
	assert_memory_equal(reversed, "\3com\7example\3www", sizeof(WWW) - 1);
	assert_int_equal(history_reverse((const uint8_t *)"", 1, reversed), 0);
	assert_int_equal(history_key_by_owner(&row, key), 1 + sizeof(WWW) + 3 + 4);
	assert_memory_equal(key, "\1\3com\7example\3www\0\0\1\1\300\0\2\1", 25);
	assert_int_equal(history_key_by_data(&row, key), 1 + 16 + 3 + sizeof(WWW) + 4);
	assert_memory_equal(key + 11, "\377\377\300\0\2\1\0\1\1\3com", 13);
}

static void large_data_are_no_row(void **state)
{
	static uint8_t data[HISTORY_DATA_MAX + 1];
	uint8_t key[HISTORY_KEY_MAX];
	(void)state;
	struct history_row row = row_of(DNS_TYPE_TXT, data, HISTORY_DATA_MAX);
	assert_int_equal(history_key_by_owner(&row, key), 4 + sizeof(WWW) + HISTORY_DATA_MAX);
	row.data_size++;
	assert_int_equal(history_key_by_owner(&row, key), 0);
	assert_int_equal(history_key_by_data(&row, key), 0);
}

static void large_data_are_not_read(void **state)
{
	static uint8_t data[HISTORY_DATA_MAX];
	static uint8_t key[HISTORY_KEY_MAX + 1];
	struct history_record record;
	(void)state;
	const struct history_row row = row_of(DNS_TYPE_TXT, data, HISTORY_DATA_MAX);
	size_t size = history_key_by_owner(&row, key);
	assert_true(history_key_read(key, size, &record));
	key[size] = 0;
	assert_false(history_key_read(key, size + 1, &record));
}

/* The key of a zone whose names were folded is its name. */
static void zones_are_keys(void **state)
{
	const struct history_record zone = { .kind = HISTORY_KEY_FOLDED,
		                             .row = { .owner = WWW, .owner_size = sizeof(WWW) } };
	uint8_t key[HISTORY_KEY_MAX];
	struct history_record record;
	(void)state;
	assert_int_equal(history_key_write(&zone, key), 1 + sizeof(WWW));
	assert_int_equal(key[0], HISTORY_KEY_FOLDED);
	assert_true(history_key_read(key, 1 + sizeof(WWW), &record));
	assert_int_equal(record.kind, HISTORY_KEY_FOLDED);
	assert_int_equal(record.row.owner_size, sizeof(WWW));
	assert_memory_equal(record.row.owner, WWW, sizeof(WWW));
	assert_false(history_key_read(key, sizeof(WWW), &record));
}

static void bad_keys_are_refused(void **state)
{
	static const struct {
		const char *key;
		size_t size;
	} keys[] = {
		{ "", 0 },
		{ "\0\3com\0\0\1\0", 9 },      /* another kind */
		{ "\13\3com\0\0\1\0", 9 },     /* an unknown kind */
		{ "\1\3com\0\0\1\4", 9 },      /* an unknown origin */
		{ "\1\3com\0\0\1\200", 9 },    /* a code without its octet */
		{ "\1\3com\0\0\1\200ab", 11 }, /* a code of two */
		{ "\1\3com", 5 },              /* a name without its end */
		{ "\1\100com\0\0\1\0", 9 },    /* a label of 64 */
		{ "\1\3com\0\0\1", 8 },
	};
	struct history_record record;
	(void)state;
	assert_true(history_key_read((const uint8_t *)"\1\3com\0\0\1\3", 9, &record));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (history_key_read((const uint8_t *)keys[i].key, keys[i].size, &record)) {
			fail_msg("key %zu is read", i);
		}
	}
}

static void values_are_read_back(void **state)
{
	static const struct history_seen values[] = {
		SEEN(0, 0, 0, 0, 0),
		SEEN(1590847500, 1591112267, 31, 60, 360000),
		SEEN(127, 255, 128, 0, UINT32_MAX),
		SEEN(5, UINT64_MAX, UINT64_MAX, UINT32_MAX, UINT32_MAX),
	};
	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		uint8_t value[HISTORY_VALUE_MAX + 1];
		struct history_seen seen;
		size_t size = history_value_write(HISTORY_KEY_OWNER, &values[i], value);
		assert_in_range(size, 5, HISTORY_VALUE_MAX);
		assert_true(history_value_read(HISTORY_KEY_OWNER, value, size, &seen));
		assert_memory_equal(&seen, &values[i], sizeof(seen));
		assert_false(history_value_read(HISTORY_KEY_OWNER, value, size - 1, &seen));
		value[size] = 0;
		assert_false(history_value_read(HISTORY_KEY_OWNER, value, size + 1, &seen));
	}
}

static void bad_values_are_refused(void **state)
{
	static const char *const values[] = {
		"\1\377\377\377\377\377\377\377\377\377\1\1\1\1", /* last beyond 64 bits */
		"\1\1\1\200\200\200\200\20\1",                    /* a TTL of 33 bits */
		"\1\1\1\1\377\377\377\377\17",                    /* so is the greatest TTL */
		"\200\200\200\200\200\200\200\200\200\200\1\1\1\1\1",
	};
	struct history_seen seen;
	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		assert_false(history_value_read(HISTORY_KEY_OWNER, (const uint8_t *)values[i],
		                                strlen(values[i]), &seen));
	}
}

static void sightings_are_merged(void **state)
{
	struct history_seen seen = SEEN(100, 200, 3, 60, 300);
	(void)state;
	history_seen_merge(HISTORY_KEY_OWNER, &seen,
	                   &(struct history_seen)SEEN(150, 160, 2, 100, 200));
	assert_memory_equal(&seen, (&(struct history_seen)SEEN(100, 200, 5, 60, 300)),
	                    sizeof(seen));
	history_seen_merge(HISTORY_KEY_OWNER, &seen,
	                   &(struct history_seen)SEEN(50, 260, 1, 10, 400));
	assert_memory_equal(&seen, (&(struct history_seen)SEEN(50, 260, 6, 10, 400)), sizeof(seen));
}

/* Numbers of mails are added up, to the largest number of 32 bits. */
static void mails_are_added_up(void **state)
{
	static const struct {
		uint32_t one, other, sum;
	} tests[] = {
		{ 1, 2, 3 },
		{ UINT32_MAX - 5, 4, UINT32_MAX - 1 },
		{ UINT32_MAX - 5, 5, UINT32_MAX },
		{ UINT32_MAX - 5, 6, UINT32_MAX },
		{ UINT32_MAX, UINT32_MAX, UINT32_MAX },
		{ 0, UINT32_MAX, UINT32_MAX },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct history_seen seen = { .first = 5, .last = 9, .count = 1 };
		struct history_seen other = seen;
		seen.accepted = seen.tls = tests[i].one;
		other.accepted = other.tls = tests[i].other;
		history_seen_merge(HISTORY_KEY_MAIL, &seen, &other);
		assert_int_equal(seen.accepted, tests[i].sum);
		assert_int_equal(seen.tls, tests[i].sum);
		assert_int_equal(seen.count, 2);
	}
}

static void times_are_written(void **state)
{
	static const struct {
		uint64_t time_s;
		const char *text;
	} times[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ 1590851112, "2020-05-30T15:05:12Z" },
		{ INT64_MAX / 1000000000, "2262-04-11T23:47:16Z" },
		{ UINT64_MAX, "2262-04-11T23:47:16Z" },
	};
	char text[HISTORY_TIME_MAX];
	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		history_time_text(times[i].time_s, text);
		assert_string_equal(text, times[i].text);
	}
}

static void batches_are_read_back(void **state)
{
	char memory[256];
	struct writer w;
	uint8_t key[HISTORY_KEY_MAX];
	const struct history_row row = row_of(DNS_TYPE_A, V4, sizeof(V4));
	const struct history_seen seen = SEEN(1, 2, 3, 4, 5);
	struct history_record record;
	const uint8_t *read;
	size_t size;
	(void)state;
	writer_init(&w, memory, sizeof(memory));
	history_batch_add(&w, key, history_key_by_owner(&row, key), &seen);
	history_batch_add(&w, key, history_key_by_owner(&row, key), &seen);
	struct cursor c = cursor_init((const uint8_t *)w.start, writer_size(&w));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(history_batch_next(&c, &read, &size, &record), 1);
		assert_memory_equal(read, key, size);
		assert_memory_equal(&record.seen, &seen, sizeof(seen));
	}
	assert_int_equal(history_batch_next(&c, &read, &size, &record), 0);
	c = cursor_init((const uint8_t *)w.start, writer_size(&w) / 2 - 1);
	assert_int_equal(history_batch_next(&c, &read, &size, &record), -1);
	(void)history_key_by_data(&row, key);
	writer_restart(&w);
	history_batch_add(&w, key, history_key_by_data(&row, key), &seen);
	c = cursor_init((const uint8_t *)w.start, writer_size(&w));
	assert_int_equal(history_batch_next(&c, &read, &size, &record), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_read_back),
		cmocka_unit_test(hints_are_keys),
		cmocka_unit_test(owners_sort_from_the_root),
		cmocka_unit_test(large_data_are_no_row),
		cmocka_unit_test(large_data_are_not_read),
		cmocka_unit_test(zones_are_keys),
		cmocka_unit_test(mails_are_added_up),
		cmocka_unit_test(bad_keys_are_refused),
		cmocka_unit_test(values_are_read_back),
		cmocka_unit_test(bad_values_are_refused),
		cmocka_unit_test(sightings_are_merged),
		cmocka_unit_test(times_are_written),
		cmocka_unit_test(batches_are_read_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
