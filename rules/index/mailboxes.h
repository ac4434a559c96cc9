/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The index of mailboxes: a domain and a local part, or any local part.
 *
 * Local parts are compared without regard to the case of ASCII letters, as
 * deployed servers do, although RFC 5321 section 2.4 allows them to differ. A quoted
 * local part equals the unquoted one (section 4.1.2). A look-up costs two probes.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "rules/index/intern.h"

/*! \brief Longest local part that a rule may name; RFC 5321 requires 64. */
#define MAILBOX_LOCAL_MAX 255

/*! \brief All zeros is an empty index. */
struct mailboxes {
	struct intern keys; /*!< Domain in wire format, then the folded local part. */
};

/*!
 * \brief Folds a local part for comparison: unquoted, ASCII letters in lower case.
 *
 * \return Its octets, or -1 when they are more than MAILBOX_LOCAL_MAX.
 */
int mailbox_local_fold(const char *local, size_t size, char folded[MAILBOX_LOCAL_MAX]);

/*!
 * \brief Adds a mailbox; an empty local part stands for any.
 *
 * \param wire   The domain in wire format, at most 255 octets.
 * \param local  The folded local part, at most MAILBOX_LOCAL_MAX octets.
 *
 * \return Its number or INTERN_NONE.
 */
uint32_t mailboxes_add(struct mailboxes *mailboxes, const uint8_t *wire, size_t wire_size,
                       const char *local, size_t local_size);

/*! \brief The number of exactly this mailbox, or INTERN_NONE. Parameters as mailboxes_add(). */
uint32_t mailboxes_find(const struct mailboxes *mailboxes, const uint8_t *wire, size_t wire_size,
                        const char *local, size_t local_size);

/*! \brief Finds how many octets of a key are the domain. */
void mailbox_split(const uint8_t *key, size_t size, size_t *domain_size);
