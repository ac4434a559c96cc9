/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The outputs of events, one for each `--output TARGET`.
 *
 * A worker writes to local targets itself (see local.h). For targets in the network, which are
 * Redis and syslog, it writes events to the journal. For each of these targets, a publisher process
 * delivers the events from the journal, so that the worker never waits for the network.
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
 * \brief Seconds for which a replay waits for an output that has answered before and is silent now.
 *        The time starts again with each delivered event, and with each reply of -LOADING.
 *
 * A publisher may pause for 30 s between two attempts.
 */
#define OUTPUTS_PATIENCE_S 60
/*!
 * \brief The longest time, in seconds, for delivering the remaining events after the user has asked
 *        to stop.
 */
#define OUTPUTS_STOP_S 3

struct outputs;
struct redis_url;

/*! \brief The configuration of outputs. Pointers are borrowed. */
struct outputs_config {
	struct counters *counters; /*!< Counters of the worker. */
	/*! Counters of all workers, whose sums the heartbeat writes. */
	const struct counters *all;
	size_t all_count;   /*!< Elements of `all`. */
	const char *sensor; /*!< The value of observer.name. */
	const char *state;  /*!< Directory of the journal; NULL: a temporary one. */
	/*! For messages: the value of --state with which a later run finds this journal; NULL: the
	 * directory of the journal. */
	const char *again;
	bool remove; /*!< Whether to remove the journal when all events are delivered. */
	/*! How long, in ms, publishers may still run after their pipes were closed. Then they are
	 * killed; 0: no limit. */
	unsigned drain_ms;
	/*! How long, in ms, a publisher whose pipe was closed waits for a target that accepts no
	 * event. Then it ends; 0: no limit. If the target has answered before, the publisher
	 * waits for at least OUTPUTS_PATIENCE_S. */
	unsigned stall_ms;
	uint64_t journal_max;           /*!< The largest size of the journal in bytes. */
	enum journal_sync journal_sync; /*!< Determines when records are written to the disk. */

	/*!
	 * Whether to wait when the journal or the disk is full, instead of dropping the newest
	 * event. The wait fails when no output has delivered an event for OUTPUTS_PATIENCE_S.
	 */
	bool patient;

	/*!
	 * Called several times a second during a wait for publishers. It returns false when the
	 * user asks to stop. A wait for room then ends at once. Publishers that still run after
	 * OUTPUTS_STOP_S are killed, unless `drain_ms` sets another limit. May be NULL.
	 */
	bool (*waiting)(void *ctx);
	void *waiting_ctx;

	/*!
	 * Called at the start of the process of a publisher. If it returns false, the process ends.
	 * May be NULL.
	 */
	bool (*confine)(void);

	/*! Called in the process of a publisher. It wipes the passwords of all targets but `keep`,
	 * as outputs_forget() does. May be NULL. */
	void (*forget)(void *ctx, const struct redis_url *keep);
	void *forget_ctx;
};

/*!
 * \brief Parses the targets without opening them.
 *
 * \param error  Receives, on failure, the target, the mistake and the correct form.
 *
 * \return NULL on failure.
 */
struct outputs *outputs_parse(const char *const *targets, size_t count,
                              char error[OUTPUTS_ERROR_MAX]);

/*! \brief Leaves hits out of texts on a terminal, because incidents have them. Call it after
 *         outputs_open_local(). \return False if no output is a text on a terminal. */
bool outputs_group_hits(struct outputs *outputs);

/*! \brief Returns true if a target needs the journal. */
bool outputs_need_journal(const struct outputs *outputs);

/*! \brief Returns true if a target receives rows of the history (rows_output.h). */
bool outputs_want_rows(const struct outputs *outputs);

/*! \brief Writes the names of the targets, in the order of the command line. */
void outputs_name(const struct outputs *outputs, struct counters_names *names);

/*! \brief Sets to whom files belong that outputs_open_local() creates: the user who has to open
 *         them again. */
void outputs_set_owner(struct outputs *outputs, uid_t user, gid_t group);

/*! \brief Opens the local targets. \return False on failure, with `error` set. */
bool outputs_open_local(struct outputs *outputs, char error[OUTPUTS_ERROR_MAX]);

/*!
 * \brief Opens all files again, because they may have been renamed; see local_open_again().
 *
 * \return The number of descriptors, in the order of the targets. The caller closes them.
 */
size_t outputs_open_files_again(const struct outputs *outputs, int fds[OUTPUTS_MAX]);

/*!
 * \brief Writes to the files that outputs_open_files_again() has opened, here or in another
 * process, and closes them at the end.
 */
void outputs_replace_files(struct outputs *outputs, const int *fds, size_t count);

/*!
 * \brief Opens the journal and starts the publishers, if any target needs them.
 *
 * \param config  Borrowed until outputs_close().
 *
 * \return False on failure, with `error` set.
 */
bool outputs_start(struct outputs *outputs, const struct outputs_config *config,
                   char error[OUTPUTS_ERROR_MAX]);

/*! \brief Wipes the passwords in the texts of targets, and the password in the environment. */
void outputs_conceal(const char *const *targets, size_t count);

/*!
 * \brief Closes and frees the outputs in a child that has inherited them and does not use them.
 *        NULL is allowed.
 */
void outputs_leave(struct outputs *outputs);

/*! \brief Wipes the passwords of all targets except `keep`, which may be NULL. */
void outputs_forget(struct outputs *outputs, const struct redis_url *keep);

/*!
 * \brief Closes the write ends of the publishers' pipes. When no process has the write end of its
 *        pipe open any more, a publisher knows that no further events follow.
 */
void outputs_close_wakes(struct outputs *outputs);

/*! \brief Returns the descriptor of the journal's directory; -1 if there is no journal. */
int outputs_journal_fd(const struct outputs *outputs);

/*!
 * \brief Prepares a forked worker to write events.
 *
 * \param locks  One lock for each target, borrowed; NULL: this is the only writer.
 * \param again  The worker replaces one that has died.
 *
 * \return 0, or a negative errno value when the journal cannot be written.
 */
int outputs_take_over(struct outputs *outputs, struct line_lock *locks, bool again);

/*!
 * \brief Ends the outputs of a forked worker: writes all events, and frees the outputs. \return
 *        False when an event could not be written; the reason was logged.
 */
bool outputs_end(struct outputs *outputs);

/*! \brief Restarts publishers that have died. outputs_flush() does this, too. */
void outputs_maintain(struct outputs *outputs);

/*! \brief Adds an event for all targets. */
void outputs_emit(struct outputs *outputs, const struct record *record);

/*!
 * \brief Writes the added events if one of them is a hit, so that SIGKILL loses no hit.
 *
 * The next outputs_flush() wakes the publishers, and syncs the journal to the disk if that is due.
 */
void outputs_keep(struct outputs *outputs);

/*! \brief Writes the added events, and wakes the publishers. */
void outputs_flush(struct outputs *outputs);

/*!
 * \brief Returns false when no target can accept events any more, because all have failed
 *        permanently or because the wait for room in the journal has failed.
 */
bool outputs_alive(const struct outputs *outputs);

/*!
 * \brief Delivers the remaining events, stops the publishers and frees the outputs.
 *
 * \return False when an event could not be delivered; the reason was logged.
 */
bool outputs_close(struct outputs *outputs);
