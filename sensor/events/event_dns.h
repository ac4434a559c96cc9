/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The `dns` object of an event.
 *
 * A message is read once, from start to end. The text of its records is collected in a buffer
 * of its own, because the object begins with fields that are known only after the last record.
 */
#pragma once

#include <stdint.h>

#include "base/json.h"
#include "parsers/dns/dns.h"
#include "sensor/events/domains.h"
#include "sensor/events/event_related.h"

/*! \brief Once the text of the records has this many octets, further records and addresses are only
 *         counted. */
#define EVENT_DNS_SIZE_MAX (640U << 10)

/*! \brief What was read from a message, and buffers that are used again for each message. */
struct event_dns {
	struct domains *domains; /*!< Borrowed; for registered_domain. */

	/* Parts of the message that event_dns_read() has read. */
	struct json members;  /*!< JSON of the question and of the records of all sections. */
	struct json resolved; /*!< JSON of the elements of `resolved_ip`. */
	bool has_opt;         /*!< The message has an OPT record, in `opt` (RFC 6891). */
	bool has_question;    /*!< The first question was read; its name may be unreadable. */
	char question[DNS_NAME_TEXT_MAX]; /*!< Name of the first question, as text. */
	size_t question_size; /*!< Octets of `question`; 0: there is none, or it cannot be read.
	                       */
	struct dns_entry opt;
	uint64_t omitted; /*!< Records left out. */

	/* State of event_dns_read(). */
	enum dns_section section; /*!< The section whose array is open; DNS_QUESTION: none. */
	struct dns_name owner; /*!< Owner of the last record read; `type` and `rclass` are its type
	                          and class. */
	uint16_t type, rclass;
	size_t head_at;   /*!< Offset in `members` of the JSON of owner, type and class. */
	size_t head_size; /*!< Octets of that JSON. */
	struct address_text address;
	char scratch[DNS_RDATA_TEXT_MAX];
};

/*! \brief Frees the buffers. */
void event_dns_free(struct event_dns *dns);

/*!
 * \brief Reads a message for event_put_dns(), and adds its addresses to `related`.
 *
 * \param own   Only one record is listed, the others are omitted.
 * \param only  Where the data of that record begins; NULL: no record.
 */
void event_dns_read(struct event_dns *dns, const struct dns_message *message, bool own,
                    const uint8_t *only, struct event_related *related);

/*! \brief Writes the object of the message that was read last. */
void event_put_dns(struct json *json, const struct event_dns *dns,
                   const struct dns_message *message);
