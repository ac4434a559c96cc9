/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which rows leave a folder: those that are too old, the oldest of too many, clients beyond a
 * bound. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/address.h"
#include "history/folder.h"
#include "history/rows/hashes.h"
#include "history/store/oldest.h"
#include "parsers/dns/dns_codes.h"
#include "tests/unit/history/fixture.h"

#define DAY  UINT64_C(86400)
#define THEN UINT64_C(1590000000) /* in 2020 */

static struct in6_addr address(uint32_t number)
{
	struct in6_addr addr;
	const uint8_t octets[] = { 10, (uint8_t)(number >> 16), (uint8_t)(number >> 8),
		                   (uint8_t)number };
	address_map_ipv4(&addr, octets);
	return addr;
}

/* A record `NUMBER.test A 10.NUMBER`, and to whom it was sent if `client` is not 0. */
static void see(struct fixture *f, uint32_t number, uint64_t time_s, uint32_t client)
{
	char host[32];
	struct dns_name name;
	const struct in6_addr data = address(number), to = address(client);
	int size = snprintf(host, sizeof(host), "%" PRIu32 ".test", number);
	assert_int_equal(dns_name_from_host(host, (size_t)size, &name), DNS_NAME_OK);
	const struct history_row row = { .owner = name.wire,
		                         .owner_size = name.size,
		                         .type = DNS_TYPE_A,
		                         .data = data.s6_addr + 12,
		                         .data_size = 4 };
	history_table_see(f->table, &row, time_s, 60, false);
	if (client != 0) {
		history_table_see_client(f->table, &row, &to, time_s, 60);
	}
}

static void see_mail(struct fixture *f, uint64_t time_s)
{
	static const uint8_t domain[] = "\1b\4test";
	struct history_record record = { .kind = HISTORY_KEY_RECIPIENT };
	record.mail = (struct history_mail){
		.recipient = { domain, sizeof(domain), (const uint8_t *)"u", 1 },
		.sender = { domain, sizeof(domain), (const uint8_t *)"v", 1 },
		.time_s = time_s,
	};
	record.seen = (struct history_seen){ .first = time_s, .last = time_s, .count = 1 };
	uint8_t key[HISTORY_KEY_MAX];
	history_table_add(f->table, key, history_key_write(&record, key), &record.seen);
	record.kind = HISTORY_KEY_MAIL;
	history_table_add(f->table, key, history_key_write(&record, key), &record.seen);
}

static void note_damage(void *ctx, const char *name)
{
	(void)ctx;
	fail_msg("%s is damaged", name);
}

/* The number of keys of each kind from 1 to 9, and first/last/count of the first record. */
static const char *contents(const struct fixture *f)
{
	static char text[256];
	struct history_folder *folder;
	struct history_record record = { .seen = { .first = 0 } };
	const uint8_t *key, *value;
	size_t size, value_size, used = 0;
	unsigned kinds[256] = { 0 };
	assert_int_equal(history_folder_open(&folder, f->path, note_damage, NULL), 0);
	(void)history_folder_next(folder, &record);
	struct history_merged *merged = history_folder_merged(folder);
	(void)history_merged_seek(merged, NULL, 0);
	while (history_merged_next(merged, &key, &size, &value, &value_size)) {
		kinds[key[0]]++;
	}
	for (unsigned kind = 1; kind <= 9; kind++) {
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%u ", kinds[kind]);
	}
	(void)snprintf(text + used, sizeof(text) - used, "%d/%d/%d",
	               record.seen.first >= THEN ? (int)((record.seen.first - THEN) / DAY) : -1,
	               record.seen.last >= THEN ? (int)((record.seen.last - THEN) / DAY) : -1,
	               (int)record.seen.count);
	history_folder_close(folder);
	return text;
}

static void keep(struct fixture *f, uint64_t rows, uint64_t clients, uint64_t mailboxes,
                 uint64_t octets)
{
	const struct history_keep ages = { .age_s = { rows * DAY, clients * DAY, mailboxes * DAY },
		                           .octets = octets,
		                           .by_traffic = true };
	assert_true(history_table_flush(f->table));
	history_store_keep(f->store, &ages);
	history_store_settle(f->store);
}

static void rows_leave_when_they_are_too_old(void **state)
{
	struct fixture *f = *state;
	see(f, 1, THEN, 0);
	see(f, 2, THEN + 50 * DAY, 0);
	keep(f, 0, 0, 0, 0);
	assert_string_equal(contents(f), "2 0 2 0 0 0 0 0 0 0/0/1");
	keep(f, 60, 60, 60, 0);
	assert_string_equal(contents(f), "2 0 2 0 0 0 0 0 0 0/0/1");
	keep(f, 49, 49, 49, 0);
	assert_string_equal(contents(f), "1 0 1 0 0 0 0 0 0 50/50/1");
}

/* What is in other files counts: the first sighting stays. */
static void rows_stay_while_they_are_seen(void **state)
{
	struct fixture *f = *state;
	see(f, 1, THEN, 0);
	see(f, 2, THEN, 0);
	assert_true(history_table_flush(f->table));
	see(f, 1, THEN + 50 * DAY, 0);
	keep(f, 10, 10, 10, 0);
	assert_string_equal(contents(f), "1 0 1 0 0 0 0 0 0 0/50/2");
}

/* All of them are looked for in the other files, in the order of their keys. */
static void rows_that_any_other_file_has_stay(void **state)
{
	struct fixture *f = *state;
	char wanted[64];
	unsigned stay = 0;
	for (uint32_t step = 1; step <= 5; step += 2) {
		for (uint32_t i = 0; i < 3000; i += step) {
			see(f, i, step == 1 ? THEN : THEN + 40 * DAY + step, 0);
		}
		assert_true(history_table_flush(f->table));
	}
	for (uint32_t i = 0; i < 3000; i++) {
		stay += i % 3 == 0 || i % 5 == 0;
	}
	keep(f, 10, 10, 10, 0);
	(void)snprintf(wanted, sizeof(wanted), "%u 0 %u 0 0 0 0 0 0 0/40/3", stay, stay);
	assert_string_equal(contents(f), wanted);
}

static void personal_rows_have_their_own_ages(void **state)
{
	struct fixture *f = *state;
	see(f, 1, THEN, 7);
	see_mail(f, THEN);
	see(f, 2, THEN + 50 * DAY, 8);
	see_mail(f, THEN + 45 * DAY);
	keep(f, 400, 400, 400, 0);
	assert_string_equal(contents(f), "2 0 2 1 1 0 2 2 2 0/0/1");
	keep(f, 400, 30, 400, 0);
	assert_string_equal(contents(f), "2 0 2 1 1 0 2 2 1 0/0/1");
	keep(f, 400, 30, 30, 0);
	assert_string_equal(contents(f), "2 0 2 1 1 0 1 1 1 0/0/1");
	keep(f, 400, 30, 3, 0);
	assert_string_equal(contents(f), "2 0 2 1 1 0 0 0 1 0/0/1");
}

/* Settles the folder, and returns what is logged. */
static const char *settle_and_read(struct fixture *f)
{
	static char log[4096];
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);
	assert_non_null(file);
	assert_true(saved >= 0 && dup2(fileno(file), STDERR_FILENO) >= 0);
	history_store_settle(f->store);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	(void)close(saved);
	rewind(file);
	log[fread(log, 1, sizeof(log) - 1, file)] = '\0';
	(void)fclose(file);
	return log;
}

/* The first file is replaced before the second one proves to be damaged. */
static void a_replaced_file_is_not_damaged(void **state)
{
	struct fixture *f = *state;
	const struct history_keep ages = { .age_s = { 20 * DAY }, .by_traffic = true };
	char command[256];
	see(f, 1, THEN, 0);
	see(f, 2, THEN + 50 * DAY, 0);
	assert_true(history_table_flush(f->table));
	for (uint32_t i = 1000; i < 6000; i++) {
		see(f, i, THEN, 0);
	}
	assert_true(history_table_flush(f->table));
	(void)snprintf(command, sizeof(command),
	               "f=$(ls %s/00000002-*) && printf '%%064d' 0 | dd of=$f bs=1 conv=notrunc "
	               "seek=$(($(stat -c %%s $f) / 2)) status=none",
	               f->path);
	assert_int_equal(system(command), 0);
	history_store_keep(f->store, &ages);
	const char *damaged = strstr(settle_and_read(f), "is damaged");
	assert_non_null(damaged);
	assert_null(strstr(damaged + 1, "is damaged"));
	assert_string_equal(contents(f), "1 0 1 0 0 0 0 0 0 50/50/1");
}

/* A clock that was wrong once does not remove everything. */
static void times_in_the_future_do_not_count(void **state)
{
	struct fixture *f = *state;
	see(f, 1, (uint64_t)time(NULL) - DAY, 0);
	see(f, 2, UINT64_C(4102444800), 0); /* in 2100 */
	keep(f, 30, 30, 30, 0);
	assert_memory_equal(contents(f), "2 0 2 ", 6);
}

static void merges_leave_old_rows_out(void **state)
{
	struct fixture *f = *state;
	const struct history_keep ages = { .age_s = { 30 * DAY, DAY, DAY }, .by_traffic = true };
	history_store_keep(f->store, &ages);
	for (uint32_t i = 0; i < 8; i++) {
		see(f, i, THEN + i * 10 * DAY, 0);
		assert_true(history_table_flush(f->table));
	}
	history_store_settle(f->store);
	assert_string_equal(contents(f), "4 0 4 0 0 0 0 0 0 40/40/1");
}

static uint64_t folder_size(const struct fixture *f)
{
	struct history_folder *folder;
	assert_int_equal(history_folder_open(&folder, f->path, note_damage, NULL), 0);
	uint64_t octets = history_folder_totals(folder)->octets;
	history_folder_close(folder);
	return octets;
}

/* Compresses the files by a bound that they exceed by one octet. Returns their size then. */
static uint64_t compress(struct fixture *f)
{
	assert_true(history_table_flush(f->table));
	uint64_t batches = folder_size(f);
	keep(f, 0, 0, 0, batches - 1);
	assert_in_range(folder_size(f), batches / 3, batches - batches / 8);
	return folder_size(f);
}

/* Bounds the folder at a share of its size. At least seven tenths of what could remain do. */
static void bound(struct fixture *f, uint64_t size, uint64_t part, uint64_t of)
{
	keep(f, 0, 0, 0, size * part / of);
	assert_in_range(folder_size(f), size * part / of * 7 / 10, size * part / of);
}

static unsigned rows_of(const struct fixture *f, unsigned *clients)
{
	unsigned rows, others;
	assert_int_equal(sscanf(contents(f), "%u 0 %u 0 0 0 0 0 %u", &rows, &others, clients), 3);
	assert_int_equal(rows, others);
	return rows;
}

static void large_folders_lose_personal_rows_first(void **state)
{
	struct fixture *f = *state;
	unsigned clients;
	for (uint32_t i = 0; i < 4000; i++) {
		see(f, i, THEN + i * 3600, 1 + i * 7);
		if (i % 1000 == 999) {
			assert_true(history_table_flush(f->table));
		}
	}
	uint64_t size = compress(f);
	assert_memory_equal(contents(f), "4000 0 4000 0 0 0 0 0 4000 ", 27);
	bound(f, size, 15, 16);
	assert_int_equal(rows_of(f, &clients), 4000);
	assert_in_range(clients, 1500, 3500);
	bound(f, size, 1, 4);
	assert_in_range(rows_of(f, &clients), 1000, 2500);
	assert_int_equal(clients, 0);
}

struct remaining {
	unsigned rows;
	uint64_t oldest;
	uint64_t smallest; /* hash of a key */
};

static struct remaining remaining(const struct fixture *f)
{
	struct remaining found = { 0, UINT64_MAX, UINT64_MAX };
	struct history_folder *folder;
	struct history_record record;
	uint8_t key[HISTORY_KEY_MAX];
	assert_int_equal(history_folder_open(&folder, f->path, note_damage, NULL), 0);
	while (history_folder_next(folder, &record)) {
		uint64_t hash = history_hash(key, history_key_write(&record, key));
		found.rows++;
		found.oldest = record.seen.last < found.oldest ? record.seen.last : found.oldest;
		found.smallest = hash < found.smallest ? hash : found.smallest;
	}
	history_folder_close(folder);
	return found;
}

/* Numbers in no order: of neighbours that are alike, some compress worse without the others. */
static uint32_t scattered(uint32_t number)
{
	return number * UINT32_C(2654435761);
}

/* The hash of the key of a row of see(). */
static uint64_t hash_of(uint32_t number)
{
	char host[32];
	struct dns_name name;
	uint8_t key[HISTORY_KEY_MAX];
	const struct in6_addr data = address(number);
	int size = snprintf(host, sizeof(host), "%" PRIu32 ".test", number);
	assert_int_equal(dns_name_from_host(host, (size_t)size, &name), DNS_NAME_OK);
	const struct history_row row = { .owner = name.wire,
		                         .owner_size = name.size,
		                         .type = DNS_TYPE_A,
		                         .data = data.s6_addr + 12,
		                         .data_size = 4 };
	return history_hash(key, history_key_by_owner(&row, key));
}

/* Which of them leave depends on nothing but their keys. */
static void of_rows_of_one_second_no_more_leave_than_need_to(void **state)
{
	struct fixture *f = *state;
	unsigned greater = 0;
	for (uint32_t i = 0; i < 4000; i++) {
		see(f, scattered(i), THEN, 0);
		if (i == 700 || i == 2000) {
			assert_true(history_table_flush(f->table));
		}
	}
	uint64_t size = compress(f);
	assert_int_equal(remaining(f).rows, 4000);
	bound(f, size, 1, 2);
	const struct remaining found = remaining(f);
	for (uint32_t i = 0; i < 4000; i++) {
		greater += hash_of(scattered(i)) >= found.smallest;
	}
	assert_in_range(found.rows, 1600, 2000);
	assert_int_equal(found.rows, greater);
}

/* Most rows of a folder can be of one day, long before or after the others. */
static void times_need_not_be_even(void **state)
{
	for (unsigned late = 0; late < 2; late++) {
		struct fixture *f = *state;
		for (uint32_t i = 0; i < 4000; i++) {
			bool one_of_few = i % 40 == 0;
			see(f, i, THEN + i / 100 + (one_of_few == late ? 3000 * DAY : 0), 0);
		}
		bound(f, compress(f), 1, 2);
		assert_in_range(remaining(f).rows, 1600, 2000);
		assert_true(remaining(f).oldest >= THEN + (late ? 0 : 3000 * DAY));
		assert_int_equal(fixture_tear_down(state), 0);
		assert_int_equal(fixture_set_up(state), 0);
	}
}

/* They are old in one file, and remain because of the other. */
static void rows_that_were_seen_again_do_not_count_as_old(void **state)
{
	struct fixture *f = *state;
	for (uint32_t i = 0; i < 4000; i++) {
		see(f, i, THEN + i / 2, 0);
	}
	assert_true(history_table_flush(f->table));
	for (uint32_t i = 0; i < 1000; i++) {
		see(f, i, THEN + DAY, 0);
	}
	bound(f, compress(f), 1, 2);
	const struct remaining found = remaining(f);
	assert_in_range(found.rows, 1200, 2500);
	assert_true(found.oldest > THEN + 500);
}

/* The sample then has every fourth row. */
static void folders_have_more_rows_than_a_sample(void **state)
{
	struct fixture *f = *state;
	const uint32_t rows = (uint32_t)HISTORY_SAMPLE_MAX * 2 + 5000;
	for (uint32_t i = 0; i < rows; i++) {
		see(f, scattered(i), THEN + i, 0);
	}
	bound(f, compress(f), 1, 2);
	const struct remaining found = remaining(f);
	assert_in_range(found.rows, rows / 5 * 2, rows / 2);
	assert_int_equal(found.oldest, THEN + rows - found.rows);
}

static void rows_that_were_removed_are_counted(void **state)
{
	struct fixture *f = *state;
	struct history_keep octets = { .octets = 0 };
	char wanted[64];
	for (uint32_t i = 0; i < 4000; i++) {
		see(f, i, THEN, 0);
	}
	octets.octets = compress(f) / 2;
	history_store_keep(f->store, &octets);
	const char *log = settle_and_read(f);
	(void)snprintf(wanted, sizeof(wanted), ": %u rows were removed", 4000 - remaining(f).rows);
	assert_non_null(strstr(log, wanted));
}

/* Which clients stay does not depend on the number of batches. */
static void clients_of_a_record_are_bounded(void **state)
{
	struct fixture *f = *state;
	char wanted[256];
	for (uint32_t i = 1; i <= HISTORY_CLIENTS_MAX + 500; i++) {
		see(f, 1, THEN, i);
		see(f, 2, THEN, i % HISTORY_CLIENTS_MAX + 1);
		if (i % 100 == 0) {
			assert_true(history_table_flush(f->table));
		}
	}
	keep(f, 0, 0, 0, 0);
	/* Only merges know that there are too many: 15 batches are 7 files and a merged one. */
	for (uint32_t i = 0; i < 64 - 15; i++) {
		see(f, 1, THEN, 1);
		assert_true(history_table_flush(f->table));
		history_store_settle(f->store);
	}
	(void)snprintf(wanted, sizeof(wanted), "2 0 2 0 0 0 0 0 %u 0/0/1549",
	               2 * HISTORY_CLIENTS_MAX);
	assert_string_equal(contents(f), wanted);
}

/* A crash can leave both the old and the new file. */
static void a_replaced_file_counts_once(void **state)
{
	struct fixture *f = *state;
	char command[256];
	see(f, 1, THEN, 0);
	see(f, 2, THEN + 50 * DAY, 0);
	assert_true(history_table_flush(f->table));
	(void)snprintf(command, sizeof(command), "mkdir %s/old && cp %s/*.rows %s/old", f->path,
	               f->path, f->path);
	assert_int_equal(system(command), 0);
	keep(f, 30, 30, 30, 0);
	assert_string_equal(contents(f), "1 0 1 0 0 0 0 0 0 50/50/1");
	(void)snprintf(command, sizeof(command), "cp %s/old/*.rows %s", f->path, f->path);
	assert_int_equal(system(command), 0);
	const char *both = contents(f);
	assert_true(strcmp(both, "1 0 1 0 0 0 0 0 0 50/50/1") == 0 ||
	            strcmp(both, "2 0 2 0 0 0 0 0 0 0/0/1") == 0);
	keep(f, 30, 30, 30, 0);
	assert_string_equal(contents(f), "1 0 1 0 0 0 0 0 0 50/50/1");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(rows_leave_when_they_are_too_old),
		TEST(rows_stay_while_they_are_seen),
		TEST(rows_that_any_other_file_has_stay),
		TEST(personal_rows_have_their_own_ages),
		TEST(times_in_the_future_do_not_count),
		TEST(merges_leave_old_rows_out),
		TEST(large_folders_lose_personal_rows_first),
		TEST(of_rows_of_one_second_no_more_leave_than_need_to),
		TEST(times_need_not_be_even),
		TEST(rows_that_were_seen_again_do_not_count_as_old),
		TEST(folders_have_more_rows_than_a_sample),
		TEST(rows_that_were_removed_are_counted),
		TEST(clients_of_a_record_are_bounded),
		TEST(a_replaced_file_counts_once),
		TEST(a_replaced_file_is_not_damaged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
