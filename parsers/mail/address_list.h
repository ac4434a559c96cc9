/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads the addresses in a From, To or Cc field (RFC 5322, 3.4 and 4.4).
 *
 * As mail programs do, it skips display names, group names, nested comments, source routes, blanks
 * inside an address, and empty list members. Any text in angle brackets is an address. A text
 * without brackets is an address only if it contains "@". The syntax of the mailbox is not checked.
 *
 * Allocates nothing; time is linear in the size of the value.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*!
 * \brief The size of the largest address in octets: 64, "@" and 255 (RFC 5321, 4.5.3.1). Longer
 *        addresses are skipped.
 */
#define ADDRESS_MAX 320

/*! \brief The state of a walk through a list. The text must stay valid during the walk. */
struct address_list {
	const char *at;
	const char *end;
	bool cut;
};

/*!
 * \brief Starts a walk over a field value, which must be unfolded.
 *
 * \param cut  True if the value was cut at `size`. An address that reaches the end is then skipped,
 *             because it may be incomplete.
 */
void address_list_init(struct address_list *list, const char *text, size_t size, bool cut);

/*!
 * \brief Writes the next address. The local part is as sent, with its quotes; there is no final
 *        NUL.
 *
 * \return The number of octets written; 0 at the end of the list.
 */
size_t address_list_next(struct address_list *list, char address[ADDRESS_MAX]);
