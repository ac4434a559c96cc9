/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Formats the parts of one event as text. Each part is formatted once, because it may occur
 *        several times in the event.
 *
 * Limit: the reason has at most EVENT_REASON_MAX octets; an event with a longer reason is not
 * written.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/writer.h"
#include "sensor/events/event.h"

#define EVENT_REASON_MAX 65536

/*!
 * \brief A time as text, without the fraction of a second. It is stored because successive events
 *        are mostly of the same second.
 */
struct event_second {
	int64_t second; /*!< Seconds since 1970 UTC; -1: unused. */
	char text[20];  /*!< "2020-05-31T00:05:12." */
};

/*! \brief The parts of one event. The subject and the hit are borrowed. */
struct event_parts {
	const struct event_subject *subject;
	const struct event_hit *hit; /*!< NULL for a log event. */

	char time[TEXT_TIME_MAX],
	        created[TEXT_TIME_MAX]; /*!< `@timestamp` and `event.created`, terminated by NUL. */
	size_t time_size, created_size;
	char id[EVENT_ID_MAX];              /*!< event.id; see event_id.h. */
	struct address_text client, server; /*!< The addresses of both sides as text. */
	struct writer reason;               /*!< event.reason; see event_reason.h. */

	/* The parts of a hit. */
	char value[EVENT_VALUE_MAX]; /*!< The observed value; see event_value(). */
	size_t value_size;
	/*! The observed name, or the domain of an observed mailbox. */
	char name[DNS_NAME_TEXT_MAX];
	size_t name_size;              /*!< Octets of `name`; 0: the value has no name. */
	char owner[DNS_NAME_TEXT_MAX]; /*!< The owner of the record that contains the value. */
	size_t owner_size;             /*!< Octets of `owner`; 0: there is none. */
	/*! The DNS section of the value: "question", "answer", "authority" or "additional"; "" if
	 * the value has none, as in SMTP and in a row of the history. */
	const char *section;

	/* The parts of a DNS message; see event_dns.h. */
	const char *question; /*!< The name of the first question. */
	size_t question_size; /*!< Octets of `question`; 0: the message has no question. */
	uint64_t omitted;     /*!< The number of records that are not listed. */

	enum event_extent extent; /*!< How much of the message is listed. */
	/*! The number of recipients that are not listed; see event_smtp.h. */
	uint64_t recipients_omitted;

	/*! The texts of `time` and `created` of the previous event, without the fractions. */
	struct event_second last, last_created;
	struct in6_addr ends[2]; /*!< The addresses of `client` and `server`. */
};

void event_parts_init(struct event_parts *parts);
void event_parts_free(struct event_parts *parts);

/*!
 * \brief Formats the parts that depend only on the subject and the hit.
 *
 * The functions of event_id.h, event_reason.h and event_dns.h make the other parts.
 *
 * \param hit  NULL for a log event.
 */
void event_parts_make(struct event_parts *parts, const struct event_subject *subject,
                      const struct event_hit *hit);
