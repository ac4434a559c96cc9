/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The report of a sensor about the set of rules in Redis, as a line of text:
 *
 *     took VERSION HASH IN-FORCE TIME [WARNING]
 *     refused VERSION HASH IN-FORCE TIME REASON
 *     waiting 0 HASH IN-FORCE TIME
 *
 * VERSION and HASH are those of the set in Redis, IN-FORCE is the version in force (0: none), and
 * TIME is in seconds since 1970. A sensor is `waiting` while Redis has no set. REASON begins with
 * FILE:LINE:COLUMN if it is an error in the rules.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*! \brief Room for a reason, and for a report. Longer reasons are cut. */
#define FLEET_REASON_MAX 512
#define FLEET_REPORT_MAX 640

enum fleet_result { FLEET_WAITING, FLEET_TOOK, FLEET_REFUSED };

struct fleet_report {
	enum fleet_result result;
	uint64_t version, hash, in_force;
	uint64_t time_s;
	char reason[FLEET_REASON_MAX];
};

/*! \brief Room for fleet_report_in_force(). */
#define FLEET_IN_FORCE_MAX 64

/*! \brief Writes, for messages, that a version stays in force, or, if it is 0, that there is none.
 */
void fleet_report_in_force(uint64_t version, char text[FLEET_IN_FORCE_MAX]);

void fleet_report_write(const struct fleet_report *report, char text[FLEET_REPORT_MAX]);

/*! \brief Reads a report. \return False if the text is not a report. */
bool fleet_report_read(const char *text, size_t size, struct fleet_report *report);
