/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Dates of rules in ISO 8601, to and from nanoseconds since 1970 UTC.
 *
 * `2020-05-31`, `20200531`, and with a time and a zone `2020-05-31T00:05Z`,
 * `2020-05-31T00:05:12.5+09:00`, `20200531T000500Z`. Years 1970 to 2261: the last
 * whole year that 64 bits of nanoseconds hold.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define DATE_TEXT_SIZE 40

/*!
 * \brief Reads a date, or a date with a time.
 *
 * \param end  A date without a time means the first instant of the next day, not of this day.
 *
 * \return NULL, or a human-readable reason.
 */
const char *date_parse(const char *text, bool end, int64_t *time_ns);

/*! \brief Writes the shortest text from which date_parse() with the same `end` reads this time. */
void date_text(int64_t time_ns, bool end, char text[DATE_TEXT_SIZE]);
