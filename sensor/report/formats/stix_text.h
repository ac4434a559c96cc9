/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief STIX patterns (STIX 2.1 section 9) for the indicators of rules. */
#pragma once

#include "base/writer.h"
#include "sensor/report/indicators.h"

/*!
 * \brief Writes a pattern that matches what the rule of an indicator matches.
 *
 * A rule with `server=` becomes two observations connected by AND. In LIKE the underscore of a name
 * matches any character, because STIX has no escape for it.
 */
void stix_text_pattern(struct writer *out, const struct report_indicator *indicator);

/*! \brief Writes a string as RFC 8785 (JCS) requires it; invalid octets become U+FFFD. */
void stix_text_canonical(struct writer *out, const char *text, size_t size);

/*! \brief Returns the name of an indicator without `*.` or `.` before it. */
const char *stix_text_name(const char *text);
