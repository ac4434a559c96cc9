/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The addresses in a From, To or Cc field (RFC 5322, 3.4 and 4.4).
 *
 * Read as mail programs do: display names, groups, nested comments, quoted
 * strings, source routes and blanks inside an address are passed over, empty
 * list members too. What stands in angle brackets is an address; without them
 * it must hold an "@". Whether a mailbox may exist is not judged.
 *
 * No allocation, time linear in the value's size.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*! \brief Octets of an address (RFC 5321, 4.5.3.1: 64 "@" 255); a longer one is left out. */
#define ADDRESS_MAX 320

/*! \brief Where a walk through a list stands; the text must outlive it. */
struct address_list {
	const char *at;
	const char *end;
	bool cut;
};

/*!
 * \brief Starts at an unfolded field value.
 *
 * \param cut  The value goes on beyond `size`: a member that the end cuts is none.
 */
void address_list_init(struct address_list *list, const char *text, size_t size, bool cut);

/*!
 * \brief Writes the next address: local part as sent, quotes included; not terminated.
 *
 * \return Its octets; 0 at the end of the list.
 */
size_t address_list_next(struct address_list *list, char address[ADDRESS_MAX]);
