/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The console: pages and APIs over what a sensor has seen (`nsmx serve`).
 *
 * It is no part of a sensor: it only reads the history and the events, without a lock, and has
 * processes of its own. One of them serves clients, the others answer queries; when one dies, this
 * process starts another.
 */
#pragma once

#include "sensor/options/options.h"

/*! \brief Serves until SIGINT or SIGTERM. \return The exit status of the program. */
int console_run(const struct options *options);
