/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The child process that checks new rules as `rules check` does, and compares them with the
 *        last set. It opens no file and no socket.
 */
#pragma once

#include <stdbool.h>

#include "rules/ruleset/ruleset.h"
#include "sensor/fetch/fetch_config.h"
#include "sensor/fetch/report.h"

struct checker {
	const struct fetch_feed *feed;
	const struct ruleset *base; /*!< The installed rules, which have the protected names. */
	int bundle;                 /*!< The new rules with the installed ones (bundle.h). */
	const char *path;           /*!< The path of the new rules in the bundle. */
	int rules;                  /*!< The new rules. */
	int before;                 /*!< The last rules; -1: there are none. */
	struct fetch_report *report;
};

/*! \brief Checks and compares; logs indicators that vetting leaves out. It can be used as a
 *         child_work_t. */
bool checker_work(void *checker);
