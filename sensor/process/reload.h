/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reloads the rules while packets are processed.
 *
 * A thread compiles the new set from a bundle, which the supervisor has read. It shares nothing
 * with the packet loop except the finished set, and blocks all signals. There is one thread at a
 * time: a request during a reload starts another one after it, of the bundle that was given last.
 */
#pragma once

#include <stdbool.h>

#include "rules/ruleset/ruleset.h"

struct reload;

/*!
 * \param base       The rules of the start, which live to the end of the process; borrowed.
 * \param min_ratio  A new set is refused when a file has less than this share of the
 *                   indicators that it had.
 * \param quiet      Log no errors: another process reads the same rules and logs them.
 *
 * \return NULL when out of memory.
 */
struct reload *reload_new(const struct ruleset *base, double min_ratio, bool quiet);

/*! \brief Requests a reload of a bundle, whose descriptor it closes; returns at once. */
void reload_ask(struct reload *reload, int bundle);

/*!
 * \brief Takes the result of a reload that has ended; its errors are logged.
 *
 * \param current  The set in force, to compare with.
 * \param stats    Filled in when the outcome is not RELOAD_NOTHING.
 * \param fresh    Set to the new set, now the caller's, for RELOAD_FRESH.
 */
enum reload_outcome {
	RELOAD_NOTHING, /*!< No reload was requested, or it has not ended. */
	RELOAD_REFUSED, /*!< Errors, or too few indicators: the old set stays. */
	RELOAD_FRESH,
} reload_take(struct reload *reload, const struct ruleset *current, struct ruleset_stats *stats,
              struct ruleset **fresh);

/*!
 * \brief Frees; NULL is allowed.
 *
 * Waits for a reload for one second. After that the thread is left to the end of the process,
 * which must not wait for millions of rules.
 */
void reload_free(struct reload *reload);
