/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads a name out of a DNS message (RFC 1035 sections 3.1 and 4.1.4).
 */
#pragma once

#include "base/cursor.h"
#include "base/dns_name.h"

/*!
 * \brief Reads a possibly compressed name at the cursor and moves past it.
 *
 * \param message  A cursor over the whole message: pointers count from its start.
 * \param name     Filled in on success; octets after `size` are undefined.
 *
 * \return DNS_NAME_OK, or a dns_name_fault; the cursor has then failed.
 */
int dns_name_read(struct cursor *message, struct dns_name *name);
