/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads RDATA in presentation form (RFC 1035 section 5.1), as dns_rdata_text() and other
 *        programs write it.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*!
 * \brief Converts a text to RDATA.
 *
 * Every type can be written as `\# LENGTH HEX` (RFC 3597 section 5). Names may end with a dot, and
 * are folded to lower case. If the text of a TXT or SPF record does not begin with a quotation
 * mark, it is one string even if it contains blanks, or several if it has more than 255 octets.
 * Types with times (RRSIG) or hashes (NSEC3) are read only as `\# LENGTH HEX`.
 *
 * \param room  Size of the buffer `data`, in octets.
 *
 * \return The number of octets written; -1 if the text is invalid for the type, or if there is no
 *         room.
 */
int dns_rdata_from_text(uint16_t type, const char *text, size_t size, uint8_t *data, size_t room);
