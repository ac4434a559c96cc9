/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A worker's captures: all interfaces, each in turn.
 *
 * An interface that goes away is said so once, and done without. It cannot be opened
 * again here, where there is no right to: the process that started the worker waits for
 * it (live_is_back()), and replaces the worker. The first that captures on it says so.
 */
#pragma once

#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "sensor/intake/capture.h"
#include "sensor/options/options.h"
#include "sensor/process/worker.h"

/*! \brief What all workers know of the interfaces, in memory that forked processes share. */
struct live_state {
	_Atomic bool missing[OPTIONS_LIST_MAX];
	_Atomic bool returned[OPTIONS_LIST_MAX]; /*!< Up again, and not yet captured on. */
};

struct live {
	const struct options *options;
	struct live_state *state;
	struct capture *captures[OPTIONS_LIST_MAX]; /*!< NULL: missing. */
	struct pollfd polls[OPTIONS_LIST_MAX];
	struct capture_drops lost; /*!< Of captures that are closed. */
};

/*! \return NULL without memory. */
struct live_state *live_state_new(void);
void live_state_free(struct live_state *state);

/*!
 * \brief Opens all interfaces, which the end of the process closes: it may have to wait
 *        for whoever makes or ends a network namespace, for seconds, with nothing left to do.
 *
 * \param fanout  The number of the first interface's fanout group, or CAPTURE_ALONE.
 * \param restarted   Do without those that are missing.
 *
 * \return False, said.
 */
bool live_open(struct live *live, const struct options *options, struct live_state *state,
               int fanout, bool restarted);

/*! \brief Captures until the worker should stop. */
void live_loop(struct live *live, struct worker *worker);

/*! \brief In the parent: true once for each interface that is missing, and is up again. */
bool live_is_back(const struct options *options, struct live_state *state);
