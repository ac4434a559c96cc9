/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reloads the rules while packets are processed.
 *
 * A thread maps and checks the new rule set, which another process has compiled for all workers,
 * while the worker processes packets. Thread and worker share only the finished set. The thread
 * blocks all signals. At most one thread runs at a time. If requests come during a reload, another
 * reload follows, with the latest set.
 */
#pragma once

#include <stdbool.h>

#include "rules/ruleset/ruleset.h"

struct reload;

/*!
 * \brief Creates an object that can reload rules. The thread starts with the first request.
 *
 * \param base       The rules with which the worker started, which live until the process ends;
 *                   borrowed.
 * \param min_ratio  A new set is refused when a file has less than this share of the indicators
 *                   that it had in the current set; 0 to 1.
 * \param quiet      Log no errors, because another process reads the same rules and logs their
 *                   errors.
 *
 * \return NULL when out of memory.
 */
struct reload *reload_new(const struct ruleset *base, double min_ratio, bool quiet);

/*!
 * \brief Requests a reload of compiled rules (rules_source_compile()) and returns at once. The
 *        descriptor is closed later.
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

/*! \brief Returns why a new set cannot be used by a sensor that has started with `base`; NULL: it
 * can.
 */
const char *reload_objection(const struct ruleset *fresh, const struct ruleset *base);

/*!
 * \brief Frees the object. NULL is allowed.
 *
 * The call waits at most one second for a reload to end, because reading millions of rules must not
 * delay the end of the process. A thread that is still running ends with the process.
 */
void reload_free(struct reload *reload);
