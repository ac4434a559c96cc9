/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The captures of a replay, and their distribution among workers.
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
 * \brief Finds the captures that paths name; folders are searched.
 *
 * \param report  Called for each path that was left out, with a message. `failed` is true if
 *                the path could not be read.
 *
 * \return False when out of memory.
 */
bool replay_inputs_find(struct replay_inputs *inputs, const struct options_operands *paths,
                        void (*report)(void *ctx, bool failed, const char *text), void *ctx);

/*!
 * \brief Distributes captures to workers: each, in order of time, to the worker with the least
 *        bytes so far.
 *
 * In this order workers read the same packet time at about the same moment, so that a worker that
 * depends on the watermark of another waits less.
 *
 * \param inputs   This call sorts it by time.
 * \param shares   One empty list for each worker.
 *
 * \return False when out of memory.
 */
bool replay_inputs_deal(struct replay_inputs *inputs, struct replay_inputs *shares,
                        unsigned workers);

void replay_inputs_free(struct replay_inputs *inputs);
