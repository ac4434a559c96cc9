/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Many captures read as one, in the order of packet time.
 *
 * What one capture says of DNS explains what another says of mail at the same
 * time, so files are not read one after the other: of those that are open the
 * earliest packet comes first. A file is opened when its first packet is due.
 *
 * Limit: MERGE_OPEN_MAX files open at a time; more that overlap wait until one ends.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sensor/intake/capture.h"

#define MERGE_OPEN_MAX 64

struct merge_input {
	char *path;
	int64_t first_ns; /*!< Time of its first packet; INT64_MIN: not known, opened at once. */
};

struct merge;

/*!
 * \param inputs  Borrowed; sorted by merge_new() in order of time.
 * \param filter  As for capture_open_file(); borrowed.
 *
 * \return NULL without memory.
 */
struct merge *merge_new(struct merge_input *inputs, size_t count, const char *filter);
void merge_free(struct merge *merge);

/*!
 * \brief As capture_next(), for all of them.
 *
 * CAPTURE_ERROR ends one file only: go on until CAPTURE_END.
 *
 * \param packet  Lives until the next call.
 */
enum capture_status merge_next(struct merge *merge, struct packet *packet,
                               char error[CAPTURE_ERROR_MAX]);

/*! \brief The capture that the last call was about, and its path; NULL: none. */
const struct capture *merge_current(const struct merge *merge, const char **path);
