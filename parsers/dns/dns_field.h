/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Writes fields of RDATA as text. Each type of field has a letter; dns_rdata.c lists the
 *        letters.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "parsers/dns/dns.h"

/*!
 * \brief Returns a static text with one letter for each field in the RDATA of a type; NULL if the
 *        type is unknown.
 */
const char *dns_rdata_layout(uint16_t type);

/*!
 * \brief Reads one field and writes it in presentation form, without a final NUL.
 *
 * The cursor fails if the field continues beyond the end of the cursor.
 *
 * \param c  A cursor at the field. It begins at the start of the message, and ends where the RDATA
 *           ends.
 *
 * \return The number of characters written. It is at most 8 for each octet read, and up to 5000
 *         more for a bitmap of types or a name.
 */
size_t dns_field_text(struct cursor *c, const struct dns_message *message, char field, char *text);
