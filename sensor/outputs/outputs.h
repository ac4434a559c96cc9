/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Every place where events go: `--output TARGET`, any number of them.
 *
 * Local targets are written by the worker itself (see local.h). For Redis an
 * event goes into the journal, and a publisher process for each target
 * brings it there, so that the worker never waits for a network.
 *
 * Each worker has outputs of its own, with a journal of its own. The process that starts
 * them keeps them: it looks after the publishers. A forked worker takes over the
 * writing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/journal/journal.h"
#include "sensor/metrics/counters.h"
#include "sensor/outputs/line_lock.h"

#define OUTPUTS_MAX       COUNTERS_OUTPUTS
#define OUTPUTS_ERROR_MAX 1280
/*!
 * \brief How long a replay goes on without a sign of life (something delivered, or a
 *        Redis that is loading) of outputs that have answered before.
 *
 * A publisher may pause for 30 s between two attempts.
 */
#define OUTPUTS_PATIENCE_S 60
/*! \brief Once the user has asked to stop, publishers have so long to deliver the rest. */
#define OUTPUTS_STOP_S 3

struct outputs;

struct outputs_config {
	struct counters *counters; /*!< The worker's. */
	const struct counters *all;
	size_t all_count; /*!< What the sensor's hash tells: the sum of so many sets. */
	const char *sensor;
	const char *state; /*!< The journal's directory; NULL: a temporary one. */
	const char *again; /*!< The --state that finds it again; outlives this. NULL: that one. */
	bool remove;       /*!< Remove the journal when all is delivered. */
	unsigned drain_ms; /*!< At the end: how long publishers may take in all, 0: no bound. */
	unsigned stall_ms; /*!< At the end: how long without any answer, 0: no bound. */
	uint64_t journal_max;
	enum journal_sync journal_sync;

	/*! When the journal or the disk is full: wait for room instead of dropping
	 *  the newest, as long as there is a sign of life every OUTPUTS_PATIENCE_S. */
	bool patient;

	/*! Called several times a second while publishers are waited for; false (the
	 *  user asks to stop) ends the wait for room, and the publishers after
	 *  OUTPUTS_STOP_S. May be NULL. */
	bool (*waiting)(void *ctx);
	void *waiting_ctx;

	/*! Called early in a publisher's process; it goes on if true. May be NULL. */
	bool (*confine)(void);
};

/*!
 * \brief Reads the targets; opens nothing.
 *
 * \param error  On failure: the target, what is wrong and what would be right.
 *
 * \return NULL on failure.
 */
struct outputs *outputs_parse(const char *const *targets, size_t count,
                              char error[OUTPUTS_ERROR_MAX]);

/*! \brief True if a target needs the journal. */
bool outputs_need_journal(const struct outputs *outputs);

/*! \brief Opens the local targets; `error` is set on failure. */
bool outputs_open_local(struct outputs *outputs, char error[OUTPUTS_ERROR_MAX]);

/*!
 * \brief Opens the journal and starts the publishers, if any target needs them.
 *
 * \param config  Borrowed until outputs_close().
 */
bool outputs_start(struct outputs *outputs, const struct outputs_config *config,
                   char error[OUTPUTS_ERROR_MAX]);

/*! \brief Tells publishers that no more comes, once no other process has their pipes open. */
void outputs_close_wakes(struct outputs *outputs);

/*!
 * \brief In a forked worker: it writes, and the process that forked it does the rest.
 *
 * \param gates   One for each target, or NULL; borrowed.
 * \param number  The worker's.
 * \param again   It takes the place of a worker that has died.
 *
 * \return 0, or a negative errno value: the journal cannot be written.
 */
int outputs_take_over(struct outputs *outputs, struct line_lock *line_locks, unsigned number,
                      bool again);

/*! \brief Such a worker's last word: writes all out, and frees. False as outputs_close(). */
bool outputs_end(struct outputs *outputs);

/*! \brief Starts publishers again that have ended; outputs_flush() does so, too. */
void outputs_maintain(struct outputs *outputs);

/*! \brief Takes an event for every target. */
void outputs_emit(struct outputs *outputs, const struct record *record);

/*!
 * \brief Writes out what was taken, if a hit is among it: a kill of this process loses
 *        it no more. Nobody is told, and nothing brought to the disk, before the next
 *        `outputs_flush()`.
 */
void outputs_keep(struct outputs *outputs);

/*! \brief Hands on what was taken. */
void outputs_flush(struct outputs *outputs);

/*!
 * \brief False when every target has failed for good, or the wait for room has: there
 *        is no use in more events.
 */
bool outputs_alive(const struct outputs *outputs);

/*!
 * \brief Delivers the rest, stops the publishers and frees.
 *
 * \return False when an event could not be delivered; the reason was logged.
 */
bool outputs_close(struct outputs *outputs);
