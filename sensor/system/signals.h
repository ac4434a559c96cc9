/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Signal handlers set flags, which the main loop checks.
 *
 * Single process: SIGINT and SIGTERM ask to stop, a second one kills. Worker: SIGTERM asks to
 * stop, SIGHUP asks for a reload. Supervisor: signals are blocked and taken one by one with
 * signals_next(). SIGPIPE is ignored everywhere: the write fails with EPIPE.
 */
#pragma once

#include <stdbool.h>

/*! \brief Installs the handlers in a single process. */
void signals_install(void);

/*! \brief Installs them in a worker of a supervisor; the worker stops if the supervisor ends. */
void signals_install_worker(void);

/*! \brief True after a signal to stop. */
bool signals_stop(void);

/*! \brief True once after a SIGHUP. */
bool signals_reload(void);

/*! \brief Blocks SIGINT, SIGTERM, SIGHUP, SIGUSR1 and SIGCHLD. */
void signals_hold(void);

/*!
 * \brief Waits for the next blocked signal; SIGINT and SIGTERM also set signals_stop().
 *
 * \return Its number; 0 after `timeout_ms`.
 */
int signals_next(int timeout_ms);
