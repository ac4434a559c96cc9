/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads captures from their first packet to their last and delivers the events.
 *
 * A single worker reads all captures in this process. If there are several workers, each is a
 * process of its own and reads some of the captures.
 */
#pragma once

#include "sensor/options/options.h"

/*!
 * \brief Runs `nsmx replay`.
 *
 * \param options  The operands are captures, folders of captures, or `-` for standard input.
 *                 `workers` is reduced to the number of captures.
 *
 * \return The exit status of the program; failures have been logged.
 */
int replay_run(struct options *options);
