/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads lines for rows of mail and for folded zones, as history/rows/cof.h writes them.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "base/dns_name.h"
#include "history/rows/row.h"

/*! \brief A row of mail or a folded zone, with memory for its views. */
struct mail_line {
	struct history_record record; /*!< Its times and its count are not set. */
	struct dns_name domain, sender;
	uint8_t local[HISTORY_LOCAL_MAX], sender_local[HISTORY_LOCAL_MAX];
	uint8_t data[HISTORY_LOCAL_MAX];
};

/*! \brief Whether a type is one of mail (history/rows/mail_text.h). */
bool mail_line_is(const char *type);

/*!
 * \brief Reads the members of an object whose `rrtype` is one of mail.
 *
 * \return NULL, or why the object is not a row of mail.
 */
const char *mail_line_read(const json_t *object, struct mail_line *line);

/*! \brief Reads an address. \return False if the value is not the text of one. */
bool mail_line_address(const json_t *value, struct in6_addr *address);
