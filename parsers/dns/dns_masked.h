/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A copy of a message without the parts in which repeated answers differ: the ID, the TTLs,
 *        and the contents of OPT records (RFC 6891), such as cookies.
 *
 * These octets are replaced by a constant. The copies of two messages are therefore equal if the
 * messages have the same flags, questions and records in the same order. The owners and data of
 * such messages are equal, too, unless a name continues in a replaced part, to which a compression
 * pointer of a hostile message may point. A caller detects that with two copies, whose constants
 * are 0xff and 0xfe: such a name is unreadable in both, because the constant begins a pointer
 * beyond the end of the message, or it has a label with the constant, so the names differ.
 * A message in which the octet before a replaced part could begin a pointer is not copied.
 */
#pragma once

#include <stdbool.h>

#include "parsers/dns/dns.h"

/*! \brief The largest message that is copied, in octets, and the greatest number of its records:
 *         most UDP responses have no more octets. */
#define DNS_MASKED_OCTETS  1232
#define DNS_MASKED_RECORDS 64
/*! \brief Octets that a caller can append to the copy. */
#define DNS_MASKED_MORE 16

struct dns_masked {
	size_t size;
	size_t records;
	uint32_t ttls[DNS_MASKED_RECORDS]; /*!< The TTL fields of all records, in their order. */
	uint8_t wire[DNS_MASKED_OCTETS + DNS_MASKED_MORE];
};

/*!
 * \brief Copies a message.
 *
 * \param fill    The value of the octets that are replaced.
 * \param masked  Receives the copy; it is undefined if the function returns false.
 *
 * \return False if the message is too large or has too many records, if its records cannot be
 *         found, or if an octet before a replaced part could begin a pointer.
 */
bool dns_mask(const struct dns_message *message, uint8_t fill, struct dns_masked *masked);
