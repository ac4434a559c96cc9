/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Signals set flags, or wait to be asked for; the loop does the work.
 *
 * A process of its own: SIGINT and SIGTERM ask to stop, a second one ends it at once.
 * A worker: SIGTERM asks to stop, however often it comes; SIGHUP asks for a reload. A
 * process that looks after others holds them back, and waits for the next. SIGPIPE is
 * ignored by all: a write tells.
 */
#pragma once

#include <stdbool.h>

/*! \brief For a process of its own. */
void signals_install(void);

/*! \brief For a worker, forked by a process that holds signals back: it ends with that. */
void signals_install_worker(void);

bool signals_stop(void);

/*! \brief True once for each SIGHUP. */
bool signals_reload(void);

/*! \brief From now on SIGINT, SIGTERM, SIGHUP, SIGUSR1 and SIGCHLD wait. */
void signals_hold(void);

/*!
 * \brief The next of them, or 0 when none has come in `timeout_ms`. One that asks to stop
 *        does so for signals_stop(), too.
 */
int signals_next(int timeout_ms);
