/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Outputs that the worker writes itself: standard output, a file, or none.
 *
 * A file, a pipe and a terminal are queues in the kernel: write(2) delivers, so these
 * outputs need no journal. Lines are gathered and written together. What could not be
 * written waits for the next flush, which continues a torn line.
 *
 * Limits: LOCAL_WAITING_MAX octets wait; events beyond it are refused. A reader that is slow,
 * and a writer that holds the lock, are waited for as long as struct local_patience allows. The
 * wait after that does not begin before the place takes something again.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/journal/record.h"
#include "sensor/outputs/line_lock.h"

#define LOCAL_WAITING_MAX (16U << 20)
/*! \brief How long the last lines may take after the user has asked to stop. */
#define LOCAL_STOP_MS 500

enum local_form {
	LOCAL_JSON, /*!< One object a line. */
	LOCAL_TEXT, /*!< One human-readable line an event. */
	LOCAL_NULL, /*!< Counts, writes nothing. */
};

struct local;

/*!
 * \param path  A file to append to; NULL: standard output.
 *
 * \return NULL with errno set.
 */
struct local *local_open(enum local_form form, const char *path);

/*! \brief How long lines are written before they wait in memory; by default without a limit. */
struct local_patience {
	unsigned wait_ms;         /*!< 0: no limit. */
	unsigned end_ms;          /*!< For local_finish(); 0: no limit. */
	bool (*go_on)(void *ctx); /*!< False: the user asks to stop; may be NULL. */
	void *ctx;
};

void local_set_patience(struct local *local, const struct local_patience *patience);

/*!
 * \brief Shares the place with other processes.
 *
 * \param lock  Borrowed; for the same place in all of them.
 */
void local_share(struct local *local, struct line_lock *lock);

/*! \brief "standard output", or the file's path. */
const char *local_name(const struct local *local);

/*! \return False when the event is refused; nothing of it is kept. */
bool local_add(struct local *local, const struct record *record);

/*!
 * \brief Writes the waiting lines.
 *
 * \param delivered  Events that were written whole since the last call.
 *
 * \return 0, or an errno value; the rest goes on waiting.
 */
int local_flush(struct local *local, uint64_t *delivered);

/*! \brief As local_flush(), for the last time. */
int local_finish(struct local *local, uint64_t *delivered);

/*! \brief Events that wait. */
uint64_t local_waiting(const struct local *local);

void local_close(struct local *local);
