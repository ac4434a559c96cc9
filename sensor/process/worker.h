/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A worker: packets in, events out. One in a process, since libnids has but one state.
 */
#pragma once

#include <stdbool.h>

#include "sensor/intake/capture.h"
#include "sensor/process/worker_group.h"

struct worker;

/*!
 * \brief Makes a worker of this process.
 *
 * \param number  Below the group's `workers`; its outputs and counters are used.
 *
 * \return NULL without memory; said.
 */
struct worker *worker_new(struct worker_group *group, unsigned number);

/*!
 * \brief The same in a process that was forked for it.
 *
 * \param restarted  It takes the place of a worker that has died.
 */
struct worker *worker_new_forked(struct worker_group *group, unsigned number, bool restarted);

/*!
 * \brief Looks at a packet.
 *
 * Unless the worker is patient, what it has hit has left this process when this returns:
 * a kill does not lose it.
 */
void worker_packet(struct worker *worker, const struct packet *packet);

/*! \brief Hands on events. */
void worker_flush(struct worker *worker);

/*! \brief The same, if any event waits. */
void worker_flush_pending(struct worker *worker);

/*! \brief Live: lets time pass when no packets come. */
void worker_idle(struct worker *worker);

/*! \brief Begins to read the rules again, aside; see worker_take_rules(). */
void worker_reload(struct worker *worker);

/*!
 * \brief Between packets: makes rules that have been read again those in force.
 *
 * A set with errors, or with far fewer indicators than before, changes nothing.
 */
void worker_take_rules(struct worker *worker);

/*! \brief Counts what was lost on the way to us since the worker began. */
void worker_count_drops(struct worker *worker, const struct capture_drops *drops);

/*! \brief True once a signal asked to stop, or nobody takes the events any more. */
bool worker_should_stop(const struct worker *worker);

/*! \brief False: nobody takes the events any more. */
bool worker_has_outputs(const struct worker *worker);

/*!
 * \brief Ends all sessions, hands on all events, and frees.
 *
 * \return False when an event could not be handed on; said.
 */
bool worker_end(struct worker *worker);
