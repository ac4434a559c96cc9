/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What the child processes of a fetch report, in memory that they share with the program.
 *
 * An attacker may control a child and write anything to this memory. The program therefore copies
 * the report once, and checks the copy (fetch_report_take()).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/fetch/sources/http.h"

enum fetch_got {
	FETCH_FAILED, /*!< `why` has the reason. */
	FETCH_GOT,
	FETCH_UNCHANGED,
};

struct fetch_report {
	_Atomic uint64_t octets; /*!< The octets received so far, for the progress line. */
	enum fetch_got got;
	char why[HTTP_WHY_MAX];
	/*! MISP: a message about events that were not read; "": all were read. */
	char deferred[HTTP_WHY_MAX];
	char etag[HTTP_TAG_MAX];
	char modified[HTTP_TAG_MAX];
	char added[HTTP_TAG_MAX]; /*!< TAXII: the time up to which objects were read. */

	char format[32];
	uint64_t left_out; /*!< Entries that gave no rule. */
	uint64_t errors;   /*!< Entries that could not be read. */

	uint64_t indicators;    /*!< Indicators of the new set. */
	uint64_t before;        /*!< Indicators of the last set. */
	uint64_t added_count;   /*!< Indicators that only the new set has. */
	uint64_t removed_count; /*!< Indicators that only the last set has. */
	uint64_t allows;        /*!< `allow` rules of the new set. */
	uint64_t refused;       /*!< Indicators that vetting leaves out. */
};

/*! \brief Copies a report. In the copy, each text ends with NUL inside its array and has no control
 *         characters. */
void fetch_report_take(const struct fetch_report *shared, struct fetch_report *report);
