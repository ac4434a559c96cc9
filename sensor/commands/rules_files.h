/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The rule files that the operands of a command name.
 */
#pragma once

#include "sensor/process/rules_source.h"

/*!
 * \brief Loads them; every error is logged.
 *
 * \return EXIT_DONE with a set that the caller frees, or the status to exit with.
 */
int rules_files_load(const struct options_operands *paths, struct ruleset **set,
                     struct ruleset_stats *stats);
