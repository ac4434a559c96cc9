/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads the rules again while the packets go on.
 *
 * A thread reads and compiles the new set aside: it shares nothing with the loop but
 * the set that it hands over when all is done, and takes no signals. One thread at a
 * time; who asks while it reads gets another reading after it, since what it has read
 * by then may be old.
 */
#pragma once

#include "rules/ruleset/ruleset.h"
#include "sensor/options/options.h"

struct reload;

/*!
 * \param rules      Where the rules are; borrowed.
 * \param min_ratio  A new set is refused when a file has less than this share of the
 *                   indicators that it had.
 * \param quiet      Another process reads the same, and says what is wrong with it.
 *
 * \return NULL without memory.
 */
struct reload *reload_new(const struct options_list *rules, double min_ratio, bool quiet);

/*! \brief Asks for a reading; returns at once. */
void reload_ask(struct reload *reload);

/*!
 * \brief Takes over what was read, if a reading has ended; what is wrong with it is said.
 *
 * \param current  The set in force, to compare with.
 * \param stats    Filled in when the outcome is not RELOAD_NOTHING.
 * \param fresh    Set to the new set, now the caller's, for RELOAD_FRESH.
 */
enum reload_outcome {
	RELOAD_NOTHING, /*!< Nobody asked, or it is still being read. */
	RELOAD_REFUSED, /*!< Errors, or too few indicators: the old set stays. */
	RELOAD_FRESH,
} reload_take(struct reload *reload, const struct ruleset *current, struct ruleset_stats *stats,
              struct ruleset **fresh);

/*!
 * \brief Frees; NULL is nothing.
 *
 * A reading is waited for a second at most: beyond that it is left to the end of the
 * process, which is not to wait for millions of rules.
 */
void reload_free(struct reload *reload);
