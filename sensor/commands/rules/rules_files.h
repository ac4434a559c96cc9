/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Loads the rules that the operands of a command name: files, folders, sets in a Redis.
 */
#pragma once

#include "sensor/process/rules_source.h"

/*!
 * \brief Loads the files, and logs every error.
 *
 * \return EXIT_DONE, and the caller frees `set`; or, after an error, the exit status of the
 *         program.
 */
int rules_files_load(const struct options_operands *paths, struct ruleset **set,
                     struct ruleset_stats *stats);
