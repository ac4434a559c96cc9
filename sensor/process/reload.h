/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reloads the rules while packets are processed.
 *
 * Another process compiles the new rule set for all workers. In each worker, a thread maps and
 * checks this set while the worker processes packets. Thread and worker share only the finished
 * set. The thread blocks all signals. At most one thread runs at a time. If requests come during a
 * reload, another reload follows, with the latest set.
 */
#pragma once

#include <stdbool.h>

#include "rules/ruleset/ruleset.h"

struct reload;

/*!
 * \brief Creates an object that can reload rules. The thread starts with the first request.
 *
 * \param base       The rules with which the worker started. Borrowed; they must live until the
 *                   process ends.
 * \param min_ratio  0 to 1. A new set is refused if one of its files has less than this share of
 *                   the indicators that the same file had in the current set.
 * \param quiet      True: log no errors, because another process reads the same rules and logs the
 *                   errors.
 *
 * \return NULL when out of memory.
 */
struct reload *reload_new(const struct ruleset *base, double min_ratio, bool quiet);

/*!
 * \brief Requests a reload of compiled rules (rules_source_compile()) and returns at once. This
 *        module closes `image` when it no longer needs it.
 */
void reload_ask(struct reload *reload, int image);

enum reload_outcome {
	RELOAD_NOTHING, /*!< No reload was requested, or it has not ended. */
	/*! The new set has errors or too few indicators, and the old set is kept. */
	RELOAD_REFUSED,
	RELOAD_FRESH, /*!< `fresh` is the new set. */
};

/*!
 * \brief Takes the result of a reload that has ended, and logs its errors.
 *
 * \param current  The set in use, with which the new one is compared.
 * \param stats    Receives the counts, unless the outcome is RELOAD_NOTHING.
 * \param fresh    Receives the new set if the outcome is RELOAD_FRESH; the caller frees it.
 */
enum reload_outcome reload_take(struct reload *reload, const struct ruleset *current,
                                struct ruleset_stats *stats, struct ruleset **fresh);

/*! \brief Returns why a sensor that has started with `base` cannot use a new set; NULL: it can use
 *         the set. */
const char *reload_objection(const struct ruleset *fresh, const struct ruleset *base);

/*!
 * \brief Frees the object. NULL is allowed.
 *
 * The call waits at most one second for a reload to end, because reading millions of rules must not
 * delay the end of the process. A thread that is still running ends with the process.
 */
void reload_free(struct reload *reload);
