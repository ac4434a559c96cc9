/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The `dns` object of an event.
 *
 * A message is walked through once: what stands before the records in the
 * object, but is known only behind them, is why they are gathered apart.
 */
#pragma once

#include <stdint.h>

#include "base/json.h"
#include "parsers/dns/dns.h"
#include "sensor/events/domains.h"
#include "sensor/events/event_related.h"

/*! \brief Past this size no further record, and no further address, is listed. */
#define EVENT_DNS_SIZE_MAX (640U << 10)

struct event_dns {
	struct domains *domains; /*!< Borrowed; for registered_domain. */

	/* Of the message that was read last. */
	struct json members;  /*!< `question` and the three sections. */
	struct json resolved; /*!< Elements of `resolved_ip`. */
	bool has_opt;
	char question[DNS_NAME_TEXT_MAX]; /*!< Name of the first question. */
	size_t question_size;             /*!< 0: there is none. */
	struct dns_entry opt;
	uint64_t omitted; /*!< Records that were left out for size. */

	/* While it is read. */
	enum dns_section section; /*!< Whose array is open; DNS_QUESTION: none. */
	struct dns_name owner;    /*!< Of the last entry, */
	uint16_t type, rclass;
	size_t head_at;   /*!< where these stand in `members`, */
	size_t head_size; /*!< and how many octets they have there. */
	struct address_text address;
	char scratch[DNS_RDATA_TEXT_MAX];
};

void event_dns_free(struct event_dns *dns);

/*! \brief Reads a message; its addresses are added to `related`. */
void event_dns_read(struct event_dns *dns, const struct dns_message *message,
                    struct event_related *related);

/*! \brief Writes the object of the message that was read. */
void event_put_dns(struct json *json, const struct event_dns *dns,
                   const struct dns_message *message);
