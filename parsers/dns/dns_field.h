/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Writes fields of RDATA as text. A letter, listed in dns_rdata.c, names the type of a
 * field.
 */
#pragma once

#include <stddef.h>

#include "base/cursor.h"

/*!
 * \brief Reads one field and writes it in presentation form, not terminated.
 *
 * A field that does not fit fails the cursor.
 *
 * \param message_size  As for dns_name_read().
 *
 * \return Characters written: at most 8 for each octet read, and 5000 more for a
 *         bitmap of types or a name.
 */
size_t dns_field_text(struct cursor *c, size_t message_size, char field, char *text);
