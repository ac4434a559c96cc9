/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The line of progress that a replay keeps rewriting on the terminal.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/intake/merge.h"
#include "sensor/metrics/counters.h"
#include "sensor/options/options.h"

struct progress {
	bool enabled;
	bool shown; /*!< The line is on the terminal. */
	int64_t shown_ns;
};

/*! \brief PROGRESS_AUTO shows progress on a terminal only. */
void progress_init(struct progress *progress, enum options_progress when);

/*! \brief Removes the line, before a message takes its place. */
void progress_clear(struct progress *progress);

/*! \brief True if the line is due; it then counts as shown. Cheap enough for every tick. */
bool progress_is_due(struct progress *progress);

/* Each prints one form of the line: reading one merge of captures, reading files in other
 * processes, waiting for delivery. */
void progress_show_capture(struct progress *progress, const struct merge *merge,
                           const struct counters *sum);
void progress_show_files(struct progress *progress, size_t files, const struct counters *sum);
void progress_show_delivery(struct progress *progress, const struct counters *sum);
