/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Makes a report from events: it combines the hits and the events of each incident.
 *
 * An incident gets the data of its events, and in addition the data that only its hits have. If no
 * event of the incident was read, it is built from the hits with its nsmx.incident.id. A hit
 * without that id belongs to the registrable domain of its record or recipient. Without such a
 * domain, and always for a `name` rule, it belongs to its rule. A hit that is read twice, from two
 * files or sensors, counts once.
 *
 * Limits: REPORT_INCIDENTS_MAX incidents and REPORT_MEMORY octets, which all texts and lists share;
 * those of single lists are in report_merge.h. What does not fit is counted. Hits that are read
 * twice are found only among about the first two million hits (report_set.h).
 *
 * Ownership: the report has everything that is left after report_model_end(). Not thread-safe.
 */
#pragma once

#include <jansson.h>

#include "sensor/report/report.h"

#define REPORT_INCIDENTS_MAX 10000
#define REPORT_MEMORY        ((size_t)256 << 20)

struct report_model;

/*! \brief Begins a report, and initialises `report`. \return NULL when out of memory. */
struct report_model *report_model_new(struct report *report);

/*!
 * \brief Adds an event.
 *
 * \return False if the JSON is not an event of nsmx.
 */
bool report_model_take(struct report_model *model, const json_t *json);

/*! \brief What was read and left out. */
struct report_totals {
	uint64_t hits, incidents;   /*!< Events of hits and of incidents. */
	uint64_t repeated;          /*!< Hits that were read before. */
	uint64_t incidents_omitted; /*!< Events of incidents beyond the bound. */
};

const struct report_totals *report_model_totals(const struct report_model *model);

/*! \brief Completes the incidents of the report in their final order, and frees the model. */
void report_model_end(struct report_model *model);
