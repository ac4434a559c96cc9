/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Handles signals. The handlers set flags, which the main loop checks.
 *
 * In a program of one process, SIGINT or SIGTERM requests a stop; a second such signal kills the
 * process. In a worker, SIGTERM requests a stop and SIGHUP a reload. The supervisor blocks signals
 * and receives them one by one with signals_next(). All processes ignore SIGPIPE, so that a write
 * to a closed pipe fails with EPIPE.
 */
#pragma once

#include <stdbool.h>

/*! \brief Installs the handlers of a program of one process. */
void signals_install(void);

/*!
 * \brief Installs the handlers of a worker. If the supervisor ends, the worker is asked to stop.
 */
void signals_install_worker(void);

/*!
 * \brief Installs the handlers of a process whose end the parent decides. The process ignores the
 *        signals that go to a whole terminal or unit. SIGTERM ends it. If the parent ends, the
 *        kernel ends it with SIGKILL.
 */
void signals_leave_to_parent(void);

/*! \brief Returns true once a stop was requested. */
bool signals_stop(void);

/*! \brief Returns true if SIGHUP arrived since the last call. */
bool signals_reload(void);

/*!
 * \brief Blocks SIGHUP and SIGUSR1, so that they end no process that is not ready for them. Call it
 *        before the first process is started; signals_next() then receives them.
 */
void signals_hold_requests(void);

/*! \brief Blocks SIGINT, SIGTERM, SIGHUP, SIGUSR1 and SIGCHLD. */
void signals_hold(void);

/*!
 * \brief Waits for the next blocked signal. After SIGINT and SIGTERM, signals_stop() also returns
 *        true.
 *
 * \return The number of the signal; 0 if none came within `timeout_ms`.
 */
int signals_next(int timeout_ms);
