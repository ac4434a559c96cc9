/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Writes the `dns` object of an event.
 *
 * A message is read from start to end, once for all its events. The text of the records is first
 * collected in a separate buffer, because the object begins with fields that are known only after
 * the last record was read.
 */
#pragma once

#include <stdint.h>

#include "base/json.h"
#include "parsers/dns/dns.h"
#include "sensor/events/event_related.h"
#include "sensor/flow/domains.h"

/*! \brief The largest size of the text of the records and of `resolved_ip`, in octets; records for
 *         which there is no room are only counted. The rest of the 1 MiB of an event is for other
 *         fields. */
#define EVENT_DNS_SIZE_MAX (896U << 10)

/*! \brief How much of the current message was read already and can be used for its next event. */
enum event_dns_state {
	EVENT_DNS_NOTHING,
	EVENT_DNS_WHOLE,
	EVENT_DNS_OWN, /*!< The question, the OPT record, and the number of records. */
};

/*! \brief What was read from a message, and buffers that are used again for each message. */
struct event_dns {
	struct domains *domains; /*!< Borrowed; for registered_domain. */
	enum event_dns_state state;

	/* Parts of the message that event_dns_read() has read. */
	struct json header;   /*!< JSON of the start of the object; empty: not written yet. */
	struct json members;  /*!< JSON of the question and of the records of all sections. */
	struct json resolved; /*!< JSON of the elements of `resolved_ip`. */
	bool has_opt;         /*!< The message has an OPT record, in `opt` (RFC 6891). */
	bool has_question;    /*!< The first question was read; its name may be unreadable. */
	char question[DNS_NAME_TEXT_MAX]; /*!< Name of the first question, as text. */
	/*! Octets of `question`; 0: there is none, or it cannot be read. */
	size_t question_size;
	struct dns_entry opt;
	uint64_t omitted; /*!< Records left out. */
	uint64_t records; /*!< Records of the message. */

	/* State of event_dns_read(). */
	enum dns_section section; /*!< The section whose array is open; DNS_QUESTION: none. */
	/*! Owner of the last record read; `type` and `rclass` are its type and class. */
	struct dns_name owner;
	uint16_t type, rclass;
	size_t question_end; /*!< Octets of `members` before the records. */
	size_t head_at;      /*!< Offset in `members` of the JSON of owner, type and class. */
	size_t head_size;    /*!< Octets of that JSON. */
	struct address_text address;
	char scratch[DNS_RDATA_TEXT_MAX];
};

/*! \brief Frees the buffers. */
void event_dns_free(struct event_dns *dns);

/*!
 * \brief Reads a message for event_put_dns(), and adds the addresses in it to `related`.
 *
 * If the state is EVENT_DNS_WHOLE, the call does nothing.
 */
void event_dns_read(struct event_dns *dns, const struct dns_message *message,
                    struct event_related *related);

/*!
 * \brief Does the same as event_dns_read(), but reads only the record of the hit; the others count
 *        as omitted.
 */
void event_dns_read_own(struct event_dns *dns, const struct dns_message *message,
                        const struct event_hit *hit, struct event_related *related);

/*! \brief Writes the object of the message that was read last. */
void event_put_dns(struct json *json, struct event_dns *dns, const struct dns_message *message);

/*!
 * \brief Writes the object of a row of the history. If the row is a record, the record is the only
 *        element of `answers`. If it is a response code, the object has the question and
 *        `response_code`.
 */
void event_put_row(struct json *json, const struct event_row *row);
