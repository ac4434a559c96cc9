/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Finds out which form a value from the wire has, for formats that allow only some texts.
 */
#pragma once

#include "sensor/report/report.h"

enum value_form {
	VALUE_OTHER, /*!< The value is not set, or has none of the other forms. */
	VALUE_IPV4,
	VALUE_IPV6,
	VALUE_HOST,    /*!< Labels of letters, digits, hyphens and underscores. */
	VALUE_MAILBOX, /*!< An addr-spec (RFC 5322, section 3.4.1) without blanks and comments. */
};

enum value_form value_form(const struct report_text *value);
