/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads a name in a DNS message (RFC 1035 sections 3.1 and 4.1.4).
 */
#pragma once

#include <string.h>

#include "base/cursor.h"
#include "base/dns_name.h"

#define DNS_MEMO_NAMES 128
/*! \brief The number of offsets to which a compression pointer can point, with its 14 bits. */
#define DNS_MEMO_TARGETS 0x4000

/*!
 * \brief A memo of the offsets in a message from which labels or pointers were read, so that they
 *        are not read again.
 *
 * In a message of 1,400 octets, 140 names can refer to the same chain of 120 labels or pointers.
 * With a memo, each octet of the message is read about once. A memo that is all zeros is empty. A
 * memo can be used for one message after the other.
 */
struct dns_name_memo {
	uint32_t first; /*!< The number of the first name of this message. */
	uint32_t next;  /*!< The number of the next name. */
	struct dns_memo_target {
		/*! The number of a name that was read from this offset. */
		uint32_t name;
		uint8_t at;     /*!< The position in that name of the octet at this offset. */
		uint8_t labels; /*!< The number of labels of that name before it. */
	} targets[DNS_MEMO_TARGETS];
	/*! The last names, at index number % DNS_MEMO_NAMES. */
	struct dns_name names[DNS_MEMO_NAMES];
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
 * \param memo          The memo of the message, or NULL.
 *
 * \return DNS_NAME_OK; or another dns_name_fault, and the cursor has failed.
 */
int dns_name_read(struct cursor *field, size_t message_size, struct dns_name *name,
                  struct dns_name_memo *memo);

/*!
 * \brief Skips a name that cannot be read because it is too long, has a bit-string label (RFC
 *        2673), or has an invalid pointer.
 *
 * \return False if the end of the name cannot be found; `field` is then unchanged.
 */
bool dns_name_skip(struct cursor *field);
