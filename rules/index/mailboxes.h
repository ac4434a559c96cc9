/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The index of mailboxes. An entry is a domain with one local part, or with any local part.
 *
 * Local parts are compared without regard to the case of ASCII letters, as deployed servers do,
 * although RFC 5321 section 2.4 allows them to differ. A quoted local part equals the unquoted one
 * (section 4.1.2). A caller searches twice for each address: for the mailbox itself, and for its
 * domain with any local part.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "rules/index/intern.h"

/*!
 * \brief The size of the longest local part in a rule, in octets. RFC 5321 section 4.5.3.1.1
 *        requires only 64.
 */
#define MAILBOX_LOCAL_MAX 255

/*! \brief An index; one that is all zeros is empty. */
struct mailboxes {
	/*! Each string is a domain in wire format, then the folded local part. */
	struct intern keys;
};

/*!
 * \brief Folds a local part for comparison. It removes quotes and backslashes, even if only a part
 *        of the text is quoted, and writes ASCII letters in lower case.
 *
 * \return The number of octets written, or -1 if it would be more than MAILBOX_LOCAL_MAX.
 */
int mailbox_local_fold(const char *local, size_t size, char folded[MAILBOX_LOCAL_MAX]);

/*!
 * \brief Adds a mailbox. An empty local part means any local part.
 *
 * \param wire   The domain in wire format, at most 255 octets.
 * \param local  The folded local part, at most MAILBOX_LOCAL_MAX octets.
 *
 * \return The number of the mailbox; INTERN_NONE when out of memory.
 */
uint32_t mailboxes_add(struct mailboxes *mailboxes, const uint8_t *wire, size_t wire_size,
                       const char *local, size_t local_size);

/*! \brief Returns the number of exactly this mailbox, or INTERN_NONE. The parameters are those of
 * mailboxes_add(). */
uint32_t mailboxes_find(const struct mailboxes *mailboxes, const uint8_t *wire, size_t wire_size,
                        const char *local, size_t local_size);

/*!
 * \brief Splits a key: sets `domain_size` to the number of octets of the domain, which the local
 *        part follows.
 */
void mailbox_split(const uint8_t *key, size_t size, size_t *domain_size);
