/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reports a hunt on the terminal: prints a table of the hits, and logs a summary at the end.
 *
 * Ownership: the struct owns the memory of `line`, which hunt_report_free() frees.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/writer.h"
#include "history/rows/row.h"
#include "rules/observation.h"
#include "rules/ruleset/ruleset.h"

struct hunt_report {
	bool table;                          /*!< The hits are printed on standard output. */
	const struct history_record *record; /*!< The row that is being matched; borrowed. */
	/*! The number of rows that were compared with the rules so far, for the progress line. */
	uint64_t rows;
	uint64_t hits; /*!< The number of hits so far. */
	/*! Of all rows with a hit: the first and the last sighting, and the latest time until which
	 * a cache may hold a record. In seconds since 1970 UTC. */
	uint64_t first_s, last_s, cached_s;
	bool failed; /*!< Standard output cannot be written. */
	bool headed; /*!< The heading of the table has been printed. */
	struct writer line;
};

void hunt_report_init(struct hunt_report *report, bool table);
void hunt_report_free(struct hunt_report *report);

/*! \brief Takes a hit of the current row. It has the type hits_learn_t. */
bool hunt_report_hit(void *report, const struct observation *seen, const struct rule_view *rule,
                     const char *event_id);

/*! \brief Logs the summary. */
void hunt_report_end(const struct hunt_report *report);
