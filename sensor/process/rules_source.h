/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Where rules come from: the paths that were given, else the installed sets;
 *        and how their errors are said.
 */
#pragma once

#include <stddef.h>

#include "rules/ruleset/ruleset.h"
#include "sensor/options/options.h"

/*!
 * \brief Loads the rules and says every error as `file:line:column: message`.
 *
 * \param given  May be empty.
 *
 * \return NULL when there is any error.
 */
struct ruleset *rules_source_load(const struct options_list *given, struct ruleset_stats *stats);

/*! \brief Says an error of a rule file on standard error; fits rule_complain_t. */
void rules_source_complain(void *ctx, const char *file, size_t line, size_t column,
                           const char *message);

/*! \brief Says what was left out of a rule file, in the same way. */
void rules_source_warn(void *ctx, const char *file, size_t line, size_t column,
                       const char *message);
