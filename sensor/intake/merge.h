/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads several capture files as one, in the order of packet time.
 *
 * Mail in one file is correlated with DNS in another, so files that overlap in time are read
 * together: each call returns the earliest packet of all open files. A file is opened when the time
 * of its first packet is reached.
 *
 * Limit: at most MERGE_OPEN_MAX files are open at a time. If more files overlap, a further file is
 * opened only when another one ends.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sensor/intake/capture.h"

#define MERGE_OPEN_MAX 64

struct merge_input {
	char *path;
	/*! Time of the first packet. INT64_MIN: the time is unknown, and the file is opened at
	 * once. */
	int64_t first_ns;
};

/*! \brief Selects the packets to return. If all fields are zero, every packet is returned. */
struct merge_choice {
	const char *filter; /*!< The user's filter, as for capture_open_file(); borrowed. */
	int64_t since_ns;   /*!< Packets before this time are left out; 0: no bound. */
	int64_t until_ns;   /*!< Packets at or after this time are left out; 0: no bound. */
};

struct merge;

/*!
 * \brief Creates a reader of several files, without opening them yet.
 *
 * \param inputs  The files, which this call sorts by time; borrowed.
 * \param choice  The packets to return; copied.
 *
 * \return NULL when out of memory.
 */
struct merge *merge_new(struct merge_input *inputs, size_t count,
                        const struct merge_choice *choice);
void merge_free(struct merge *merge);

/*!
 * \brief Reads the next packet of all files; parameters and result are as for capture_next().
 *
 * CAPTURE_ERROR ends one file only. Call again until CAPTURE_END is returned.
 *
 * \param packet  Lives until the next call.
 */
enum capture_status merge_next(struct merge *merge, struct packet *packet,
                               char error[CAPTURE_ERROR_MAX]);

/*!
 * \brief Returns the capture that merge_next() read last, and sets `path` to its path; NULL if that
 *        capture is closed.
 */
const struct capture *merge_current(const struct merge *merge, const char **path);
