/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads a name in a DNS message (RFC 1035 sections 3.1 and 4.1.4).
 */
#pragma once

#include <string.h>

#include "base/cursor.h"
#include "base/dns_name.h"

#define DNS_MEMO_NAMES   128
#define DNS_MEMO_TARGETS 0x4000 /*!< A pointer has 14 bits. */

/*!
 * \brief The places in a message from which many labels or pointers were read.
 *
 * A message of 1,400 octets can lead to a chain of 120 labels or pointers 140 times. With a memo
 * each octet of it is read about once. All zeros is a memo; one serves a message after the other.
 */
struct dns_name_memo {
	uint32_t first; /*!< The number of the first name of this message. */
	uint32_t next;  /*!< The number of the next name. */
	struct dns_memo_target {
		uint32_t name;  /*!< The number of a name that has this place in it. */
		uint8_t at;     /*!< The octet of the name that comes from this place. */
		uint8_t labels; /*!< Labels before it. */
	} targets[DNS_MEMO_TARGETS];
	struct dns_name names[DNS_MEMO_NAMES]; /*!< By number, the last ones. */
};

/*! \brief Starts another message. */
static inline void dns_name_memo_begin(struct dns_name_memo *memo)
{
	if (memo->next > UINT32_MAX / 2) {
		memset(memo, 0, sizeof(*memo));
	}
	memo->first = ++memo->next;
}

/*!
 * \brief Reads a possibly compressed name at the cursor and moves past it.
 *
 * \param field         A cursor over the message up to the end of the field with the name;
 *                      compression pointers count from its start.
 * \param message_size  Octets of the whole message. All must be readable, because a pointer may
 *                      point to any of them.
 * \param name          Set on success; octets after its `size` are undefined.
 * \param memo          Of the message; may be NULL.
 *
 * \return DNS_NAME_OK, or a dns_name_fault, with which the cursor has failed.
 */
int dns_name_read(struct cursor *field, size_t message_size, struct dns_name *name,
                  struct dns_name_memo *memo);

/*!
 * \brief Skips the octets of a name that cannot be read: too long, with labels of bit strings,
 *        or with a pointer that leads nowhere.
 *
 * \return False, and `field` unchanged, when the octets have no certain end.
 */
bool dns_name_skip(struct cursor *field);
