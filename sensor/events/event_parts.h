/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The parts of one event as text: formatted once for all files that write them.
 *
 * Limit: EVENT_REASON_MAX octets of the reason; a longer one fails the event.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/writer.h"
#include "sensor/events/event.h"

#define EVENT_REASON_MAX 65536

/*! \brief The text of a second, up to its fraction: many events share it. */
struct event_second {
	int64_t second; /*!< Since 1970; -1: unused. */
	char text[20];  /*!< "2020-05-31T00:05:12." */
};

struct event_parts {
	const struct event_subject *subject;
	const struct event_hit *hit; /*!< NULL: a log event. */

	char time[TEXT_TIME_MAX], created[TEXT_TIME_MAX]; /*!< Terminated by NUL. */
	size_t time_size, created_size;
	char id[EVENT_ID_MAX]; /*!< See event_id.h. */
	struct address_text client, server;
	struct writer reason; /*!< See event_reason.h. */

	/* Of a hit. */
	char value[EVENT_VALUE_MAX]; /*!< See event_value(). */
	size_t value_size;
	char name[DNS_NAME_TEXT_MAX]; /*!< The observed name, or the domain of an observed mailbox.
	                               */
	size_t name_size;             /*!< 0: no name. */
	char owner[DNS_NAME_TEXT_MAX];
	size_t owner_size;
	const char *section; /*!< "question" to "additional"; "" for SMTP. */

	/* Of a DNS message; see event_dns.h. */
	const char *question; /*!< The name of the first question. */
	size_t question_size; /*!< 0: no question. */
	uint64_t omitted;     /*!< Records left out for size. */

	struct event_second last, last_created; /*!< Times of the previous event. */
};

void event_parts_init(struct event_parts *parts);
void event_parts_free(struct event_parts *parts);

/*!
 * \brief Formats the parts that follow from the subject and the hit alone.
 *
 * `id`, `reason` and the parts of a DNS message are left to the files that make them.
 *
 * \param hit  NULL for a log event.
 */
void event_parts_make(struct event_parts *parts, const struct event_subject *subject,
                      const struct event_hit *hit);
