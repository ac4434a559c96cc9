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
	const struct ruleset *base; /*!< The set whose Public Suffix List the new rules use. */
	int bundle; /*!< Descriptor of a bundle (bundle.h) of the new and the installed rules. */
	const char *path; /*!< The path of the new rules in the bundle. */
	int rules;        /*!< Descriptor of the new rules. */
	int before;       /*!< Descriptor of the rules of the last set; -1: there are none. */
	struct fetch_report *report;
};

/*! \brief Compares the new rules with the last ones, checks them, and logs the indicators that
 *         vetting leaves out. It can be used as a child_work_t. */
bool checker_work(void *checker);
