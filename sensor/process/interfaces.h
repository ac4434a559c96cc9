/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The interfaces that a worker captures on. The worker reads packets from each in turn.
 *
 * An interface that disappears or goes down is logged once, and capture continues on the others.
 * Workers have no right to open the interface again. The supervisor waits until the interface is up
 * (interfaces_any_returned()) and then replaces the workers. The first new worker that captures on
 * the interface logs that capture has begun there again.
 */
#pragma once

#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "sensor/intake/capture.h"
#include "sensor/options/options.h"
#include "sensor/process/worker.h"

/*! \brief The state of the interfaces, in memory that the supervisor and all workers share. */
struct interfaces_state {
	/*! Not 0: the interface has disappeared or is down. */
	_Atomic uint8_t missing[OPTIONS_LIST_MAX];
	/*! Not 0: the interface is up again, and no worker captures on it yet. */
	_Atomic uint8_t returned[OPTIONS_LIST_MAX];
	/*! The number of ignored packets of each worker; see struct capture_live_config. */
	_Atomic uint64_t passed[OPTIONS_WORKERS_MAX];
};

/*! \brief The interfaces of one worker, in the order of the options. */
struct interfaces {
	const struct options *options;              /*!< Borrowed. */
	struct interfaces_state *state;             /*!< Borrowed. */
	struct capture *captures[OPTIONS_LIST_MAX]; /*!< NULL: the interface is missing. */
	struct pollfd polls[OPTIONS_LIST_MAX];
};

/*! \brief Creates the shared state, in which no interface is missing. \return NULL when out of
 * memory. */
struct interfaces_state *interfaces_state_new(void);
void interfaces_state_free(struct interfaces_state *state);

/*!
 * \brief Opens all interfaces.
 *
 * They stay open until the process ends, because close(2) of a packet socket may take seconds while
 * another process creates or deletes a network namespace.
 *
 * \param worker     The number of the worker.
 * \param fanout     The number of the first interface's fanout group, or CAPTURE_ALONE.
 * \param restarted  True in the replacement of a worker, which continues without interfaces that
 *                   are missing.
 *
 * \return False if an interface could not be opened. The reason was logged.
 */
bool interfaces_open(struct interfaces *interfaces, const struct options *options,
                     struct interfaces_state *state, unsigned worker, int fanout, bool restarted);

/*! \brief Writes the packet sockets of all open interfaces to `sockets`. Returns how many there
 *         are. */
size_t interfaces_sockets(const struct interfaces *interfaces, int sockets[OPTIONS_LIST_MAX]);

/*! \brief Captures and processes packets until worker_should_stop() returns true. It then also
 *         processes the packets that arrived before the stop, unless all outputs have failed. */
void interfaces_capture(struct interfaces *interfaces, struct worker *worker);

/*! \brief Returns true if interfaces that were missing are up again. Each return of an interface is
 *         reported by one call only. The supervisor calls it. */
bool interfaces_any_returned(const struct options *options, struct interfaces_state *state);
