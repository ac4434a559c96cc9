/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The interfaces that a worker captures on, each in turn.
 *
 * An interface that goes away is reported once, and capture continues on the others. A
 * worker has no right to open it again: the supervisor waits for the interface
 * (interfaces_any_returned()) and then replaces the workers. The first worker that captures
 * on it reports that.
 */
#pragma once

#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "sensor/intake/capture.h"
#include "sensor/options/options.h"
#include "sensor/process/worker.h"

/*! \brief What all workers know of the interfaces, in memory that processes share. */
struct interfaces_state {
	_Atomic uint8_t missing[OPTIONS_LIST_MAX]; /*!< 0: no. */
	_Atomic uint8_t
	        returned[OPTIONS_LIST_MAX]; /*!< Not 0: up again, and not yet captured on. */
	_Atomic uint64_t passed[OPTIONS_WORKERS_MAX]; /*!< See struct capture_live_config. */
};

struct interfaces {
	const struct options *options;
	struct interfaces_state *state;
	struct capture *captures[OPTIONS_LIST_MAX]; /*!< NULL: missing. */
	struct pollfd polls[OPTIONS_LIST_MAX];
};

/*! \return NULL when out of memory. */
struct interfaces_state *interfaces_state_new(void);
void interfaces_state_free(struct interfaces_state *state);

/*!
 * \brief Opens all interfaces. The end of the process closes them: closing a socket may wait
 *        seconds for another process that creates or deletes a network namespace.
 *
 * \param worker     Its number.
 * \param fanout     The id of the first interface's fanout group, or CAPTURE_ALONE.
 * \param restarted  Continue without interfaces that are missing.
 *
 * \return False when an interface could not be opened; logged.
 */
bool interfaces_open(struct interfaces *interfaces, const struct options *options,
                     struct interfaces_state *state, unsigned worker, int fanout, bool restarted);

/*! \brief The packet sockets of the interfaces that are open; their number. */
size_t interfaces_sockets(const struct interfaces *interfaces, int sockets[OPTIONS_LIST_MAX]);

/*! \brief Captures until the worker should stop. */
void interfaces_capture(struct interfaces *interfaces, struct worker *worker);

/*! \brief In the supervisor: true once for each missing interface that is up again. */
bool interfaces_any_returned(const struct options *options, struct interfaces_state *state);
