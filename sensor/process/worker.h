/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A worker: packets in, events out. One for each process: the state of libnids is global.
 */
#pragma once

#include <stdbool.h>

#include "sensor/intake/capture.h"
#include "sensor/process/worker_group.h"

struct worker;

/*!
 * \brief Creates the worker of this process.
 *
 * \param number  Below the `workers` of the group; selects outputs and counters.
 *
 * \return NULL when out of memory; logged.
 */
struct worker *worker_new(struct worker_group *group, unsigned number);

/*!
 * \brief Creates the worker of a process that was forked for it.
 *
 * \param channel    To the supervisor; see channel.h.
 * \param restarted  It replaces a worker that has died.
 */
struct worker *worker_new_forked(struct worker_group *group, unsigned number, int channel,
                                 bool restarted);

/*!
 * \brief Processes a packet.
 *
 * Unless the group can wait, hits of the packet have left this process when this returns:
 * SIGKILL loses no hit.
 */
void worker_packet(struct worker *worker, const struct packet *packet);

/*! \brief Passes events on to the outputs. */
void worker_flush(struct worker *worker);

/*! \brief As worker_flush(), if there are events. */
void worker_flush_pending(struct worker *worker);

/*! \brief Live: advances time when no packets arrive. */
void worker_idle(struct worker *worker);

/*! \brief Starts to reload the rules that the supervisor has sent last, if it has sent any; see
 *         worker_take_rules(). */
void worker_reload(struct worker *worker);

/*!
 * \brief Between packets: puts reloaded rules into force.
 *
 * A set with errors, or with far fewer indicators than before, changes nothing.
 */
void worker_take_rules(struct worker *worker);

/*! \brief True after a signal to stop, or when all outputs have failed. */
bool worker_should_stop(const struct worker *worker);

/*! \brief False when all outputs have failed for good. */
bool worker_has_outputs(const struct worker *worker);

/*!
 * \brief Ends all sessions, passes on all events, and frees.
 *
 * \return False when an event could not be passed on; logged.
 */
bool worker_end(struct worker *worker);
