/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Finds the captures of a replay, and distributes them among workers.
 *
 * Ownership: the list owns its paths; replay_inputs_free() frees them, also after a failure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sensor/intake/merge.h"
#include "sensor/options/options.h"

struct replay_inputs {
	struct merge_input *items;
	size_t count;
};

/*!
 * \brief Finds captures.
 *
 * \param paths   Paths of captures, and of folders in which captures are searched.
 * \param report  Called with a message for each path that is left out. `failed` is true if the path
 *                could not be read.
 *
 * \return False when out of memory.
 */
bool replay_inputs_find(struct replay_inputs *inputs, const struct options_operands *paths,
                        void (*report)(void *ctx, bool failed, const char *text), void *ctx);

/*!
 * \brief Distributes captures to workers. In order of time, each capture is given to the worker
 *        that has the fewest bytes so far.
 *
 * All workers then reach the same packet time at about the same moment, which shortens the time for
 * which a worker waits for the watermark of another.
 *
 * \param inputs   The captures, which this call sorts by time.
 * \param shares   One empty list for each worker.
 *
 * \return False when out of memory.
 */
bool replay_inputs_deal(struct replay_inputs *inputs, struct replay_inputs *shares,
                        unsigned workers);

void replay_inputs_free(struct replay_inputs *inputs);
