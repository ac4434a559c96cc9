/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Collects from a history what `pin` rules can state of domains.
 *
 * An item is one value that was seen for an owner: the target of an NS, MX or CNAME record, an
 * address, a DS record, or a text. If the owner is the domain of a mail's recipient, the value can
 * also be a mail server, its greeting, or TLS.
 *
 * Limits: PIN_BOOK_ITEMS_MAX items. Ownership: pin_book_free() frees everything.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "history/reading.h"
#include "history/rows/row.h"
#include "rules/index/intern.h"
#include "rules/rule.h"

#define PIN_BOOK_ITEMS_MAX 262144

/*! \brief The number in `values` of the empty text. An item has this value if an answer had no DS
 *         record or text although a client asked for it, if mail was sent without TLS, or if the
 *         greeting of a mail server was not a name. */
#define PIN_BOOK_ABSENT 0

struct pin_item {
	enum observation_kind kind;
	uint32_t owner; /*!< Number in `owners`. */
	uint32_t value; /*!< Number in `values`; the text has a final NUL. */
	struct history_seen seen;
};

/*! \brief The items. If all octets are zero, the book is empty. */
struct pin_book {
	/*! Owners as in rules, with final NUL, in the order in which they are written. */
	struct intern owners;
	struct intern values;
	/*! The owners at and below the domains. Those after them are only targets of CNAME records.
	 */
	uint32_t own_owners;
	struct pin_item *items; /*!< In order of owner, kind and first appearance of the value. */
	size_t count, room;
	uint64_t unwritable; /*!< Rows whose names or values cannot be written in a rule. */
	bool full;           /*!< There were more items than PIN_BOOK_ITEMS_MAX. */
};

/*!
 * \brief Reads the rows of domains, and of the names to which their CNAME records lead.
 *
 * \param domains  Names in wire format.
 * \param since_s  Rows that were last seen before this time are left out; seconds since 1970 UTC.
 * \param until_s  Rows that were first seen after this time are left out; seconds since 1970 UTC.
 *
 * \return 0, or a negative error of errno.h.
 */
int pin_book_read(struct pin_book *book, const struct dns_name *domains, size_t count,
                  struct history_reading *reading, uint64_t since_s, uint64_t until_s);

void pin_book_free(struct pin_book *book);

/*! \brief Returns a name or a value. */
const char *pin_book_owner(const struct pin_book *book, uint32_t owner);
const char *pin_book_value(const struct pin_book *book, uint32_t value);
