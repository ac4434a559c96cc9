/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Finds what else the history has about a row that a rule matches: to which clients a record
 *        was sent, and which mail went to the addresses in it.
 *
 * The mail of an address is that of the time from the first sighting of the record until caches
 * hold it no longer. For an MX record it is the mail at the addresses of the exchange.
 *
 * Each row costs up to three child processes, so this is only done for rows with a hit, and only if
 * the folder has rows of clients or mail.
 *
 * Limits: EVENT_ROW_LIST_MAX clients and mails, HUNT_ADDRESSES_MAX addresses of an exchange, and
 * HUNT_MAILS_READ rows of mail that are read for a row. Ownership: hunt_context_free() frees
 * everything.
 */
#pragma once

#include "history/reading.h"
#include "history/rows/row.h"
#include "sensor/events/event.h"

#define HUNT_ADDRESSES_MAX 16
#define HUNT_MAILS_READ    100000

struct hunt_context;

/*!
 * \brief Finds out which rows the folder has.
 *
 * \param reading  Borrowed.
 *
 * \return 0, or a negative error of errno.h.
 */
int hunt_context_new(struct hunt_context **out, struct history_reading *reading);

/*! \brief Frees the object; NULL is ignored. */
void hunt_context_free(struct hunt_context *context);

/*!
 * \brief Sets the clients and the mails of `row`, the event's part of a record. They live until the
 *        next call.
 *
 * \return 0, or a negative error of errno.h.
 */
int hunt_context_find(struct hunt_context *context, const struct history_record *record,
                      struct event_row *row);
