/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Live capture: starts the workers, supervises them, and delivers their events until
 *        SIGINT or SIGTERM.
 */
#pragma once

#include "sensor/options/options.h"

/*! \brief Runs `nsmx run`. \return The exit status of the program; failures have been logged. */
int live_run(const struct options *options);
