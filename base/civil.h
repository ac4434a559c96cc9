/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Civil dates: days since 1970-01-01 to year, month, day, and back.
 *
 * Proleptic Gregorian calendar, as in RFC 3339. No time zone, no leap second.
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

/*! \brief The date of a day; negative days lie before 1970. */
struct civil_date civil_from_days(int64_t days);

/*! \brief The day of a date that exists. */
int64_t civil_to_days(struct civil_date date);

/*! \brief Whether the year has 1 to 12 months of which this one has such a day. */
bool civil_exists(struct civil_date date);
