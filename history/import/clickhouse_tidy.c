/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/import/clickhouse_tidy.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "history/child.h"
#include "history/clickhouse/clickhouse_delete.h"
#include "history/clickhouse/clickhouse_rows.h"
#include "history/fold.h"
#include "history/rows/hashes.h"

#define WAIT_MS 200

/* A name of at most HISTORY_FOLD_ROWS records must fit after the last check of the size. */
#define FOLD_RESERVE ((size_t)1 << 20)

#define ID_SIZE 32

static struct clickhouse_url *parse(const char *text)
{
	char error[CLICKHOUSE_ERROR_MAX];
	struct clickhouse_url *url = malloc(sizeof(*url));
	if (url == NULL) {
		log_error("out of memory");
	} else if (!clickhouse_url_parse(url, text, error)) {
		log_error("--history: %s", error);
		free(url);
		url = NULL;
	}
	return url;
}

static bool wait_for_deletions(const struct clickhouse_url *url)
{
	uint64_t left = 1;
	bool good = true;
	while (good && left > 0 && history_goes_on()) {
		good = clickhouse_deletions(url, &left);
		if (good && left > 0) {
			(void)poll(NULL, 0, WAIT_MS);
		}
	}
	return good && left == 0;
}

/* Ages */

bool clickhouse_tidy_ages(const char *url, const uint64_t limits[HISTORY_CLASSES])
{
	static const uint8_t rows[] = { HISTORY_KEY_OWNER,       HISTORY_KEY_TARGET,
		                        HISTORY_KEY_ADDRESS,     HISTORY_KEY_MAIL,
		                        HISTORY_KEY_MAIL_SERVER, HISTORY_KEY_SERVER,
		                        HISTORY_KEY_FOLDED };
	static const uint8_t clients[] = { HISTORY_KEY_CLIENT };
	static const uint8_t mailboxes[] = { HISTORY_KEY_RECIPIENT, HISTORY_KEY_SENDER };
	static const struct {
		const uint8_t *kinds;
		size_t count;
	} classes[HISTORY_CLASSES] = {
		[HISTORY_CLASS_ROWS] = { rows, sizeof(rows) },
		[HISTORY_CLASS_CLIENTS] = { clients, sizeof(clients) },
		[HISTORY_CLASS_MAILBOXES] = { mailboxes, sizeof(mailboxes) },
	};
	struct clickhouse_url *parsed = parse(url);
	bool good = parsed != NULL && clickhouse_delete_cancelled(parsed);
	for (size_t i = 0; good && i < HISTORY_CLASSES; i++) {
		good = limits[i] == 0 || clickhouse_delete_older(parsed, classes[i].kinds,
		                                                 classes[i].count, limits[i]);
	}
	good = good && wait_for_deletions(parsed);
	free(parsed);
	return good;
}

/* Names */

struct folding {
	struct clickhouse_batch *batch;
	size_t shard;
	struct history_fold *fold;
	struct history_hashes records; /* that were folded */
	bool full;                     /* further names are folded by another batch */
	bool failed;                   /* there is no memory */
	uint64_t names;
};

/* Cancels a record. Its clients are cancelled later, by the hash of the key that they begin with.
 */
static bool cancel(void *ctx, const uint8_t *key, size_t size, const struct history_seen *seen)
{
	struct folding *folding = ctx;
	struct history_record record = { .seen = *seen };
	if (folding->full || !history_key_read(key, size, &record)) {
		return false;
	}
	clickhouse_batch_cancel(folding->batch, folding->shard, key, size, &record);
	folding->failed |= !history_hashes_add(&folding->records, key, size);
	return true;
}

/* Between two calls the records of one name are cancelled at most. */
static bool is_full(const struct folding *folding)
{
	return clickhouse_batch_size(folding->batch, folding->shard) >
	               CLICKHOUSE_FOLD_MAX - FOLD_RESERVE ||
	       folding->records.count >= HISTORY_HASHES_MAX / 2 - HISTORY_FOLD_ROWS;
}

/* Adds the row of a zone. */
static bool add_zone(void *ctx, const uint8_t *key, size_t size, const uint8_t *value,
                     size_t value_size)
{
	struct folding *folding = ctx;
	struct history_record record;
	if (!history_key_read(key, size, &record) ||
	    !history_value_read(record.kind, value, value_size, &record.seen)) {
		return false;
	}
	folding->names += record.seen.accepted;
	clickhouse_batch_add_to(folding->batch, folding->shard, key, size, &record);
	return true;
}

static bool cancel_clients(struct folding *folding, struct history_merged *merged)
{
	const uint8_t kind = HISTORY_KEY_CLIENT;
	const uint8_t *key, *value;
	size_t size, value_size;
	bool good = history_merged_seek(merged, &kind, sizeof(kind));
	while (good && history_merged_next(merged, &key, &size, &value, &value_size)) {
		uint8_t owner[HISTORY_KEY_MAX];
		struct history_record record;
		if (size <= HISTORY_CLIENT_SIZE || !history_key_read(key, size, &record) ||
		    !history_value_read(kind, value, value_size, &record.seen)) {
			continue;
		}
		memcpy(owner, key, size);
		owner[0] = HISTORY_KEY_OWNER;
		if (history_hashes_has(&folding->records, owner, size - HISTORY_CLIENT_SIZE)) {
			clickhouse_batch_cancel(folding->batch, folding->shard, key, size, &record);
		}
	}
	return good && !history_merged_failed(merged);
}

static bool fold_names(struct folding *folding, struct history_merged *merged)
{
	const struct history_fold_target names = { NULL, cancel, folding };
	const struct history_fold_target zones = { add_zone, cancel, folding };
	const uint8_t kind = HISTORY_KEY_OWNER;
	const uint8_t *key, *value;
	size_t size, value_size;
	bool good = history_merged_seek(merged, &kind, sizeof(kind));
	history_fold_restart(folding->fold);
	while (good && history_goes_on() &&
	       history_merged_next(merged, &key, &size, &value, &value_size)) {
		folding->full |= is_full(folding);
		good = history_fold_take(folding->fold, &names, key, size, value, value_size);
	}
	good = good && !history_merged_failed(merged) && history_goes_on();
	return good && history_fold_flush(folding->fold, &names) &&
	       history_fold_put(folding->fold, &zones) && !folding->failed;
}

/* Folds what one batch can hold. */
static bool fold_part(struct folding *folding, const char *url)
{
	struct history_merged *merged = history_merged_open_shard(url, folding->shard);
	char id[ID_SIZE];
	bool good = merged != NULL && fold_names(folding, merged) &&
	            (folding->records.count == 0 || cancel_clients(folding, merged));
	history_merged_free(merged);
	history_hashes_free(&folding->records);
	if (good) {
		(void)snprintf(id, sizeof(id), "fold-%016" PRIx64,
		               clickhouse_batch_hash(folding->batch, folding->shard));
		good = clickhouse_batch_insert(folding->batch, id);
	}
	return good;
}

static bool fold_shards(struct folding *folding, const struct clickhouse_url *parsed,
                        const char *url)
{
	bool good = true;
	folding->batch = clickhouse_batch_new(parsed);
	if (folding->batch == NULL) {
		log_error("out of memory");
		return false;
	}
	for (size_t i = 0; good && i < parsed->shards_count; i++) {
		folding->shard = i;
		do {
			folding->full = false;
			good = fold_part(folding, url);
		} while (good && folding->full);
	}
	clickhouse_batch_free(folding->batch);
	return good;
}

bool clickhouse_tidy_names(const char *url, uint64_t *names)
{
	struct folding folding = { .names = 0 };
	struct clickhouse_url *parsed = parse(url);
	struct history_merged *merged = parsed != NULL ? history_merged_open_url(url) : NULL;
	bool good = merged != NULL;
	if (good) {
		folding.fold = history_fold_find(merged);
		good = !history_merged_failed(merged) && history_goes_on();
	}
	history_merged_free(merged);
	if (good && folding.fold != NULL) {
		good = fold_shards(&folding, parsed, url);
	}
	history_fold_free(folding.fold);
	free(parsed);
	*names = folding.names;
	return good;
}

/* Persons */

struct keys {
	const struct clickhouse_url *url;
	uint64_t rows; /* whose keys were added */
	struct writer list;
};

static bool flush(struct keys *keys)
{
	bool good = writer_size(&keys->list) == 0 ||
	            clickhouse_delete_keys(keys->url, (const uint8_t *)keys->list.start,
	                                   writer_size(&keys->list));
	writer_restart(&keys->list);
	return good;
}

static bool add_key(struct keys *keys, const uint8_t *key, size_t size)
{
	if (writer_size(&keys->list) + 2 + size > CLICKHOUSE_DELETE_MAX && !flush(keys)) {
		return false;
	}
	writer_char(&keys->list, (char)(size >> 8));
	writer_char(&keys->list, (char)size);
	writer_put(&keys->list, (const char *)key, size);
	return !keys->list.failed;
}

static bool delete_row(struct keys *keys, const uint8_t *key, size_t size,
                       const struct history_record *record)
{
	uint8_t other[HISTORY_KEY_MAX];
	size_t other_size;
	bool good = add_key(keys, key, size);
	keys->rows++;
	for (unsigned i = 0; good && (other_size = history_key_write_other(record, i, other)) > 0;
	     i++) {
		good = add_key(keys, other, other_size);
	}
	return good;
}

static bool delete_kind(struct keys *keys, struct history_merged *merged, uint8_t kind,
                        const struct history_person *persons, size_t count)
{
	const uint8_t *key, *value;
	size_t size, value_size;
	struct history_record record;
	bool good = history_merged_seek(merged, &kind, sizeof(kind));
	while (good && history_goes_on() &&
	       history_merged_next(merged, &key, &size, &value, &value_size)) {
		if (history_key_read(key, size, &record) &&
		    history_persons_have(persons, count, &record)) {
			good = delete_row(keys, key, size, &record);
		}
	}
	return good && !history_merged_failed(merged) && history_goes_on();
}

bool clickhouse_tidy_persons(const char *url, const struct history_person *persons, size_t count,
                             uint64_t *rows)
{
	struct clickhouse_url *parsed = parse(url);
	struct history_merged *merged = parsed != NULL ? history_merged_open_url(url) : NULL;
	struct keys keys = { .url = parsed };
	writer_init_growing(&keys.list, CLICKHOUSE_DELETE_MAX);
	bool good = merged != NULL &&
	            delete_kind(&keys, merged, HISTORY_KEY_RECIPIENT, persons, count) &&
	            delete_kind(&keys, merged, HISTORY_KEY_CLIENT, persons, count) &&
	            flush(&keys) && wait_for_deletions(parsed);
	*rows = keys.rows;
	history_merged_free(merged);
	writer_free(&keys.list);
	free(parsed);
	return good;
}
