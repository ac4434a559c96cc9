/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Loads the rules of a sensor, from the paths of --rules or from the installed sets,
 *        and logs their errors.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "rules/ruleset/ruleset.h"
#include "sensor/options/options.h"

/*!
 * \brief Loads the rules and logs every error as `file:line:column: message`.
 *
 * \param given  The paths of --rules. If there are none, the installed sets are loaded.
 *
 * \return NULL when there is an error.
 */
struct ruleset *rules_source_load(const struct options_list *given, struct ruleset_stats *stats);

/*! \brief Writes the path of the folder of the installed sets, or of those in the source tree.
 *         \return Whether it exists. */
bool rules_source_sets(char path[PATH_MAX]);

/*!
 * \brief Reads the files of the rules for processes that have no right to open files.
 *
 * \return The descriptor of a bundle (bundle.h), which is sealed against changes and which the
 *         caller closes; -1 on failure, which was logged. An unreadable file is not a failure; the
 *         bundle contains its error.
 */
int rules_source_bundle(const struct options_list *given);

/*!
 * \brief Does the same as rules_source_load() with the files of a bundle; see
 *        ruleset_load_bundle().
 */
struct ruleset *rules_source_load_bundle(int fd, const struct ruleset *base,
                                         struct ruleset_stats *stats);

/*! \brief Logs an error in a rule file. It can be used as a rule_complain_t. */
void rules_source_complain(void *ctx, const char *file, size_t line, size_t column,
                           const char *message);

/*! \brief Logs what was left out of a rule file. It can be used as a rule_complain_t. */
void rules_source_warn(void *ctx, const char *file, size_t line, size_t column,
                       const char *message);
