/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The outputs of events, one for each `--output TARGET`.
 *
 * A worker itself writes to local targets (see local.h). For Redis targets it writes events to
 * the journal, from which a publisher process for each target delivers them, so that the worker
 * never waits for the network.
 *
 * Each worker has its own outputs, with its own journal. The process that starts the outputs also
 * restarts publishers that die; a forked worker writes the events.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/journal/journal.h"
#include "sensor/metrics/counters.h"
#include "sensor/outputs/line_lock.h"

/*! \brief The largest number of targets. */
#define OUTPUTS_MAX COUNTERS_OUTPUTS
/*! \brief Room for the text of an error, NUL included. */
#define OUTPUTS_ERROR_MAX 1280
/*!
 * \brief Seconds that a replay waits for an output that has answered before and is silent now. A
 *        delivered event ends the silence, and so does a Redis that answers -LOADING.
 *
 * A publisher may pause for 30 s between two attempts.
 */
#define OUTPUTS_PATIENCE_S 60
/*! \brief Seconds for which publishers may deliver remaining events after the user has asked to
 * stop. */
#define OUTPUTS_STOP_S 3

struct outputs;
struct redis_url;

/*! \brief The configuration of outputs. Pointers are borrowed. */
struct outputs_config {
	struct counters *counters;  /*!< Counters of the worker. */
	const struct counters *all; /*!< Counters of all workers, whose sum the heartbeat has. */
	size_t all_count;           /*!< Elements of `all`. */
	const char *sensor;         /*!< The value of observer.name. */
	const char *state;          /*!< Directory of the journal; NULL: a temporary one. */
	const char *again; /*!< The value of --state with which a later run finds this journal, for
	                        messages; NULL: `state`. */
	bool remove;       /*!< Remove the journal when all events are delivered. */
	/*! How long publishers may take at the end before they are killed, in ms; 0: no bound. */
	unsigned drain_ms;
	unsigned stall_ms;    /*!< How long at the end Redis may be silent, in ms; 0: no bound. */
	uint64_t journal_max; /*!< Bound of the journal in bytes. */
	enum journal_sync journal_sync; /*!< When records are written to the disk. */

	/*! When the journal or the disk is full, wait for room instead of dropping the newest
	 *  event. The wait fails when no output has delivered for OUTPUTS_PATIENCE_S. */
	bool patient;

	/*! Called several times a second during a wait for publishers. It returns false when the
	 *  user asks to stop: this ends a wait for room at once, and the publishers after
	 *  OUTPUTS_STOP_S. May be NULL. */
	bool (*waiting)(void *ctx);
	void *waiting_ctx;

	/*! Called first in the process of a publisher. If it returns false, the process ends. May
	 * be NULL. */
	bool (*confine)(void);

	/*! Called in the process of a publisher: wipes the passwords of all other targets, as
	 *  outputs_forget() does. May be NULL. */
	void (*forget)(void *ctx, const struct redis_url *keep);
	void *forget_ctx;
};

/*!
 * \brief Parses the targets; opens nothing.
 *
 * \param error  Receives, on failure, the target, the mistake and the correct form.
 *
 * \return NULL on failure.
 */
struct outputs *outputs_parse(const char *const *targets, size_t count,
                              char error[OUTPUTS_ERROR_MAX]);

/*! \brief Returns true if a target needs the journal. */
bool outputs_need_journal(const struct outputs *outputs);

/*! \brief Sets the names of the targets, in their order. */
void outputs_name(const struct outputs *outputs, struct counters_names *names);

/*! \brief Opens the local targets. \return False on failure, with `error` set. */
bool outputs_open_local(struct outputs *outputs, char error[OUTPUTS_ERROR_MAX]);

/*!
 * \brief Opens the journal and starts the publishers, if any target needs them.
 *
 * \param config  Borrowed until outputs_close().
 *
 * \return False on failure, with `error` set.
 */
bool outputs_start(struct outputs *outputs, const struct outputs_config *config,
                   char error[OUTPUTS_ERROR_MAX]);

/*! \brief Wipes the passwords in the texts of targets, and the one in the environment. */
void outputs_conceal(const char *const *targets, size_t count);

/*! \brief Closes and frees what a child has inherited and does not use. NULL is allowed. */
void outputs_leave(struct outputs *outputs);

/*! \brief Wipes the passwords of all targets except `keep`; NULL: of all targets. */
void outputs_forget(struct outputs *outputs, const struct redis_url *keep);

/*! \brief Closes the write ends of the publishers' pipes. Publishers take the end of their pipe,
 * when no other process has it open, as the end of events. */
void outputs_close_wakes(struct outputs *outputs);

/*! \brief The folder of the journal, open; -1: there is none. */
int outputs_journal_fd(const struct outputs *outputs);

/*!
 * \brief Prepares a forked worker to write events.
 *
 * \param locks  One lock for each target; NULL: there is one writer. Borrowed.
 * \param again  The worker replaces one that has died.
 *
 * \return 0, or a negative errno value when the journal cannot be written.
 */
int outputs_take_over(struct outputs *outputs, struct line_lock *locks, bool again);

/*! \brief Ends the outputs of a forked worker: writes all events, and frees. \return False when an
 * event could not be written; the reason was logged. */
bool outputs_end(struct outputs *outputs);

/*! \brief Restarts publishers that have died. outputs_flush() does this, too. */
void outputs_maintain(struct outputs *outputs);

/*! \brief Adds an event for all targets. */
void outputs_emit(struct outputs *outputs, const struct record *record);

/*!
 * \brief Writes the added events, if one of them is a hit, so that SIGKILL loses no hit.
 *
 * The next outputs_flush() wakes the publishers, and writes to the disk if that is due.
 */
void outputs_keep(struct outputs *outputs);

/*! \brief Writes the added events, and wakes the publishers. */
void outputs_flush(struct outputs *outputs);

/*!
 * \brief Returns false when no target can accept events any more: all have failed permanently, or
 *        the wait for room in the journal has failed.
 */
bool outputs_alive(const struct outputs *outputs);

/*!
 * \brief Delivers the remaining events, stops the publishers and frees.
 *
 * \return False when an event could not be delivered; the reason was logged.
 */
bool outputs_close(struct outputs *outputs);
