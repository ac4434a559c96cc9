/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A copy of a message without the parts in which repeated answers differ: the ID, the TTLs,
 *        and the contents of OPT records (RFC 6891), such as cookies.
 *
 * The octets of these parts are replaced by a constant. The copies of two messages are therefore
 * equal if the messages have the same flags, questions and records in the same order.
 *
 * If two copies are equal, the owners and data of the two messages are usually equal, too. But a
 * compression pointer in a hostile message may point into a replaced part, so that a name continues
 * there. To detect this, a caller makes two copies of the same message, one with the constant 0xff
 * and one with 0xfe. If the constant continues the name as a pointer, this pointer leads beyond the
 * end of the message, and the name is unreadable in both copies. If the constant is part of a
 * label, the name differs between the copies. A message in which the octet before a replaced part
 * could begin a pointer is not copied.
 */
#pragma once

#include <stdbool.h>

#include "parsers/dns/dns.h"

/*!
 * \brief A message with more octets or more records than these is not copied. Most UDP responses
 *        have no more octets.
 */
#define DNS_MASKED_OCTETS  1232
#define DNS_MASKED_RECORDS 64
/*! \brief The number of octets that a caller can append to the copy. */
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
