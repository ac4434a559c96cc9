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
 * \brief Returns the letters of the fields of a type, a static text; NULL if the type is unknown.
 */
const char *dns_rdata_layout(uint16_t type);

/*!
 * \brief Reads one field and writes it in presentation form, without a final NUL.
 *
 * The cursor fails if the field continues beyond the end of the cursor.
 *
 * \param c  A cursor over the message, which ends at the end of the RDATA.
 *
 * \return The number of characters written. It is at most 8 for each octet read, and up to 5000
 *         more for a bitmap of types or a name.
 */
size_t dns_field_text(struct cursor *c, const struct dns_message *message, char field, char *text);
