/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Loads the rules of a sensor, from the paths of --rules or from the installed sets,
 *        and logs their errors.
 */
#pragma once

#include <stddef.h>

#include "rules/ruleset/ruleset.h"
#include "sensor/options/options.h"

/*!
 * \brief Loads the rules and logs every error as `file:line:column: message`.
 *
 * \param given  May be empty: the installed sets are loaded.
 *
 * \return NULL when there is an error.
 */
struct ruleset *rules_source_load(const struct options_list *given, struct ruleset_stats *stats);

/*!
 * \brief Reads the files of the rules for processes that may not open any.
 *
 * \return A descriptor of a bundle (bundle.h) that nobody can change any more, the caller's;
 *         -1 on failure, which is logged. A file that cannot be read is no failure: the error
 *         is in the bundle.
 */
int rules_source_bundle(const struct options_list *given);

/*! \brief As rules_source_load(), from a bundle; see ruleset_load_bundle(). */
struct ruleset *rules_source_load_bundle(int fd, const struct ruleset *base,
                                         struct ruleset_stats *stats);

/*! \brief Logs an error in a rule file; a rule_complain_t. */
void rules_source_complain(void *ctx, const char *file, size_t line, size_t column,
                           const char *message);

/*! \brief Logs what was left out of a rule file; a rule_complain_t. */
void rules_source_warn(void *ctx, const char *file, size_t line, size_t column,
                       const char *message);
