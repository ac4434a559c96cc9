/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief What holds of every event, and its part in the sum of what a target finds. */
#pragma once

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/journal/record.h"
#include "tests/fuzz/found.h"

/*! \brief Adds an event without the time when it was written. */
static inline void record_sum_up(const struct record *record)
{
	static const char before[] = "\"created\":\"";
	const char *end = record->json + record->json_size;
	const char *created = memmem(record->json, record->json_size, before, strlen(before));
	const char *after = created != NULL ? memchr(created, ',', (size_t)(end - created)) : NULL;
	if (after == NULL) {
		abort();
	}
	found_bytes(record->json, (size_t)(created - record->json));
	found_bytes(after, (size_t)(end - after));
}

/*! \brief Every event is strict JSON on one line, and fits into a record. */
static inline void record_check(const struct record *record)
{
	json_t *root = json_loadb(record->json, record->json_size,
	                          JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	if (root == NULL || record_size(record) > RECORD_SIZE_MAX ||
	    memchr(record->json, '\n', record->json_size) != NULL) {
		abort();
	}
	json_decref(root);
	record_sum_up(record);
}
