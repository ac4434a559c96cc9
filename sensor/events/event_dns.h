/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The `dns` object of an event.
 *
 * A message is walked through once. Its records are gathered apart, because the
 * object begins with fields that are known only after the last record.
 */
#pragma once

#include <stdint.h>

#include "base/json.h"
#include "parsers/dns/dns.h"
#include "sensor/events/domains.h"
#include "sensor/events/event_related.h"

/*! \brief Beyond this size no more records and addresses are listed. */
#define EVENT_DNS_SIZE_MAX (640U << 10)

struct event_dns {
	struct domains *domains; /*!< Borrowed; for registered_domain. */

	/* The parts of the last message. */
	struct json members;  /*!< `question` and the three sections. */
	struct json resolved; /*!< Elements of `resolved_ip`. */
	bool has_opt;
	char question[DNS_NAME_TEXT_MAX]; /*!< Name of the first question. */
	size_t question_size;             /*!< 0: no question. */
	struct dns_entry opt;
	uint64_t omitted; /*!< Records left out for size. */

	/* While it is read. */
	enum dns_section section; /*!< The section whose array is open; DNS_QUESTION: none. */
	struct dns_name owner; /*!< Owner of the last entry; `type` and `rclass` are of that entry
	                          as well. */
	uint16_t type, rclass;
	size_t head_at;   /*!< Offset of these three in `members`, */
	size_t head_size; /*!< and their octets there. */
	struct address_text address;
	char scratch[DNS_RDATA_TEXT_MAX];
};

void event_dns_free(struct event_dns *dns);

/*! \brief Reads a message; its addresses are added to `related`. */
void event_dns_read(struct event_dns *dns, const struct dns_message *message,
                    struct event_related *related);

/*! \brief Writes the object of the last message. */
void event_put_dns(struct json *json, const struct event_dns *dns,
                   const struct dns_message *message);
