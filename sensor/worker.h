/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What `replay` and `run` have in common: rules, outputs, pipeline, counters,
 *        and the end of a run.
 */
#pragma once

#include <stdbool.h>

#include "sensor/intake/capture.h"
#include "sensor/options.h"
#include "sensor/privileges.h"

/*! \brief Exit statuses of the program. */
enum worker_exit {
	EXIT_DONE = 0,
	EXIT_FAILED = 1, /*!< Something could not be read or delivered; it was named. */
	EXIT_USAGE = 2,  /*!< Bad usage, rules or configuration. */
};

struct worker;

/*!
 * \brief Reads the rules and the targets; opens nothing that others could see.
 *
 * \param options  Borrowed until worker_free().
 * \param out      Set on success.
 *
 * \return EXIT_DONE, or the status to exit with; the reason was logged.
 */
int worker_new(struct worker **out, const struct options *options);

/*! \brief Opens local targets: files are opened with the rights of the caller. */
bool worker_open_outputs(struct worker *worker);

/*!
 * \brief For a worker that may wait: when the journal is full, nothing is dropped.
 *
 * To be called before worker_start().
 *
 * \param waiting  Called several times a second while publishers are waited for, at
 *                 the end, too; false ends the wait for room in the journal.
 */
void worker_be_patient(struct worker *worker, bool (*waiting)(void *ctx), void *ctx);

/*!
 * \brief Opens the journal and starts the publishers.
 *
 * \param state     The journal's directory; NULL: a temporary one.
 * \param drain_ms  See outputs_config.
 * \param stall_ms  See outputs_config.
 */
bool worker_start(struct worker *worker, const char *state, unsigned drain_ms, unsigned stall_ms);

/*!
 * \brief Begins to answer Prometheus, if that is wanted: before capture is open and
 *        root is given up.
 *
 * \param privileges  What that process has to give up; NULL: nothing.
 */
bool worker_start_metrics(struct worker *worker, const struct privileges *privileges);

bool worker_needs_journal(const struct worker *worker);

/*!
 * \brief Looks at a packet.
 *
 * Unless the worker is patient, what it has hit has left this process when this returns:
 * a kill does not lose it.
 */
void worker_packet(struct worker *worker, const struct packet *packet);

/*! \brief Hands on events, and prints statistics when they are due. */
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

/*! \brief Counts what was lost on the way to us. */
void worker_count_drops(struct worker *worker, const struct capture_drops *drops);

/*! \brief True once a signal asked to stop, or nobody takes the events any more. */
bool worker_should_stop(const struct worker *worker);

/*! \brief Counters for progress: packets and hits so far. */
void worker_totals(const struct worker *worker, uint64_t *packets, uint64_t *hits);

/*! \brief Counters for progress: what Redis has answered for, and what waits. */
void worker_delivery(const struct worker *worker, uint64_t *delivered, uint64_t *pending);

/*!
 * \brief Ends all sessions, delivers the rest, writes summary and counters, frees.
 *
 * \return False when events could not be delivered or the counters not be saved.
 */
bool worker_finish(struct worker *worker);

/*! \brief Frees without a summary, after a failed start. NULL is nothing. */
void worker_free(struct worker *worker);
