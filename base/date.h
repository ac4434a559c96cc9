/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Converts the dates of rules (ISO 8601) to and from nanoseconds since 1970 UTC.
 *
 * Examples of a date are `2020-05-31` and `20200531`. Examples of a date with a time and a zone are
 * `2020-05-31T00:05Z`, `2020-05-31T00:05:12.5+09:00` and `20200531T000500Z`. The year must be 1970
 * to 2261, because later times in nanoseconds do not fit in 64 bits.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define DATE_TEXT_SIZE 40

/*!
 * \brief Reads a date, or a date with a time.
 *
 * \param end  True: a date without a time means the start of the next day. False: it means the
 *             start of that day.
 *
 * \return NULL on success, else a static text that explains the error.
 */
const char *date_parse(const char *text, bool end, int64_t *time_ns);

/*! \brief Writes the shortest text from which date_parse() with the same `end` reads this time. */
void date_text(int64_t time_ns, bool end, char text[DATE_TEXT_SIZE]);
