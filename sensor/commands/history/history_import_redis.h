/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Imports the rows that sensors send through Redis. */
#pragma once

#include <stdbool.h>

#include "sensor/options/options.h"

/*!
 * \brief Imports rows from the Redis at this URL into the history in ClickHouse, until SIGINT or
 *        SIGTERM.
 *
 * \param target  The URL of the Redis; its password is overwritten.
 *
 * \return The exit status; failures have been logged.
 */
int history_import_redis(const struct options *options, char *target);
