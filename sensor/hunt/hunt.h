/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Matches rules with the rows of a history, in a folder or in ClickHouse: `nsmx hunt`.
 *
 * Rows are matched by the code that matches packets (sensor/hits/hits.h). There is an event for
 * each pair of a rule and a value of a row that the rule matches.
 */
#pragma once

#include "sensor/options/options.h"

/*! \brief Runs a hunt. \return The exit status of the program; errors have been logged. */
int hunt_run(const struct options *options);
