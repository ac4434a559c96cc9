/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A worker makes events from packets. A process has at most one worker, because the state of
 *        libnids is global.
 */
#pragma once

#include <stdbool.h>

#include "sensor/intake/capture.h"
#include "sensor/process/worker_group.h"

struct worker;

/*!
 * \brief Creates the worker of this process.
 *
 * \param number  The number of the worker, less than `workers` of the group. It selects outputs and
 *                counters.
 *
 * \return NULL when out of memory, which was logged.
 */
struct worker *worker_new(struct worker_group *group, unsigned number);

/*!
 * \brief Creates the worker of a process that was forked for it.
 *
 * \param channel    The channel to the supervisor; see channel.h.
 * \param restarted  The worker replaces one that has died.
 *
 * \return NULL on failure, which was logged.
 */
struct worker *worker_new_forked(struct worker_group *group, unsigned number, int channel,
                                 bool restarted);

/*!
 * \brief Processes a packet.
 *
 * In a live capture, the hits of the packet have left this process when the call returns, so that
 * SIGKILL loses no hit. In a replay (`can_wait` of the group) the hits may still be in the memory
 * of this process.
 */
void worker_packet(struct worker *worker, const struct packet *packet);

/*! \brief Passes events on to the outputs. */
void worker_flush(struct worker *worker);

/*! \brief Calls worker_flush() if there are events to pass on. */
void worker_flush_pending(struct worker *worker);

/*!
 * \brief Advances packet time by the clock of the host. Call it in a live capture while no packets
 *        arrive.
 */
void worker_idle(struct worker *worker);

/*!
 * \brief Starts to load the latest rules that the supervisor has sent, if it has sent any.
 *        worker_take_rules() then uses them.
 */
void worker_reload(struct worker *worker);

/*!
 * \brief Uses the new rules if a reload has ended. Call it between packets.
 *
 * Rules with errors, or with far fewer indicators than before, are not used.
 */
void worker_take_rules(struct worker *worker);

/*! \brief Returns true after SIGINT or SIGTERM, and when all outputs have failed permanently. */
bool worker_should_stop(const struct worker *worker);

/*! \brief Returns false when all outputs have failed permanently. */
bool worker_has_outputs(const struct worker *worker);

/*!
 * \brief Ends all sessions, passes their events on to the outputs, and frees the worker.
 *
 * \return False when an event could not be passed on; the reason was logged.
 */
bool worker_end(struct worker *worker);
