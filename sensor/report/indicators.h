/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The indicators of an incident: what another sensor can look for.
 *
 * They are the `alert` rules that had hits, and the observed values of the hits of other rules
 * (`pin`, `protect`, `learn`) and of intercepted mail. A value that an `alert` rule also matched is
 * not listed a second time. If no hit of the incident was read, the indicators are the values in
 * `seen` of the incident.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "rules/language/language.h"
#include "sensor/report/report.h"

struct report_indicator {
	enum observation_kind kind;
	enum rule_severity severity;
	/*! The indicators of the rule; at least one. */
	const struct indicator *items;
	size_t count;
	/*! The keys of the rule, without those of `set` lines. NULL: the indicator is an observed
	 * value. */
	const struct language_keys *keys;
	/*! The hits of the indicator, in order of time. There are none if no hit was read. */
	const struct report_hit *const *hits;
	size_t hit_count;
	int64_t first_ns, last_ns; /*!< The times of the first and the last hit. */
	/*! The number of hits, including repeated ones; 0: not known. */
	uint64_t sightings;
};

/*! \brief Receives an indicator. All pointers are borrowed until the function returns. */
typedef void (*report_indicator_t)(void *ctx, const struct report_indicator *indicator);

/*!
 * \brief Calls `each` for each indicator of an incident, in the order of their first hits.
 *
 * \return False when out of memory; errno is set.
 */
bool report_indicators(const struct report_incident *incident, report_indicator_t each, void *ctx);
