/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Loads the rules of a sensor, from what --rules names or from the installed sets, and logs
 *        their errors.
 *
 * The values of --rules are files, folders and URLs of Redis. A URL means the set that
 * `nsmx rules push` has sent to that Redis. A live capture does not ask Redis here: it reads the
 * last set that it accepted from the folder of --state (fleet_copy.h). All other commands read the
 * set from Redis.
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
 * \brief Loads rules from files, folders and Redis. `words` are their paths and URLs from the
 *        command line; the passwords in the URLs are overwritten.
 *
 * \return NULL when there is an error, which was logged.
 */
struct ruleset *rules_source_load_words(char *const *words, size_t count,
                                        struct ruleset_stats *stats);

/*! \brief Writes the path of the folder of the installed sets. If they are not installed, and the
 *         program runs in its build folder, this is the folder in the source tree. \return Whether
 *         the folder exists. */
bool rules_source_sets(char path[PATH_MAX]);

/*!
 * \brief Reads the files of the rules for processes that have no right to open files.
 *
 * \param set  The set that takes the place of a Redis URL in --rules; NULL: the one that
 *             rules_source_load() uses.
 *
 * \return The descriptor of a bundle (bundle.h); -1 on failure, which was logged. The bundle is
 *         sealed against changes; the caller closes it. An unreadable file is not a failure: the
 *         bundle then contains an error for this file.
 */
int rules_source_bundle(const struct options *options, const struct fleet_set *set);

/*!
 * \brief Compiles the rules, and writes the set to a file, for rules_source_map(). Errors are
 *        logged as by rules_source_load().
 *
 * \param base     A set whose Public Suffix List is used.
 * \param confine  Called when all files are open. It drops the rights of the process, and returns
 *                 false on failure.
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
 * \return NULL if the file is empty, which means that the rules had errors; also NULL on failure,
 *         which was logged.
 */
struct ruleset *rules_source_map(int image, const struct ruleset *base,
                                 struct ruleset_stats *stats);

/*! \brief Logs an error in a rule file. It can be used as a rule_complain_t. */
void rules_source_complain(void *ctx, const char *file, size_t line, size_t column,
                           const char *message);

/*! \brief Logs what was left out of a rule file. It can be used as a rule_complain_t. */
void rules_source_warn(void *ctx, const char *file, size_t line, size_t column,
                       const char *message);
