/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Loads the rules of a sensor, from what --rules names or from the installed sets, and logs
 *        their errors.
 *
 * --rules names files, folders, and sets that `nsmx rules push` has sent to a Redis. A live capture
 * does not ask Redis here: it has the last set that it accepted, in the folder of --state
 * (fleet_copy.h). All other commands read the set from Redis.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "rules/ruleset/ruleset.h"
#include "sensor/fleet/fleet_set.h"
#include "sensor/options/options.h"

/*!
 * \brief Loads the rules and logs every error as `file:line:column: message`.
 *
 * If the set in the folder of --state has become unreadable, a live capture starts without it,
 * which is logged.
 *
 * \return NULL when there is an error.
 */
struct ruleset *rules_source_load(const struct options *options, struct ruleset_stats *stats);

/*!
 * \brief Loads the rules that words of the command line name: files, folders, and sets in a Redis,
 *        the passwords of whose URLs are overwritten.
 *
 * \return NULL when there is an error, which was logged.
 */
struct ruleset *rules_source_load_words(char *const *words, size_t count,
                                        struct ruleset_stats *stats);

/*! \brief Writes the path of the folder of the installed sets, or of those in the source tree.
 *         \return Whether it exists. */
bool rules_source_sets(char path[PATH_MAX]);

/*!
 * \brief Reads the files of the rules for processes that have no right to open files.
 *
 * \param set  A set of rules, in place of the one in the folder of --state; NULL: that one.
 *
 * \return The descriptor of a bundle (bundle.h), which is sealed against changes and which the
 *         caller closes; -1 on failure, which was logged. An unreadable file is not a failure; the
 *         bundle contains its error.
 */
int rules_source_bundle(const struct options *options, const struct fleet_set *set);

/*!
 * \brief Compiles the rules, and writes the set to a file, for rules_source_map(). Errors are
 *        logged as by rules_source_load().
 *
 * \param base     A set whose Public Suffix List is used.
 * \param confine  Called when all files are open: the process then gives up its rights.
 * \param image    An empty file, open for reading and writing.
 *
 * \return False on failure, which was logged.
 */
bool rules_source_compile(const struct options *options, const struct ruleset *base,
                          bool (*confine)(void), int image, struct ruleset_stats *stats);

/*!
 * \brief Maps a set that another process has compiled. The memory is shared by all processes that
 *        map it; see ruleset_map().
 *
 * \return NULL if the file is empty, because there were errors, or on failure, which was logged.
 */
struct ruleset *rules_source_map(int image, const struct ruleset *base,
                                 struct ruleset_stats *stats);

/*! \brief Logs an error in a rule file. It can be used as a rule_complain_t. */
void rules_source_complain(void *ctx, const char *file, size_t line, size_t column,
                           const char *message);

/*! \brief Logs what was left out of a rule file. It can be used as a rule_complain_t. */
void rules_source_warn(void *ctx, const char *file, size_t line, size_t column,
                       const char *message);
