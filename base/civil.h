/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Converts days since 1970-01-01 to year, month and day, and back.
 *
 * The calendar is the proleptic Gregorian calendar (RFC 3339). There are no time zones and no leap
 * seconds.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CIVIL_SECONDS_PER_DAY INT64_C(86400)

struct civil_date {
	unsigned year;  /*!< 1 to 9999 */
	unsigned month; /*!< 1 to 12 */
	unsigned day;   /*!< 1 to 31 */
};

/*!
 * \brief Returns the date that is `days` days after 1970-01-01, or before it if `days` is negative.
 */
struct civil_date civil_from_days(int64_t days);

/*! \brief Returns the number of days from 1970-01-01 to a date, which must exist. */
int64_t civil_to_days(struct civil_date date);

/*! \brief Returns true if the date exists: the month, and the day in that month, are valid. */
bool civil_exists(struct civil_date date);
