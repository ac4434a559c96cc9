/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Signal handlers set flags, which the main loop checks.
 *
 * In a program of one process, SIGINT or SIGTERM requests a stop, and a second one kills. In a
 * worker, SIGTERM requests a stop and SIGHUP a reload. The supervisor blocks signals and takes
 * them one by one with signals_next(). All processes ignore SIGPIPE, so that the write fails
 * with EPIPE.
 */
#pragma once

#include <stdbool.h>

/*! \brief Installs the handlers of a program of one process. */
void signals_install(void);

/*! \brief Installs the handlers of a worker, and has the worker stop if the supervisor ends. */
void signals_install_worker(void);

/*! \brief True once a stop was requested. */
bool signals_stop(void);

/*! \brief Returns true if SIGHUP arrived since the last call. */
bool signals_reload(void);

/*! \brief Blocks SIGINT, SIGTERM, SIGHUP, SIGUSR1 and SIGCHLD. */
void signals_hold(void);

/*!
 * \brief Waits for the next blocked signal; SIGINT and SIGTERM also set signals_stop().
 *
 * \return The number of the signal; 0 if none came within `timeout_ms`.
 */
int signals_next(int timeout_ms);
