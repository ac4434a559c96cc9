/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads captures from their first packet to their last and delivers the events.
 *
 * One worker reads all captures in this process. Several workers are processes of their
 * own, and each reads its share of the captures.
 */
#pragma once

#include "sensor/options/options.h"

/*!
 * \param options  The operands are captures, folders, or `-`. `workers` is reduced to the
 *                 number of captures.
 *
 * \return An exit status; what failed was logged.
 */
int replay_run(struct options *options);
