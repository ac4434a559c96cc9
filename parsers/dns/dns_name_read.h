/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads a name in a DNS message (RFC 1035 sections 3.1 and 4.1.4).
 */
#pragma once

#include <string.h>

#include "base/cursor.h"
#include "base/dns_name.h"

#define DNS_MEMO_NAMES 128
/*! \brief The number of offsets to which the 14 bits of a compression pointer can point. */
#define DNS_MEMO_TARGETS 0x4000

/*!
 * \brief A memo of the names that were read from a message, by offset, so that the labels and
 *        pointers at an offset are not read again.
 *
 * In a message of 1,400 octets, 140 names can refer to the same chain of 120 labels or pointers.
 * With a memo, each octet of the message is read about once. A memo whose octets are all zero is
 * empty. The same memo can be used for one message after another.
 */
struct dns_name_memo {
	uint32_t first; /*!< The number of the first name of the current message. */
	uint32_t next;  /*!< The number of the next name. */
	struct dns_memo_target {
		/*! The number of a name that was read from this offset. */
		uint32_t name;
		uint8_t at;     /*!< The position, in that name, of the octet at this offset. */
		uint8_t labels; /*!< The number of labels in that name before this position. */
	} targets[DNS_MEMO_TARGETS];
	/*! The latest names. The name with number n is at index n % DNS_MEMO_NAMES. */
	struct dns_name names[DNS_MEMO_NAMES];
};

/*! \brief Starts another message: names that were read before are no longer used. */
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
 * \param field         A cursor at the name. It begins at the start of the message, from which
 *                      compression pointers count, and ends where the field with the name ends.
 * \param message_size  Octets of the whole message. All must be readable, because a pointer may
 *                      point to any of them.
 * \param name          Set on success; octets after its `size` are undefined.
 * \param memo          The memo of the message, or NULL.
 *
 * \return DNS_NAME_OK, or another dns_name_fault if the name cannot be read; the cursor has then
 *         failed.
 */
int dns_name_read(struct cursor *field, size_t message_size, struct dns_name *name,
                  struct dns_name_memo *memo);

/*!
 * \brief Skips a name that dns_name_read() cannot read because it is too long, has a bit-string
 *        label (RFC 2673), or has an invalid pointer.
 *
 * \return False if the end of the name cannot be found; `field` is then unchanged.
 */
bool dns_name_skip(struct cursor *field);
