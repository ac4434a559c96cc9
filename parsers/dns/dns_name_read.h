/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads a name in a DNS message (RFC 1035 sections 3.1 and 4.1.4).
 */
#pragma once

#include "base/cursor.h"
#include "base/dns_name.h"

/*!
 * \brief What the last pointer to more than DNS_LABELS_KEPT labels led to.
 *
 * A message of 1,400 octets can point at 120 labels 70 times. Each message needs a new one.
 */
struct dns_name_memo {
	size_t target; /*!< Of the pointer; SIZE_MAX: none. */
	struct dns_name tail;
};

static inline void dns_name_memo_init(struct dns_name_memo *memo)
{
	memo->target = SIZE_MAX;
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
