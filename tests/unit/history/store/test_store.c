/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables, files and questions: what was seen is found, once, also when files are damaged. */
#include "history/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "history/files.h"
#include "history/folder.h"
#include "history/lookup.h"
#include "history/query.h"
#include "history/rows/batch.h"
#include "history/table.h"
#include "parsers/dns/dns_codes.h"
#include "tests/unit/history/fixture.h"

/* `name` is as in the text of a host name, the data an IPv4 address. */
static void see(struct fixture *f, const char *name, uint32_t address, uint64_t time_s)
{
	struct dns_name owner;
	const uint8_t data[4] = { (uint8_t)(address >> 24), (uint8_t)(address >> 16),
		                  (uint8_t)(address >> 8), (uint8_t)address };
	assert_int_equal(dns_name_from_host(name, strlen(name), &owner), DNS_NAME_OK);
	const struct history_row row = { .owner = owner.wire,
		                         .owner_size = owner.size,
		                         .type = DNS_TYPE_A,
		                         .data = data,
		                         .data_size = sizeof(data) };
	history_table_see(f->table, &row, time_s, 300, false);
}

static void note_damage(void *ctx, const char *name)
{
	struct fixture *f = ctx;
	(void)name;
	f->damaged++;
}

/* The answer as text: `last/count` of each row. */
static const char *ask(struct fixture *f, const char *question, bool by_data, uint64_t since,
                       size_t limit)
{
	static char text[512];
	struct history_query query = { .since_s = since, .until_s = UINT64_MAX, .limit = limit };
	struct history_reading reading;
	struct history_answer answer;
	struct history_record record;
	const uint8_t *key;
	size_t key_size, size = 0;
	enum history_key_kind parts[HISTORY_PARTS_MAX];
	assert_null(history_query_read(&query, question));
	size_t count = history_query_parts(&query, parts);
	query.kind = parts[by_data && query.question != HISTORY_ASK_NETWORK && count > 1 ? 1 : 0];
	assert_int_equal(history_reading_open(&reading, f->path, note_damage, f), 0);
	assert_int_equal(history_ask(&reading, &query, &answer), 0);
	history_reading_close(&reading);
	text[0] = '\0';
	while (history_batch_next(&answer.rows, &key, &key_size, &record) == 1) {
		size += (size_t)snprintf(text + size, sizeof(text) - size, "%s%u/%u",
		                         size > 0 ? " " : "", (unsigned)record.seen.last,
		                         (unsigned)record.seen.count);
	}
	if (answer.left_out > 0) {
		(void)snprintf(text + size, sizeof(text) - size, " -%u", (unsigned)answer.left_out);
	}
	history_answer_free(&answer);
	return text;
}

static void questions_find_their_rows(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *question;
		bool by_data;
		uint64_t since;
		size_t limit;
		const char *answer;
	} cases[] = {
		{ "example.com", false, 0, 9, "30/2 20/1" },
		{ "EXAMPLE.com.", false, 0, 9, "30/2 20/1" },
		{ "*.example.com", false, 0, 9, "50/1 40/1" },
		{ ".example.com", false, 0, 9, "50/1 40/1 30/2 20/1" },
		{ ".example.com", false, 35, 9, "50/1 40/1" },
		{ ".example.com", false, 0, 1, "50/1 -3" },
		{ "xample.com", false, 0, 9, "" },
		{ ".com", false, 0, 9, "60/1 50/1 40/1 30/2 20/1" },
		{ "www.example", false, 0, 9, "" },
		{ "10.0.0.1", true, 0, 9, "50/1 30/2" },
		{ "10.0.0.0/31", true, 0, 9, "50/1 30/2" },
		{ "10.0.0.0/30", true, 0, 9, "60/1 50/1 40/1 30/2 20/1" },
		{ "10.0.0.4/30", true, 0, 9, "" },
		{ "10.0.0.1-10.0.0.2", true, 0, 9, "50/1 40/1 30/2 20/1" },
		{ "10.0.0.2-10.0.0.3", true, 0, 9, "60/1 40/1 20/1" },
		{ "10.0.0.2-10.255.0.0", true, 0, 9, "60/1 40/1 20/1" },
		{ "10.0.0.1-10.0.0.1", true, 0, 9, "50/1 30/2" },
		{ "9.0.0.0-10.0.0.0", true, 0, 9, "" },
		{ "0.0.0.0-255.255.255.255", true, 55, 9, "60/1" },
		{ "::ffff:10.0.0.2/128", true, 0, 9, "40/1 20/1" },
		{ "0.0.0.0/0", true, 55, 9, "60/1" },
		{ "example.com", true, 0, 9, "" },
		{ "example.*", false, 0, 9, "30/2 20/1" },
		{ "a.b.*", false, 0, 9, "50/1" },
		{ "b.*", false, 0, 9, "" },
		{ "www.example.com.*", false, 0, 9, "" },
		{ "ample.*", false, 0, 9, "" },
	};
	see(f, "example.com", 0x0a000001, 10);
	see(f, "example.com", 0x0a000002, 20);
	history_table_flush(f->table);
	see(f, "example.com", 0x0a000001, 30);
	see(f, "www.example.com", 0x0a000002, 40);
	see(f, "a.b.example.com", 0x0a000001, 50);
	see(f, "other.com", 0x0a000003, 60);
	history_table_flush(f->table);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *answer =
		        ask(f, cases[i].question, cases[i].by_data, cases[i].since, cases[i].limit);
		if (strcmp(answer, cases[i].answer) != 0) {
			fail_msg("%s: %s, not %s", cases[i].question, answer, cases[i].answer);
		}
	}
}

static size_t count_rows(struct fixture *f, const struct history_query *query)
{
	struct history_reading reading;
	struct history_answer answer;
	struct history_record record;
	const uint8_t *key;
	size_t size, rows = 0;
	assert_int_equal(history_reading_open(&reading, f->path, note_damage, f), 0);
	assert_int_equal(history_ask(&reading, query, &answer), 0);
	history_reading_close(&reading);
	while (history_batch_next(&answer.rows, &key, &size, &record) == 1) {
		rows++;
	}
	history_answer_free(&answer);
	return rows;
}

/* The first sightings are 10, 20 and 50. */
static void times_of_both_ends_select(void **state)
{
	struct fixture *f = *state;
	static const struct {
		uint64_t since, until, first_since, last_until;
		size_t rows;
	} cases[] = {
		{ 0, UINT64_MAX, 0, 0, 3 },  { 30, UINT64_MAX, 0, 0, 2 },
		{ 0, 20, 0, 0, 2 },          { 0, UINT64_MAX, 20, 0, 2 },
		{ 0, UINT64_MAX, 21, 0, 1 }, { 0, UINT64_MAX, 0, 30, 2 },
		{ 0, UINT64_MAX, 0, 29, 1 }, { 0, UINT64_MAX, 15, 30, 1 },
	};
	see(f, "a.example", 0x0a000001, 10);
	see(f, "a.example", 0x0a000002, 20);
	history_table_flush(f->table);
	see(f, "a.example", 0x0a000001, 30);
	see(f, "a.example", 0x0a000003, 50);
	history_table_flush(f->table);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct history_query query = { .since_s = cases[i].since,
			                       .until_s = cases[i].until,
			                       .first_since_s = cases[i].first_since,
			                       .last_until_s = cases[i].last_until,
			                       .kind = HISTORY_KEY_OWNER,
			                       .limit = 9 };
		assert_null(history_query_read(&query, "a.example"));
		assert_int_equal(count_rows(f, &query), cases[i].rows);
	}
}

/* All rows with an address as their data. */
static void data_are_found(void **state)
{
	struct fixture *f = *state;
	struct history_query query = { .question = HISTORY_ASK_DATA,
		                       .until_s = UINT64_MAX,
		                       .kind = HISTORY_KEY_OWNER,
		                       .data = { 10, 0, 0, 1 },
		                       .data_size = 4,
		                       .limit = 9 };
	see(f, "a.example", 0x0a000001, 10);
	see(f, "b.test", 0x0a000001, 20);
	see(f, "b.test", 0x0a000002, 20);
	history_table_flush(f->table);
	assert_int_equal(count_rows(f, &query), 2);
	query.data_size = 3;
	assert_int_equal(count_rows(f, &query), 0);
}

static void bad_questions_are_refused(void **state)
{
	static const char *const texts[] = { "",        "a..b",        "10.0.0.0/33",
		                             "::/129",  "10.0.0.0/8x", "*.",
		                             "1.2.3.4/" };
	struct history_query query;
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (history_query_read(&query, texts[i]) == NULL) {
			fail_msg("\"%s\" is a question", texts[i]);
		}
	}
}

static size_t count_files(struct fixture *f)
{
	struct history_files files;
	int folder = open(f->path, O_RDONLY | O_DIRECTORY);
	assert_int_equal(history_files_list(folder, &files), 0);
	size_t count = files.count;
	assert_int_equal(files.superseded_count, 0);
	history_files_free(&files);
	(void)close(folder);
	return count;
}

/* 8 files become one: of 73 batches there are a file of 64, one of 8 and one of 1. */
static void files_are_merged(void **state)
{
	struct fixture *f = *state;
	for (unsigned i = 0; i < 73; i++) {
		see(f, "example.com", 0x0a000001, i);
		see(f, "example.com", 0x0b000000 + i, i);
		history_table_flush(f->table);
	}
	assert_int_equal(count_files(f), 3);
	assert_string_equal(ask(f, "10.0.0.1", true, 0, 9), "72/73");
	assert_string_equal(ask(f, "11.0.0.17", true, 0, 9), "17/1");
	history_store_close(f->store);
	fixture_open_store(f);
	see(f, "example.com", 0x0a000001, 99);
	history_table_flush(f->table);
	assert_int_equal(count_files(f), 4);
	assert_string_equal(ask(f, "10.0.0.1", true, 0, 9), "99/74");
}

/* Waits for the end of the current merge. */
static void await_merge(struct fixture *f)
{
	struct pollfd polled = { .fd = history_store_merge_end(f->store) };
	assert_true(polled.fd >= 0);
	assert_int_equal(poll(&polled, 1, 60000), 1);
}

/* A merge contains the batches that were there when it began; others are added meanwhile. */
static void batches_are_added_during_a_merge(void **state)
{
	struct fixture *f = *state;
	f->merge_later = true;
	for (unsigned i = 1; i <= 8; i++) {
		see(f, "example.com", 0x0a000001, i);
		history_table_flush(f->table);
	}
	await_merge(f);
	see(f, "example.com", 0x0a000001, 9);
	assert_string_equal(ask(f, "10.0.0.1", true, 0, 9), "8/8");
	history_table_flush(f->table);
	assert_int_equal(history_store_merge_end(f->store), -1);
	assert_int_equal(count_files(f), 2);
	assert_string_equal(ask(f, "10.0.0.1", true, 0, 9), "9/9");
}

/* The files of a merge that is given up stay. */
static void a_merge_is_given_up(void **state)
{
	struct fixture *f = *state;
	char path[128];
	f->merge_later = true;
	for (unsigned i = 1; i <= 8; i++) {
		see(f, "example.com", 0x0a000001, i);
		history_table_flush(f->table);
	}
	assert_true(history_store_merge_end(f->store) >= 0);
	history_store_close(f->store);
	(void)snprintf(path, sizeof(path), "%s/merge.tmp", f->path);
	assert_int_equal(access(path, F_OK), -1);
	fixture_open_store(f);
	assert_string_equal(ask(f, "10.0.0.1", true, 0, 9), "8/8");
	history_store_settle(f->store);
	assert_int_equal(count_files(f), 1);
}

static void file_path(struct fixture *f, size_t i, char path[128])
{
	struct history_files files;
	char name[HISTORY_FILE_NAME_MAX];
	int folder = open(f->path, O_RDONLY | O_DIRECTORY);
	assert_int_equal(history_files_list(folder, &files), 0);
	assert_true(i < files.count);
	history_file_name(&files.items[i], name);
	(void)snprintf(path, 128, "%s/%s", f->path, name);
	history_files_free(&files);
	(void)close(folder);
}

static void write_batches(struct fixture *f, unsigned count)
{
	for (unsigned i = 1; i <= count; i++) {
		see(f, "example.com", 0x0a000000 + i, i);
		history_table_flush(f->table);
	}
}

/* A crash after a merge leaves the files that were merged: they count no more. */
static void superseded_files_are_not_read(void **state)
{
	struct fixture *f = *state;
	char path[128], copy[160], command[400];
	write_batches(f, 7);
	file_path(f, 2, path);
	(void)snprintf(copy, sizeof(copy), "%s/kept", f->path);
	(void)snprintf(command, sizeof(command), "cp %s %s", path, copy);
	assert_int_equal(system(command), 0);
	write_batches(f, 1);
	assert_int_equal(count_files(f), 1);
	assert_int_equal(rename(copy, path), 0);
	assert_string_equal(ask(f, "10.0.0.3", true, 0, 9), "3/1");
	history_store_close(f->store);
	fixture_open_store(f);
	assert_int_equal(access(path, F_OK), -1);
}

static void damage(const char *path, off_t at, bool cut)
{
	uint8_t octet;
	int fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	if (cut) {
		assert_int_equal(ftruncate(fd, at), 0);
	} else {
		assert_int_equal(pread(fd, &octet, 1, at), 1);
		octet ^= 0x10;
		assert_int_equal(pwrite(fd, &octet, 1, at), 1);
	}
	assert_int_equal(close(fd), 0);
}

/* Each octet of a file is damaged in turn, and the file is cut to each length: the others are still
 * read. */
static void damaged_files_are_left_out(void **state)
{
	struct fixture *f = *state;
	char path[128];
	struct stat info;
	write_batches(f, 3);
	file_path(f, 1, path);
	assert_int_equal(stat(path, &info), 0);
	for (off_t at = 0; at < info.st_size; at += 7) {
		f->damaged = 0;
		damage(path, at, false);
		const char *answer = ask(f, "example.com", false, 0, 9);
		/* What was not read does not matter, such as padding. */
		if (strcmp(answer, f->damaged == 1 ? "3/1 1/1" : "3/1 2/1 1/1") != 0) {
			fail_msg("octet %u: %s", (unsigned)at, answer);
		}
		damage(path, at, false);
	}
	for (off_t size = info.st_size - 1; size >= 0; size -= size > 40 ? 40 : 1) {
		f->damaged = 0;
		damage(path, size, true);
		assert_string_equal(ask(f, "example.com", false, 0, 9), "3/1 1/1");
		assert_int_equal(f->damaged, 1);
	}
}

static void damaged_files_are_set_aside_in_a_merge(void **state)
{
	struct fixture *f = *state;
	char path[128], aside[160];
	write_batches(f, 7);
	file_path(f, 3, path);
	damage(path, 40, false);
	see(f, "example.com", 0x0a000008, 8);
	history_table_flush(f->table);
	(void)snprintf(aside, sizeof(aside), "%s.damaged", path);
	assert_int_equal(access(aside, F_OK), 0);
	assert_string_equal(ask(f, "example.com", false, 0, 9), "8/1 7/1 6/1 5/1 3/1 2/1 1/1");
	assert_int_equal(f->damaged, 0);
}

static void one_process_writes(void **state)
{
	struct fixture *f = *state;
	char error[HISTORY_ERROR_MAX];
	assert_null(history_store_open(f->path, "there", error));
	assert_non_null(strstr(error, "another process is writing to it"));
	assert_null(history_store_open("/proc/nsmx", "there", error));
	assert_non_null(strstr(error, "/proc/nsmx"));
}

static void no_batch_is_refused(void **state)
{
	struct fixture *f = *state;
	assert_false(history_store_add(f->store, (const uint8_t *)"\0\5\1abc", 6));
	assert_int_equal(count_files(f), 0);
	see(f, "example.com", 1, 1);
	history_table_flush(f->table);
	assert_int_equal(count_files(f), 1);
}

/* libmtbl ends its process when it cannot write. */
static void what_cannot_be_written_is_reported(void **state)
{
	struct fixture *f = *state;
	struct rlimit before, small = { 100, 100 };
	char memory[64];
	struct writer w;
	uint8_t key[HISTORY_KEY_MAX];
	const struct history_row row = {
		(const uint8_t *)"", 1, DNS_TYPE_A, HISTORY_CHILD, false, (const uint8_t *)"abcd", 4
	};
	const struct history_seen seen = { .first = 1, .last = 1, .count = 1 };
	writer_init(&w, memory, sizeof(memory));
	history_batch_add(&w, key, history_key_by_owner(&row, key), &seen);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small.rlim_max = before.rlim_max;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	bool added = history_store_add(f->store, (const uint8_t *)w.start, writer_size(&w));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_false(added);
	assert_int_equal(count_files(f), 0);
	assert_true(history_store_add(f->store, (const uint8_t *)w.start, writer_size(&w)));
	assert_int_equal(count_files(f), 1);
}

/* A full table passes its rows on, and drops none. */
static void full_tables_are_flushed(void **state)
{
	struct fixture *f = *state;
	for (uint32_t i = 0; i < HISTORY_TABLE_ROWS; i++) {
		see(f, "example.com", i, 1);
	}
	assert_int_equal(f->batches, 0);
	see(f, "example.com", 5, 2);
	assert_int_equal(f->batches, 0);
	see(f, "example.com", HISTORY_TABLE_ROWS, 2);
	assert_int_equal(f->batches, 1);
	assert_int_equal(f->rows, HISTORY_TABLE_ROWS);
	history_table_flush(f->table);
	assert_int_equal(f->rows, HISTORY_TABLE_ROWS + 1);
	history_table_flush(f->table);
	assert_int_equal(f->batches, 2);
	assert_int_equal(history_table_dropped(f->table), 0);
	assert_string_equal(ask(f, "0.0.0.5", true, 0, 9), "2/2");
}

/* While rows cannot be passed on, those in the table are counted on, and others are dropped. */
static void rows_stay_while_there_is_no_room(void **state)
{
	struct fixture *f = *state;
	f->no_room = true;
	see(f, "example.com", 0, 1);
	assert_false(history_table_flush(f->table));
	assert_int_equal(history_table_rows(f->table), 1);
	for (uint32_t i = 1; i < HISTORY_TABLE_ROWS; i++) {
		see(f, "example.com", i, 1);
	}
	see(f, "example.com", HISTORY_TABLE_ROWS, 2);
	see(f, "example.com", 5, 2);
	assert_int_equal(f->batches, 0);
	assert_int_equal(history_table_dropped(f->table), 1);
	f->no_room = false;
	see(f, "example.com", HISTORY_TABLE_ROWS, 3);
	assert_int_equal(f->rows, HISTORY_TABLE_ROWS);
	assert_true(history_table_flush(f->table));
	assert_int_equal(history_table_dropped(f->table), 1);
	assert_int_equal(history_table_rows(f->table), 0);
	assert_string_equal(ask(f, "0.0.0.5", true, 0, 9), "2/2");
	assert_string_equal(ask(f, "0.1.128.0", true, 0, 9), "3/1");
}

static void large_rows_fill_the_table(void **state)
{
	struct fixture *f = *state;
	static uint8_t data[HISTORY_DATA_MAX + 1];
	struct history_row row = { .owner = (const uint8_t *)"",
		                   .owner_size = 1,
		                   .type = DNS_TYPE_TXT,
		                   .data = data,
		                   .data_size = HISTORY_DATA_MAX };
	size_t room = HISTORY_TABLE_OCTETS / HISTORY_DATA_MAX;
	for (size_t i = 0; i < room; i++) {
		memcpy(data, &i, sizeof(i));
		history_table_see(f->table, &row, 1, 1, false);
	}
	assert_int_equal(f->batches, 1);
	row.data_size++;
	history_table_see(f->table, &row, 1, 1, false);
	assert_int_equal(history_table_dropped(f->table), 1);
	history_table_drop(f->table);
	assert_int_equal(history_table_dropped(f->table), 2);
	history_table_flush(f->table);
	assert_int_equal(f->rows, room);
}

static void a_folder_is_read_whole(void **state)
{
	struct fixture *f = *state;
	struct history_folder *folder;
	struct history_record record;
	char path[128];
	write_batches(f, 3);
	file_path(f, 0, path);
	damage(path, 30, false);
	assert_int_equal(history_folder_open(&folder, f->path, note_damage, f), 0);
	assert_int_equal(f->damaged, 1);
	assert_int_equal(history_folder_totals(folder)->files, 2);
	assert_string_equal(history_folder_totals(folder)->sensors, "here");
	assert_true(history_folder_next(folder, &record));
	assert_int_equal(record.seen.last, 2);
	assert_true(history_folder_next(folder, &record));
	assert_int_equal(record.seen.last, 3);
	assert_false(history_folder_next(folder, &record));
	history_folder_close(folder);
	assert_int_equal(history_folder_open(&folder, "/proc/nsmx", note_damage, f), -ENOENT);
}

struct looked_up {
	size_t rows;
	uint64_t times; /* the sum of the first sightings */
	size_t most;
};

static bool count_row(void *ctx, const struct history_record *record)
{
	struct looked_up *found = ctx;
	found->rows++;
	found->times += record->seen.first;
	return found->rows < found->most;
}

/* `prefixes` are the octets of keys, each with its size before it; a size of 0 ends them. */
static struct looked_up look_up(struct fixture *f, const char *prefixes, size_t most)
{
	struct history_lookup lookup = { .count = 0 };
	struct history_reading reading;
	struct looked_up found = { .most = most };
	for (const char *at = prefixes; *at != 0; at += 1 + *at) {
		assert_true(history_lookup_add(&lookup, (const uint8_t *)at + 1, (size_t)*at));
	}
	assert_int_equal(history_reading_open(&reading, f->path, note_damage, f), 0);
	assert_int_equal(history_lookup_run(&lookup, &reading, count_row, &found), 0);
	history_reading_close(&reading);
	history_lookup_free(&lookup);
	return found;
}

#define BY_NAME    "\1"
#define BY_ADDRESS "\3\0\0\0\0\0\0\0\0\0\0\xff\xff"

/* Each row of which a key has a prefix, once. */
static void look_up_many_prefixes(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *prefixes;
		size_t rows;
		uint64_t times;
	} tests[] = {
		{ "", 0, 0 },
		{ "\4" BY_NAME "\1x\0", 0, 0 },
		{ "\11" BY_NAME "\7examplf", 0, 0 },
		{ "\11" BY_NAME "\7example", 3, 1 + 2 + 3 },
		{ "\13" BY_NAME "\7example\1a", 1, 1 },
		/* found by both keys; by two prefixes of which one begins with the other */
		{ "\21" BY_ADDRESS "\12\0\0\1"
		  "\13" BY_NAME "\7example\1a",
		  2, 1 + 2 },
		{ "\13" BY_NAME "\7example\1a"
		  "\11" BY_NAME "\7example"
		  "\13" BY_NAME "\7example\1c",
		  3, 1 + 2 + 3 },
		{ "\17" BY_ADDRESS "\12\0"
		  "\21" BY_ADDRESS "\300\0\2\1"
		  "\13" BY_NAME "\7example\1b",
		  4, 1 + 2 + 3 + 4 },
	};
	see(f, "a.example", 0x0a000001, 1);
	see(f, "b.example", 0x0a000001, 2);
	see(f, "c.example", 0x0a000002, 3);
	history_table_flush(f->table);
	see(f, "d.test", 0xc0000201, 4);
	history_table_flush(f->table);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		const struct looked_up found = look_up(f, tests[i].prefixes, SIZE_MAX);
		if (found.rows != tests[i].rows || found.times != tests[i].times) {
			fail_msg("row %zu: %zu rows, times %llu", i, found.rows,
			         (unsigned long long)found.times);
		}
	}
	assert_int_equal(look_up(f, "\11" BY_NAME "\7example", 2).rows, 2);
}

/* More rows than one child passes on. */
static void look_up_in_parts(void **state)
{
	struct fixture *f = *state;
	const uint32_t count = 3 * HISTORY_LOOKUP_PART / 256;
	char name[256];
	for (uint32_t i = 0; i < count; i++) {
		(void)snprintf(name, sizeof(name), "%060u.%060u.%060u.example", i, i, i);
		see(f, name, i, i);
	}
	history_table_flush(f->table);
	const struct looked_up found = look_up(f, "\11" BY_NAME "\7example", SIZE_MAX);
	assert_int_equal(found.rows, count);
	assert_int_equal(found.times, (uint64_t)count * (count - 1) / 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(questions_find_their_rows),
		TEST(times_of_both_ends_select),
		TEST(data_are_found),
		TEST(look_up_many_prefixes),
		TEST(look_up_in_parts),
		TEST(bad_questions_are_refused),
		TEST(files_are_merged),
		TEST(batches_are_added_during_a_merge),
		TEST(a_merge_is_given_up),
		TEST(superseded_files_are_not_read),
		TEST(damaged_files_are_left_out),
		TEST(damaged_files_are_set_aside_in_a_merge),
		TEST(one_process_writes),
		TEST(no_batch_is_refused),
		TEST(what_cannot_be_written_is_reported),
		TEST(full_tables_are_flushed),
		TEST(rows_stay_while_there_is_no_room),
		TEST(large_rows_fill_the_table),
		TEST(a_folder_is_read_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
