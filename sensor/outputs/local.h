/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The outputs that the worker itself writes: standard output, a file, or none.
 *
 * An event that write(2) has accepted counts as delivered, so that these outputs need no journal.
 * Lines are collected in memory and written together. Lines that could not be written stay in
 * memory until the next flush, which continues a line that was written in part.
 *
 * Limit: LOCAL_WAITING_MAX octets in memory; events that would exceed it are refused. A call waits
 * for a slow reader, or for a writer that holds the lock, as long as struct local_patience allows.
 * After a wait has failed, calls do not wait any more, until the file or reader has accepted some
 * octets again.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "sensor/journal/record.h"
#include "sensor/outputs/line_lock.h"

#define LOCAL_WAITING_MAX (16U << 20)
/*! \brief The longest time, in ms, for writing the last lines after the user has asked to stop. */
#define LOCAL_STOP_MS 500

/*! \brief The format of the output. */
enum local_form {
	LOCAL_JSON, /*!< Each event is a line with a JSON object. */
	LOCAL_TEXT, /*!< Each event is a human-readable line; on a terminal, see terminal.h. */
	LOCAL_NULL, /*!< Events are counted and not written. */
};

struct local;

/*! \brief The rights that a file gets when it is opened. */
struct local_rights {
	/*! If `has_mode` is false, a new file gets the mode 0640 less umask(2), and an existing
	 * file keeps its mode. If `has_group` is false, the group is not changed. */
	bool has_mode, has_group;
	mode_t mode;
	gid_t group;
	/*! If `has_owner`, a file that is created belongs to `owner` and `owner_group`. */
	bool has_owner;
	uid_t owner;
	gid_t owner_group;
};

/*!
 * \brief Opens an output.
 *
 * \param path    A file to append to; NULL: standard output.
 * \param rights  Copied; NULL: the defaults.
 *
 * \return NULL with errno set.
 */
struct local *local_open(enum local_form form, const char *path, const struct local_rights *rights);

/*!
 * \brief Opens the file again, because it may have been renamed (logrotate).
 *
 * \return A descriptor for local_replace(), in this or in another process. If opening failed, which
 *         was logged, or if the output is not a regular file, it is a copy of the present
 *         descriptor. -1 when there are no descriptors left, which was logged.
 */
int local_open_again(const struct local *local);

/*! \brief Writes to this descriptor from the next line on, and closes it at the end. */
void local_replace(struct local *local, int fd);

/*!
 * \brief Limits the time for which a call tries to write lines. Lines that were not written by then
 *        stay in memory. The default is no limit.
 */
struct local_patience {
	unsigned wait_ms;         /*!< Time limit of each call in ms; 0: none. */
	unsigned end_ms;          /*!< Time limit of local_finish() in ms; 0: none. */
	bool (*go_on)(void *ctx); /*!< Returns false when the user asks to stop. May be NULL. */
	void *ctx;
};

void local_set_patience(struct local *local, const struct local_patience *patience);

/*!
 * \brief Shares the file or standard output with other processes.
 *
 * \param lock  The lock, the same one in all of these processes; borrowed.
 */
void local_share(struct local *local, struct line_lock *lock);

/*! \brief Returns "standard output", or the path of the file. */
const char *local_name(const struct local *local);

/*!
 * \brief Leaves hits out of a text on a terminal, because incidents have them. These hits count as
 *        delivered. \return False if the output is not a text on a terminal.
 */
bool local_group_hits(struct local *local);

/*! \brief Adds an event. \return False when it is refused. */
bool local_add(struct local *local, const struct record *record);

/*!
 * \brief Writes the lines in memory.
 *
 * \param delivered  Receives the number of events that were written completely since the last call.
 *
 * \return 0, or an errno value. Events that were not written stay in memory.
 */
int local_flush(struct local *local, uint64_t *delivered);

/*! \brief Does the same as local_flush(), for the last time and with the time limit `end_ms`. */
int local_finish(struct local *local, uint64_t *delivered);

/*! \brief Returns the number of events in memory. */
uint64_t local_waiting(const struct local *local);

void local_close(struct local *local);
