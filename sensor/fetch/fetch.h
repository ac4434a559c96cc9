/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Fetches the feeds of a feeds.conf, and replaces their rules.
 *
 * Each feed is read by one process, imported by a second and checked by a third (child.h). If
 * everything is valid, the new rules replace those of the last fetch at once. A feed that fails has
 * no influence on the others.
 */
#pragma once

#include <libpsl.h>
#include <stdbool.h>

#include "sensor/fetch/child.h"
#include "sensor/fetch/fetch_config.h"

struct ruleset;

/*! \brief The installed rules and the Public Suffix List, for all children. All pointers are
 *         borrowed. */
struct fetch_installed {
	/*! The installed rules. Sets of new rules use the same Public Suffix List. */
	const struct ruleset *base;
	/*! The folder of the installed rules, with which new rules are checked; NULL: none. */
	const char *sets;
	const psl_ctx_t *psl;
};

struct fetch_totals {
	size_t feeds;
	size_t fresh;   /*!< Sets that did not exist before. */
	size_t changed; /*!< Sets that replace another one. */
	size_t unchanged;
	size_t kept;    /*!< Feeds that failed, and whose last set stays. */
	size_t failed;  /*!< Feeds that failed, and have no set. */
	size_t removed; /*!< Sets that were removed. */
};

/*!
 * \brief Fetches all feeds, and logs a line for each.
 *
 * The signals of the program must be installed (signals_install()). After SIGINT or SIGTERM the
 * feeds that are left are not fetched.
 *
 * \return False if the folders cannot be used, which was logged.
 */
bool fetch_all(const struct fetch_config *config, struct child_rules *children,
               const struct fetch_installed *installed, struct fetch_totals *totals);
