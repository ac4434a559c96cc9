/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Signals set flags; the loop does the work.
 *
 * SIGINT and SIGTERM ask to stop, a second one ends the program at once; SIGHUP
 * asks for a reload (`run` only). SIGPIPE is ignored: a write tells.
 */
#pragma once

#include <stdbool.h>

/*! \brief Installs the handlers. */
void signals_install(bool reload);

bool signals_stop(void);

/*! \brief True once for each SIGHUP. */
bool signals_reload(void);
