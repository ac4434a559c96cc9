/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/store/oldest.h"

#include <errno.h>
#include <stdlib.h>

#include "history/child.h"

struct sampled {
	uint64_t last, hash;
	uint32_t octets;
	bool personal;
};

struct sample {
	struct sampled *rows;
	size_t count;
	uint64_t read;     /* rows that were read */
	uint64_t step;     /* so many rows are read for each one of the sample; a power of two */
	uint64_t personal; /* the newest last sighting of a client or mailbox */
};

static bool is_personal(enum history_class class)
{
	return class != HISTORY_CLASS_ROWS;
}

static int compare(const void *one, const void *other)
{
	const struct sampled *a = one, *b = other;
	if (a->personal != b->personal) {
		return a->personal ? -1 : 1;
	}
	if (a->last != b->last) {
		return a->last < b->last ? -1 : 1;
	}
	return (a->hash > b->hash) - (a->hash < b->hash);
}

/* Returns the size of all keys and of the value of a row. */
static size_t octets_of(const uint8_t *key, size_t size, size_t value_size)
{
	struct history_record record;
	uint8_t other[HISTORY_KEY_MAX];
	size_t octets = size + value_size, other_size;
	if (!history_key_read(key, size, &record)) {
		return octets;
	}
	for (unsigned i = 0; (other_size = history_key_write_other(&record, i, other)) > 0; i++) {
		octets += other_size;
	}
	return octets;
}

/* Leaves every second row out of a sample that is full. */
static void halve(struct sample *sample)
{
	sample->count /= 2;
	sample->step *= 2;
	for (size_t i = 0; i < sample->count; i++) {
		sample->rows[i] = sample->rows[2 * i];
	}
}

static void take(struct sample *sample, const uint8_t *key, size_t size, const uint8_t *value,
                 size_t value_size)
{
	struct history_seen seen;
	if (!history_value_read(key[0], value, value_size, &seen)) {
		return;
	}
	bool personal = is_personal(history_class_of(key[0]));
	if (personal && seen.last > sample->personal) {
		sample->personal = seen.last;
	}
	if (sample->read++ % sample->step != 0) {
		return;
	}
	if (sample->count == HISTORY_SAMPLE_MAX) {
		halve(sample);
	}
	sample->rows[sample->count++] = (struct sampled){
		.last = seen.last,
		.hash = history_hash(key, size),
		.octets = (uint32_t)octets_of(key, size, value_size),
		.personal = personal,
	};
}

static int read_rows(struct sample *sample, struct history_merged *all)
{
	const uint8_t *key, *value;
	size_t size, value_size;
	for (uint8_t kind = 0; kind < HISTORY_KEY_RANGE; kind++) {
		if (!history_key_has_value(kind)) {
			continue;
		}
		(void)history_merged_seek(all, &kind, sizeof(kind));
		while (history_merged_next(all, &key, &size, &value, &value_size)) {
			take(sample, key, size, value, value_size);
			if (sample->read % HISTORY_LOOK_EVERY == 0 && history_child_is_given_up()) {
				return -ECANCELED;
			}
		}
	}
	return sample->count > 0 ? 0 : -ENODATA;
}

/* Returns the last row that leaves. */
static const struct sampled *find_last(const struct sample *sample, double share)
{
	double octets = 0;
	size_t last = 0;
	for (size_t i = 0; i < sample->count; i++) {
		octets += sample->rows[i].octets;
	}
	for (octets = octets * share - sample->rows[0].octets;
	     octets > 0 && last + 1 < sample->count; octets -= sample->rows[last].octets) {
		last++;
	}
	return &sample->rows[last];
}

int history_oldest_find(struct history_merged *all, double share, uint64_t limits[HISTORY_CLASSES],
                        uint64_t hashes[HISTORY_CLASSES])
{
	struct sample sample = { .step = 1 };
	sample.rows = malloc(HISTORY_SAMPLE_MAX * sizeof(sample.rows[0]));
	int ret = sample.rows != NULL ? read_rows(&sample, all) : -ENOMEM;
	if (ret == 0) {
		qsort(sample.rows, sample.count, sizeof(sample.rows[0]), compare);
		const struct sampled *last = find_last(&sample, share);
		for (size_t i = 0; i < HISTORY_CLASSES; i++) {
			/* Clients and mailboxes leave first, so all of them do if others do. */
			bool whole = is_personal(i) && !last->personal;
			bool none = !is_personal(i) && last->personal;
			limits[i] = whole ? sample.personal : none ? 0 : last->last;
			hashes[i] = whole ? UINT64_MAX : none ? 0 : last->hash;
		}
	}
	free(sample.rows);
	return ret;
}
