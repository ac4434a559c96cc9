/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Removes the files of feeds that have ended. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sensor/fetch/fetch_state.h"

/*! \brief Removes rules, objects and state of a feed. Rules that somebody has changed stay, which
 *         is logged. \return False on failure, which was logged. */
bool retire_feed(const struct fetch_config *config, const char *name,
                 const struct fetch_state *state);

/*! \brief Removes the files of feeds that are not in feeds.conf any more. \return The number of
 *         these feeds. */
size_t retire_others(const struct fetch_config *config);
