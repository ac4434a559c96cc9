/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The outputs of events: `--output TARGET`, several times.
 *
 * Local targets are written by the worker itself (see local.h). For Redis an event
 * goes into the journal, and a publisher process for each target delivers it, so that
 * the worker never waits for a network.
 *
 * Each worker has its own outputs with a journal. The process that starts them
 * restarts publishers that die; a forked worker writes the events.
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
 * \brief How long a replay waits for outputs that have answered before, without a sign of
 *        life: a delivered event, or a Redis that is loading.
 *
 * A publisher may pause for 30 s between two attempts.
 */
#define OUTPUTS_PATIENCE_S 60
/*! \brief How long publishers may deliver the rest after the user has asked to stop. */
#define OUTPUTS_STOP_S 3

struct outputs;
struct redis_url;

struct outputs_config {
	struct counters *counters; /*!< Counters of the worker. */
	const struct counters *all;
	size_t all_count; /*!< Sets whose sum the sensor's hash gives. */
	const char *sensor;
	const char *state; /*!< Directory of the journal; NULL: a temporary one. */
	const char *again; /*!< The --state that finds the journal again; NULL: the same. */
	bool remove;       /*!< Remove the journal when all is delivered. */
	/*! The most time that publishers take at the end, or are killed; 0: no bound. */
	unsigned drain_ms;
	unsigned stall_ms; /*!< The most time at the end without a reply; 0: no bound. */
	uint64_t journal_max;
	enum journal_sync journal_sync;

	/*! When the journal or the disk is full: wait for room instead of dropping the
	 *  newest event, as long as there is a sign of life every OUTPUTS_PATIENCE_S. */
	bool patient;

	/*! Called several times a second during a wait for publishers. False (the user
	 *  asks to stop) ends the wait for room, and the publishers after
	 *  OUTPUTS_STOP_S. May be NULL. */
	bool (*waiting)(void *ctx);
	void *waiting_ctx;

	/*! Called first in the process of a publisher; on false the process ends. May be NULL. */
	bool (*confine)(void);

	/*! Called in the process of a publisher: wipes the passwords of all other targets, as
	 *  outputs_forget() does. May be NULL. */
	void (*forget)(void *ctx, const struct redis_url *keep);
	void *forget_ctx;
};

/*!
 * \brief Reads the targets; opens nothing.
 *
 * \param error  On failure: the target, the mistake and the correct form.
 *
 * \return NULL on failure.
 */
struct outputs *outputs_parse(const char *const *targets, size_t count,
                              char error[OUTPUTS_ERROR_MAX]);

/*! \brief True if a target needs the journal. */
bool outputs_need_journal(const struct outputs *outputs);

/*! \brief The names of the targets, in their order. */
void outputs_name(const struct outputs *outputs, struct counters_names *names);

/*! \brief Opens the local targets; `error` is set on failure. */
bool outputs_open_local(struct outputs *outputs, char error[OUTPUTS_ERROR_MAX]);

/*!
 * \brief Opens the journal and starts the publishers, if any target needs them.
 *
 * \param config  Borrowed until outputs_close().
 */
bool outputs_start(struct outputs *outputs, const struct outputs_config *config,
                   char error[OUTPUTS_ERROR_MAX]);

/*! \brief Wipes passwords in the texts of targets, and the one in the environment. */
void outputs_conceal(const char *const *targets, size_t count);

/*! \brief In another child: closes and frees what it has inherited. NULL is allowed. */
void outputs_leave(struct outputs *outputs);

/*! \brief Wipes the passwords of all targets but one; NULL: of all. */
void outputs_forget(struct outputs *outputs, const struct redis_url *keep);

/*! \brief Ends the publishers' pipes, once no other process has them open: no more events come. */
void outputs_close_wakes(struct outputs *outputs);

/*! \brief The folder of the journal, open; -1: there is none. */
int outputs_journal_fd(const struct outputs *outputs);

/*!
 * \brief In a forked worker: takes over the writing of events.
 *
 * \param locks  One for each target, or NULL; borrowed.
 * \param again  The worker replaces one that has died.
 *
 * \return 0, or a negative errno value: the journal cannot be written.
 */
int outputs_take_over(struct outputs *outputs, struct line_lock *locks, bool again);

/*! \brief Ends the outputs of a forked worker: writes all events, frees. Returns as
 * outputs_close(). */
bool outputs_end(struct outputs *outputs);

/*! \brief Restarts publishers that have died, as does outputs_flush(). */
void outputs_maintain(struct outputs *outputs);

/*! \brief Takes an event for all targets. */
void outputs_emit(struct outputs *outputs, const struct record *record);

/*!
 * \brief Writes what was taken, if a hit is among it, so that SIGKILL loses no hit.
 *
 * Publishers are woken, and disks synchronised, by the next `outputs_flush()`.
 */
void outputs_keep(struct outputs *outputs);

/*! \brief Writes what was taken, and wakes the publishers. */
void outputs_flush(struct outputs *outputs);

/*!
 * \brief False when no target can take events any more: all have failed for good, or the
 *        wait for room has.
 */
bool outputs_alive(const struct outputs *outputs);

/*!
 * \brief Delivers the rest, stops the publishers and frees.
 *
 * \return False when an event could not be delivered; the reason was logged.
 */
bool outputs_close(struct outputs *outputs);
