/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/store/filter.h"

#include <string.h>

#include "history/child.h"
#include "history/fold.h"

enum history_class history_class_of(enum history_key_kind kind)
{
	switch (kind) {
	case HISTORY_KEY_CLIENT:
		return HISTORY_CLASS_CLIENTS;
	case HISTORY_KEY_RECIPIENT:
		return HISTORY_CLASS_MAILBOXES;
	default:
		return HISTORY_CLASS_ROWS;
	}
}

void history_filter_begin(struct history_filter *filter, struct history_output *output,
                          struct history_merged *others, const uint64_t limits[HISTORY_CLASSES])
{
	*filter = (struct history_filter){ .output = output, .others = others };
	for (size_t i = 0; i < HISTORY_CLASSES; i++) {
		filter->ranges[i].limit = limits != NULL ? limits[i] : 0;
		filter->ranges[i].oldest = UINT64_MAX;
	}
}

/* A range is encoded like the value of a row of mail; `accepted` contains the limit. */
static bool put_ranges(struct history_filter *filter)
{
	bool good = true;
	filter->ended = true;
	for (size_t i = 0; i < HISTORY_CLASSES && good; i++) {
		const struct history_range *range = &filter->ranges[i];
		const uint8_t key[] = { HISTORY_KEY_RANGE, (uint8_t)i };
		const struct history_seen seen = {
			.first = range->rows > 0 ? range->oldest : 0,
			.last = range->rows > 0 ? range->newest : 0,
			.count = range->rows,
			.accepted =
			        (uint32_t)(range->limit < UINT32_MAX ? range->limit : UINT32_MAX),
		};
		uint8_t value[HISTORY_VALUE_MAX];
		size_t size = history_value_write(HISTORY_KEY_RANGE, &seen, value);
		good = history_output_add(filter->output, key, sizeof(key), value, size);
	}
	return good;
}

bool history_range_read(struct history_merged *file, enum history_class class,
                        struct history_range *range)
{
	const uint8_t key[] = { HISTORY_KEY_RANGE, (uint8_t) class };
	struct history_seen seen;
	if (!history_merged_find(file, key, sizeof(key), &seen)) {
		return false;
	}
	*range = (struct history_range){ seen.count, seen.first, seen.last, seen.accepted };
	return true;
}

static bool is_before(const struct history_seen *seen, uint64_t limit, bool with_limit)
{
	return seen->last < limit || (seen->last == limit && with_limit);
}

static bool is_too_old(struct history_filter *filter, const uint8_t *key, size_t size,
                       const struct history_seen *seen)
{
	enum history_class class = history_class_of(key[0]);
	uint64_t limit = filter->ranges[class].limit, hash = filter->hashes[class];
	bool with_limit = hash > 0 && history_hash(key, size) <= hash;
	struct history_seen other;
	return is_before(seen, limit, with_limit) &&
	       !(filter->others != NULL &&
	         history_merged_find_next(filter->others, key, size, &other) &&
	         !is_before(&other, limit, with_limit));
}

/* Remembers the keys of a row that have no value, so that they are left out, too. Returns false if
 * there is no room. */
static bool drop(struct history_filter *filter, const uint8_t *key, size_t size)
{
	struct history_record record;
	uint8_t other[HISTORY_KEY_MAX];
	if (!history_key_read(key, size, &record)) {
		return true;
	}
	bool good = true;
	size_t other_size;
	for (unsigned i = 0; good && (other_size = history_key_write_other(&record, i, other)) > 0;
	     i++) {
		good = history_hashes_add(&filter->dropped, other, other_size);
	}
	return good;
}

/* Counts the clients of a record. Their keys are sorted by the hashes of their addresses, so the
 * clients with the smallest hashes are kept. */
static bool is_one_too_many(struct history_filter *filter, const uint8_t *key, size_t size)
{
	size_t record = size > HISTORY_CLIENT_SIZE ? size - HISTORY_CLIENT_SIZE : 0;
	if (record != filter->record_size || memcmp(key, filter->record, record) != 0) {
		memcpy(filter->record, key, record);
		filter->record_size = record;
		filter->clients = 0;
	}
	return ++filter->clients > HISTORY_CLIENTS_MAX;
}

static void extend(struct history_range *range, const struct history_seen *seen)
{
	range->rows++;
	range->oldest = seen->last < range->oldest ? seen->last : range->oldest;
	range->newest = seen->last > range->newest ? seen->last : range->newest;
}

static bool is_mailbox(const struct history_person *person, const struct history_mailbox *mailbox)
{
	return dns_name_equal(&person->domain, mailbox->domain, mailbox->domain_size) &&
	       history_mailbox_has(mailbox, person->local, person->local_size);
}

static bool is_of(const struct history_person *person, const struct history_record *record)
{
	const struct history_mail *mail = &record->mail;
	if (person->is_client) {
		return IN6_ARE_ADDR_EQUAL(&person->client, record->kind == HISTORY_KEY_CLIENT
		                                                   ? &record->client
		                                                   : &mail->client);
	}
	return record->kind == HISTORY_KEY_RECIPIENT &&
	       (is_mailbox(person, &mail->recipient) || is_mailbox(person, &mail->sender));
}

bool history_persons_have(const struct history_person *persons, size_t count,
                          const struct history_record *record)
{
	for (size_t i = 0; i < count; i++) {
		if (is_of(&persons[i], record)) {
			return true;
		}
	}
	return false;
}

static bool is_of_a_person(const struct history_filter *filter, const uint8_t *key, size_t size)
{
	struct history_record record;
	return filter->persons_count > 0 &&
	       (key[0] == HISTORY_KEY_CLIENT || key[0] == HISTORY_KEY_RECIPIENT) &&
	       history_key_read(key, size, &record) &&
	       history_persons_have(filter->persons, filter->persons_count, &record);
}

/* A mail's key by sender has the same parts as its key by recipient, so both are left out or
 * neither. */
static bool is_other_of_a_person(const struct history_filter *filter, const uint8_t *key,
                                 size_t size)
{
	struct history_record record;
	uint8_t own[HISTORY_KEY_MAX];
	if (filter->persons_count == 0 || size == 0 || key[0] != HISTORY_KEY_SENDER ||
	    !history_key_read(key, size, &record)) {
		return false;
	}
	size_t own_size = history_key_write(&record, own);
	return is_of_a_person(filter, own, own_size);
}

/* Returns whether a row is too old or of a person, and counts it. */
static bool remove_row(struct history_filter *filter, const uint8_t *key, size_t size,
                       const struct history_seen *seen)
{
	bool removed = (is_too_old(filter, key, size, seen) && drop(filter, key, size)) ||
	               is_of_a_person(filter, key, size);
	filter->removed += removed;
	return removed;
}

static bool add_row(struct history_filter *filter, const uint8_t *key, size_t size,
                    const uint8_t *value, size_t value_size)
{
	struct history_seen seen;
	if (!history_value_read(key[0], value, value_size, &seen) ||
	    remove_row(filter, key, size, &seen) ||
	    (key[0] == HISTORY_KEY_CLIENT && is_one_too_many(filter, key, size))) {
		return true;
	}
	extend(&filter->ranges[history_class_of(key[0])], &seen);
	return history_output_add(filter->output, key, size, value, value_size);
}

/* The clients of a folded record are left out with the record. */
static bool is_left_out(const struct history_filter *filter, const uint8_t *key, size_t size)
{
	if (filter->dropped.count == 0 || size == 0) {
		return false;
	}
	size_t part = key[0] == HISTORY_KEY_CLIENT && size > HISTORY_CLIENT_SIZE
	                      ? size - HISTORY_CLIENT_SIZE
	                      : size;
	return history_hashes_has(&filter->dropped, key, part);
}

bool history_filter_add(struct history_filter *filter, const uint8_t *key, size_t size,
                        const uint8_t *value, size_t value_size)
{
	enum history_key_kind kind = size > 0 ? key[0] : HISTORY_KEY_SENSOR;
	if (kind == HISTORY_KEY_RANGE || is_left_out(filter, key, size) ||
	    is_other_of_a_person(filter, key, size)) {
		return true;
	}
	if (kind > HISTORY_KEY_RANGE && !filter->ended && !put_ranges(filter)) {
		return false;
	}
	return history_key_has_value(kind)
	               ? add_row(filter, key, size, value, value_size)
	               : history_output_add(filter->output, key, size, value, value_size);
}

bool history_filter_end(struct history_filter *filter)
{
	bool good = filter->ended || put_ranges(filter);
	history_hashes_free(&filter->dropped);
	return good;
}

static bool put(void *ctx, const uint8_t *key, size_t size, const uint8_t *value, size_t value_size)
{
	return history_filter_add(ctx, key, size, value, value_size);
}

/* Leaves out the keys without a value of a folded record, and its clients. */
static bool fold(void *ctx, const uint8_t *key, size_t size, const struct history_seen *seen)
{
	(void)seen;
	struct history_filter *filter = ctx;
	uint8_t clients[HISTORY_KEY_MAX];
	memcpy(clients, key, size);
	clients[0] = HISTORY_KEY_CLIENT;
	return drop(filter, key, size) && history_hashes_add(&filter->dropped, clients, size);
}

static bool copy_key(struct history_filter *filter, struct history_fold *zones, bool *folded,
                     const uint8_t *key, size_t size, const uint8_t *value, size_t value_size)
{
	const struct history_fold_target target = { put, fold, filter };
	bool good = true;
	if (zones == NULL || size == 0) {
		return history_filter_add(filter, key, size, value, value_size);
	}
	if (key[0] == HISTORY_KEY_OWNER) {
		return history_fold_take(zones, &target, key, size, value, value_size);
	}
	if (key[0] >= HISTORY_KEY_FOLDED && !*folded) {
		*folded = true;
		good = history_fold_put(zones, &target);
	} else {
		good = history_fold_flush(zones, &target);
	}
	return key[0] == HISTORY_KEY_FOLDED
	               ? good
	               : good && history_filter_add(filter, key, size, value, value_size);
}

bool history_filter_copy(struct history_filter *filter, struct history_merged *merged)
{
	const uint8_t *key, *value;
	size_t size, value_size;
	bool good = true, folded = false;
	struct history_fold *zones = history_fold_find(merged);
	(void)history_merged_seek(merged, NULL, 0);
	for (size_t i = 1; good && history_merged_next(merged, &key, &size, &value, &value_size);
	     i++) {
		good = copy_key(filter, zones, &folded, key, size, value, value_size) &&
		       (i % HISTORY_LOOK_EVERY != 0 || !history_child_is_given_up());
	}
	if (zones != NULL && !folded && good) {
		good = history_fold_put(zones, &(struct history_fold_target){ put, fold, filter });
	}
	history_fold_free(zones);
	return history_filter_end(filter) && good;
}
