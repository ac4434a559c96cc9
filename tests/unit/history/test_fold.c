/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Zones with thousands of names that were seen once become one row, when files are merged. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "history/fold.h"
#include "history/folder.h"
#include "history/rows/cof.h"
#include "parsers/dns/dns_codes.h"
#include "tests/unit/history/fixture.h"

static void see(struct fixture *f, const char *host, uint16_t type, uint64_t time_s, bool kept)
{
	static const uint8_t data[16] = { 192, 0, 2, 1 };
	struct dns_name name;
	struct in6_addr client;
	address_map_ipv4(&client, data);
	assert_int_equal(dns_name_from_host(host, strlen(host), &name), DNS_NAME_OK);
	const struct history_row row = { .owner = name.wire,
		                         .owner_size = name.size,
		                         .type = type,
		                         .data = data,
		                         .data_size = type == DNS_TYPE_A ? 4 : 16 };
	history_table_see(f->table, &row, time_s, 60, kept);
	history_table_see_client(f->table, &row, &client, time_s, 60);
}

/* Names NUMBER.ZONE. */
static void see_names(struct fixture *f, const char *zone, uint32_t from, uint32_t to)
{
	char host[64];
	for (uint32_t i = from; i < to; i++) {
		(void)snprintf(host, sizeof(host), "%" PRIu32 ".%s", i, zone);
		see(f, host, DNS_TYPE_A, 1000 + i, false);
	}
}

/* Batches until the next merge. */
static void merge(struct fixture *f)
{
	do {
		see(f, "www.other.test", DNS_TYPE_A, 5, false);
		assert_true(history_table_flush(f->table));
	} while (f->batches % 8 != 0);
	history_store_settle(f->store);
}

static void note_damage(void *ctx, const char *name)
{
	(void)ctx;
	fail_msg("%s is damaged", name);
}

/* The number of keys of the kinds 1, 3 and 9, then all zones. */
static const char *contents(const struct fixture *f)
{
	static char text[1024];
	struct history_folder *folder;
	struct history_record record;
	const uint8_t *key, *value;
	size_t size, value_size;
	unsigned kinds[256] = { 0 };
	struct writer w;
	writer_init(&w, text, sizeof(text));
	assert_int_equal(history_folder_open(&folder, f->path, note_damage, NULL), 0);
	struct history_merged *merged = history_folder_merged(folder);
	(void)history_merged_seek(merged, NULL, 0);
	while (history_merged_next(merged, &key, &size, &value, &value_size)) {
		kinds[key[0]]++;
	}
	writer_number(&w, kinds[1]);
	writer_char(&w, ' ');
	writer_number(&w, kinds[3]);
	writer_char(&w, ' ');
	writer_number(&w, kinds[9]);
	history_folder_seek(folder, HISTORY_KEY_FOLDED);
	while (history_folder_next(folder, &record)) {
		writer_literal(&w, "|");
		history_put_texts(&w, &record, " ");
		writer_char(&w, ' ');
		writer_number(&w, record.seen.first);
		writer_char(&w, ' ');
		writer_number(&w, record.seen.last);
		writer_char(&w, ' ');
		writer_number(&w, record.seen.count);
	}
	history_folder_close(folder);
	(void)writer_text(&w);
	return text;
}

static void large_zones_are_folded(void **state)
{
	struct fixture *f = *state;
	see_names(f, "one.test", 0, HISTORY_FOLD_NAMES);
	see_names(f, "two.test", 0, HISTORY_FOLD_NAMES + 1);
	see(f, "two.test", DNS_TYPE_A, 1, false);
	see(f, "7.two.test", DNS_TYPE_AAAA, 2, false);
	merge(f);
	assert_string_equal(contents(f), "4098 4098 4098|*.two.test FOLDED 4097 names seen once 2 "
	                                 "5096 4098");
}

static void further_names_are_folded_at_once(void **state)
{
	struct fixture *f = *state;
	see_names(f, "two.test", 0, HISTORY_FOLD_NAMES + 1);
	merge(f);
	for (unsigned i = 0; i < 7; i++) {
		see_names(f, "two.test", 10000 + i, 10001 + i);
		merge(f);
	}
	assert_string_equal(contents(f), "1 1 1|*.two.test FOLDED 4104 names seen once 1000 11006 "
	                                 "4104");
}

/* Names that were seen twice, that concern rules, that have names below, and many records. */
static void other_names_stay(void **state)
{
	struct fixture *f = *state;
	char host[64];
	see_names(f, "two.test", 0, HISTORY_FOLD_NAMES + 10);
	see(f, "1.two.test", DNS_TYPE_A, 3, false);
	see(f, "2.two.test", DNS_TYPE_A, 1002, true);
	see(f, "3.two.test", DNS_TYPE_AAAA, 4, true);
	see(f, "www.4.two.test", DNS_TYPE_A, 4, false);
	for (uint16_t i = 0; i < HISTORY_FOLD_ROWS; i++) {
		(void)snprintf(host, sizeof(host), "5.two.test");
		see(f, host, 1000 + i, 4, false);
	}
	merge(f);
	/* www.other, 1, 2, 3 with two records, www.4, 5 with nine */
	assert_string_equal(contents(f), "15 7 15|*.two.test FOLDED 4102 names seen once 1000 5105 "
	                                 "4102");
}

static void names_below_public_suffixes_stay(void **state)
{
	struct fixture *f = *state;
	see_names(f, "co.uk", 0, HISTORY_FOLD_NAMES + 1);
	see_names(f, "com", 0, HISTORY_FOLD_NAMES + 1);
	see_names(f, "sub.co.uk", 0, HISTORY_FOLD_NAMES + 1);
	merge(f);
	assert_string_equal(contents(f),
	                    "8195 8195 8195|*.sub.co.uk FOLDED 4097 names seen once 1000 "
	                    "5096 4097");
}

/* Zones inside zones are counted each for itself. */
static void zones_inside_zones(void **state)
{
	struct fixture *f = *state;
	char host[64];
	for (uint32_t i = 0; i <= HISTORY_FOLD_NAMES; i++) {
		(void)snprintf(host, sizeof(host), "%" PRIu32 ".zone.test", i);
		see(f, host, DNS_TYPE_A, 1, false);
		(void)snprintf(host, sizeof(host), "x.%" PRIu32 ".zone.test", i);
		see(f, host, DNS_TYPE_A, 1, false);
	}
	see_names(f, "7.zone.test", 0, HISTORY_FOLD_NAMES + 1);
	merge(f);
	/* x.7.zone.test is a name of the inner zone, too. */
	assert_string_equal(contents(f),
	                    "4097 4097 4097|*.zone.test FOLDED 4097 names seen once 1 1 "
	                    "4097|*.7.zone.test FOLDED 4098 names seen once 1 5096 "
	                    "4098");
}

/* What was folded after a restart: names that were refused are not in the sums. */
struct sums {
	uint64_t names, count, first, last;
	size_t records, refused;
};

static bool fold(void *ctx, const uint8_t *key, size_t size, const struct history_seen *seen)
{
	struct sums *sums = ctx;
	(void)key;
	(void)size;
	assert_int_equal(seen->count, 1);
	sums->records++;
	return sums->records > sums->refused;
}

static bool take_zone(void *ctx, const uint8_t *key, size_t size, const uint8_t *value,
                      size_t value_size)
{
	struct sums *sums = ctx;
	struct history_seen seen;
	assert_int_equal(key[0], HISTORY_KEY_FOLDED);
	assert_true(size > 1 && history_value_read(key[0], value, value_size, &seen));
	sums->names += seen.accepted;
	sums->count += seen.count;
	sums->first = seen.first;
	sums->last = seen.last;
	return true;
}

static struct sums fold_again(struct history_fold *zones, struct history_merged *merged,
                              size_t refused)
{
	struct sums sums = { .refused = refused };
	const struct history_fold_target names = { NULL, fold, &sums };
	const struct history_fold_target rows = { take_zone, fold, &sums };
	const uint8_t kind = HISTORY_KEY_OWNER, *key, *value;
	size_t size, value_size;
	history_fold_restart(zones);
	(void)history_merged_seek(merged, &kind, sizeof(kind));
	while (history_merged_next(merged, &key, &size, &value, &value_size)) {
		assert_true(history_fold_take(zones, &names, key, size, value, value_size));
	}
	assert_true(history_fold_put(zones, &rows));
	return sums;
}

static void sums_after_a_restart(void **state)
{
	struct fixture *f = *state;
	struct history_folder *folder;
	see_names(f, "two.test", 0, HISTORY_FOLD_NAMES + 9);
	assert_true(history_table_flush(f->table));
	assert_int_equal(history_folder_open(&folder, f->path, note_damage, NULL), 0);
	struct history_merged *merged = history_folder_merged(folder);
	struct history_fold *zones = history_fold_find(merged);
	assert_non_null(zones);
	for (size_t refused = 0; refused < 3; refused++) {
		struct sums sums = fold_again(zones, merged, refused);
		assert_int_equal(sums.records, HISTORY_FOLD_NAMES + 9);
		assert_int_equal(sums.names, HISTORY_FOLD_NAMES + 9 - refused);
		assert_int_equal(sums.count, HISTORY_FOLD_NAMES + 9 - refused);
		assert_true(sums.first >= 1000 && sums.last < 1000 + HISTORY_FOLD_NAMES + 9);
	}
	history_fold_free(zones);
	history_folder_close(folder);
}

/* A folder of one file is folded when it is tidied, and stays as it is when it is tidied again. */
static void tidied_folders_are_folded(void **state)
{
	struct fixture *f = *state;
	see_names(f, "two.test", 0, HISTORY_FOLD_NAMES + 1);
	assert_true(history_table_flush(f->table));
	for (unsigned i = 0; i < 3; i++) {
		assert_true(history_store_tidy(f->store));
		assert_int_equal(history_store_measure(f->store).files, 1);
		assert_string_equal(contents(f),
		                    "0 0 0|*.two.test FOLDED 4097 names seen once 1000 "
		                    "5096 4097");
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(large_zones_are_folded),    TEST(further_names_are_folded_at_once),
		TEST(other_names_stay),          TEST(names_below_public_suffixes_stay),
		TEST(zones_inside_zones),        TEST(sums_after_a_restart),
		TEST(tidied_folders_are_folded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
