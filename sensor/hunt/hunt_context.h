/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Finds related rows for a row that a rule matches. For a record, these are the clients to
 *        which it was sent, and the mail that went to the addresses in it.
 *
 * Only mail from the first sighting of the record until the record has expired from caches is
 * found. For an MX record, it is the mail that went to the addresses of the exchange.
 *
 * A row needs up to four look-ups, so this is only done for rows with a hit, and only if the folder
 * has rows of clients or mail. One child process answers all look-ups (history/reading.h).
 *
 * Limits: EVENT_ROW_LIST_MAX clients and mails, HUNT_ADDRESSES_MAX addresses of an exchange, and
 * HUNT_MAILS_READ rows of mail for each look-up. Ownership: hunt_context_free() frees everything.
 */
#pragma once

#include "history/reading.h"
#include "history/rows/row.h"
#include "sensor/events/event.h"

#define HUNT_ADDRESSES_MAX 16
#define HUNT_MAILS_READ    100000

#define HUNT_BANNERS_MAX 16

/*! \brief The host name in the greeting of a mail server. */
struct hunt_banner {
	char text[HISTORY_LOCAL_MAX];
	size_t size;
};

struct hunt_context;

/*!
 * \brief Finds out whether the folder has rows of clients and of mail.
 *
 * \param reading  Borrowed.
 *
 * \return 0, or a negative error of errno.h.
 */
int hunt_context_new(struct hunt_context **out, struct history_reading *reading);

/*! \brief Frees the object; NULL is ignored. */
void hunt_context_free(struct hunt_context *context);

/*!
 * \brief Finds the clients and the mails of a row, and sets them in `row`. They are valid until the
 *        next call.
 *
 * \return 0, or a negative error of errno.h.
 */
int hunt_context_find(struct hunt_context *context, const struct history_record *record,
                      struct event_row *row);

/*!
 * \brief Finds the greetings that the server of a row of mail had at the time of the row, at most
 *        HUNT_BANNERS_MAX.
 *
 * \param count  Receives the number of greetings, which are valid until the next call.
 *
 * \return 0, or a negative error of errno.h.
 */
int hunt_context_find_banners(struct hunt_context *context, const struct history_record *record,
                              const struct hunt_banner **banners, size_t *count);
