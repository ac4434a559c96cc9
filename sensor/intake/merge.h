/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads several capture files as one, in the order of packet time.
 *
 * Mail in one file is correlated with DNS in another, so files that overlap in time are read
 * together: each call returns the earliest packet of all open files. A file is opened when the
 * time of its first packet is reached.
 *
 * Limit: MERGE_OPEN_MAX files are open at a time. Further files that overlap are opened
 * late, when another file ends.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sensor/intake/capture.h"

#define MERGE_OPEN_MAX 64

struct merge_input {
	char *path;
	int64_t first_ns; /*!< Time of the first packet; INT64_MIN: unknown, so the file is opened
	                     at once. */
};

/*! \brief Which packets are returned; all zero: every packet. */
struct merge_choice {
	const char *filter; /*!< As for capture_open_file(); borrowed. */
	int64_t since_ns;   /*!< From then on; 0: no bound. */
	int64_t until_ns;   /*!< Before then; 0: no bound. */
};

struct merge;

/*!
 * \param inputs  Borrowed; sorted by merge_new() in order of time.
 *
 * \param inputs  The files, which this call sorts by time; borrowed.
 * \param filter  A libpcap filter, or NULL; borrowed.
 *
 * \return NULL when out of memory.
 */
struct merge *merge_new(struct merge_input *inputs, size_t count,
                        const struct merge_choice *choice);
void merge_free(struct merge *merge);

/*!
 * \brief Reads the next packet of all files; parameters and result are those of capture_next().
 *
 * CAPTURE_ERROR ends one file only. Call again until CAPTURE_END is returned.
 *
 * \param packet  Lives until the next call.
 */
enum capture_status merge_next(struct merge *merge, struct packet *packet,
                               char error[CAPTURE_ERROR_MAX]);

/*! \brief Returns the capture that merge_next() read last, and sets its path; NULL when it is
 * closed. */
const struct capture *merge_current(const struct merge *merge, const char **path);
