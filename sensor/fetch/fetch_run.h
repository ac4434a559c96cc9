/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief A feed that is being fetched, and the steps of the fetch that child processes do. Private
 *         to sensor/fetch/. */
#pragma once

#include <stdbool.h>

#include "sensor/fetch/fetch.h"
#include "sensor/fetch/fetch_files.h"
#include "sensor/fetch/fetch_state.h"
#include "sensor/fetch/report.h"

/*! \brief A feed that is being fetched. Descriptors are -1 if they are not open. */
struct fetch_run {
	const struct fetch_config *config;
	const struct fetch_feed *feed;
	struct child_rules *children;
	const struct fetch_installed *installed;
	struct fetch_totals *totals;
	struct fetch_report *shared;  /*!< The report in memory that children write to. */
	struct fetch_report report;   /*!< The last copy of `shared`. */
	struct fetch_state state;     /*!< The state of the last good set. */
	struct fetch_state fresh;     /*!< The state of the new set. */
	char path[FETCH_PATH_MAX];    /*!< The path of NAME.rules. */
	char objects[FETCH_PATH_MAX]; /*!< The path of NAME.objects. */
	int before;                   /*!< Descriptor of the rules of the last fetch. */
	int objects_before; /*!< TAXII, MISP: descriptor of the objects of the last fetch. */
	int got;            /*!< Descriptor of the fetched file, or of the objects. */
	int rules;          /*!< Descriptor of the new rules. */
	bool has_objects; /*!< The objects of the last fetch are intact, and of the same source. */
	bool is_known;    /*!< The last set is intact, and was made with the same settings. */
};

/*! \brief Sets the reason of a failure. \return False. */
bool fetch_run_fail(struct fetch_run *run, const char *why);

/*! \brief Reads the feed from its server. \return False on failure; `report.why` has the reason. */
bool fetch_run_read(struct fetch_run *run);

/*! \brief Makes rules of what was read. \return False on failure. */
bool fetch_run_import(struct fetch_run *run);

/*! \brief Checks the rules, and compares them with the last ones. \return False on failure. */
bool fetch_run_check(struct fetch_run *run);
