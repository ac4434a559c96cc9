/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The progress line of a replay, a hunt or other long work. The line is rewritten in the
 *        same place of the terminal, and is cut at the width of the terminal.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/intake/merge.h"
#include "sensor/metrics/counters.h"
#include "sensor/options/options.h"

struct progress {
	bool enabled;
	bool shown;       /*!< The line is on the terminal. */
	int64_t shown_ns; /*!< CLOCK_MONOTONIC time at which the line was written last. */
};

/*!
 * \brief Sets whether the line is shown. With PROGRESS_AUTO it is shown if standard error is a
 *        terminal.
 */
void progress_init(struct progress *progress, enum options_progress when);

/*! \brief Removes the line. Call it before a message is written. */
void progress_clear(struct progress *progress);

/*!
 * \brief Returns true if it is time to write the line again. The caller must then write it. The
 *        call is cheap.
 */
bool progress_is_due(struct progress *progress);

/*! \brief Writes the line, if it is this process that reads the captures. */
void progress_show_capture(struct progress *progress, const struct merge *merge,
                           const struct counters *sum);
/*! \brief Writes the line while other processes read the files. */
void progress_show_files(struct progress *progress, size_t files, const struct counters *sum);
/*! \brief Writes the line while this process reads rows of the history. */
void progress_show_rows(struct progress *progress, uint64_t rows, uint64_t hits);
/*! \brief Writes the line of other work, such as "the export": its name, and how many rows or
 *         octets (`unit`) are done. */
void progress_show_work(struct progress *progress, const char *name, uint64_t done,
                        const char *unit);
/*! \brief Writes the line while events wait for delivery. */
void progress_show_delivery(struct progress *progress, const struct counters *sum);
