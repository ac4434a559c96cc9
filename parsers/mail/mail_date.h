/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads the Date field of a mail (RFC 5322, 3.3, and the obsolete forms of 4.3).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*!
 * \brief Reads an unfolded field value.
 *
 * \param time_ns  Receives nanoseconds since 1970 UTC. An unknown time zone counts as UTC.
 *
 * \return False if the value is not a date of the years 1900 to 2199.
 */
bool mail_date_parse(const char *text, size_t size, int64_t *time_ns);
