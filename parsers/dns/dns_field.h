/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Fields of RDATA as text, each by the letter that dns_rdata.c gives it.
 */
#pragma once

#include <stddef.h>

#include "base/cursor.h"

/*!
 * \brief Reads one field and writes it in presentation form, not terminated.
 *
 * A field that does not fit leaves the cursor failed.
 *
 * \return Characters written: at most 8 for an octet read, and 5000 more for a
 *         bitmap of types or a name.
 */
size_t dns_field_text(struct cursor *c, char field, char *text);
