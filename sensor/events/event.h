/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief From a hit, or a logged message, to its event: one line of JSON in the
 *        field names of the Elastic Common Schema, and one line for people.
 *
 * Fields with no value are left out. The result is valid UTF-8 whatever was on
 * the wire. A message too large for a record lists as many of its resource
 * records as fit, and says how many it left out (`nsmx.records_omitted`).
 *
 * Ownership: the writer owns the event it returns; it lives until the next
 * call on the writer. Not thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parsers/dns/dns.h"
#include "rules/observation.h"
#include "rules/ruleset/ruleset.h"
#include "sensor/events/flow.h"
#include "sensor/events/transcript.h"
#include "sensor/journal/record.h"

/*! \brief What an event tells of: a DNS response or an SMTP session. */
struct event_subject {
	const struct flow *flow;
	const struct dns_message *dns;       /*!< NULL for SMTP. */
	const struct transcript *transcript; /*!< NULL for DNS. */
	/*! SMTP: tells what was said from all else in the flow, in every run. Of DNS the message
	 * does. */
	uint64_t anchor;
};

/*! \brief Told twice: when a session to a watched address names a recipient, and at its end. */
struct event_interception {
	bool ended;
	const char *dns_event; /*!< event.id of the DNS hit; "" when it was not told. */
};

struct event_hit {
	const struct observation *seen;
	const struct rule_view *rule;
	const char *field; /*!< Where the value stood: "dns.answers.data". */
	int section;       /*!< enum dns_section; -1 for SMTP. */
	/*! A mail that was intercepted; NULL for all other hits. */
	const struct event_interception *interception;
};

#define EVENT_ID_MAX 33 /*!< 128 bits in hex, and NUL. */

struct event {
	struct record record;
	/*! Offsets in the JSON, of a hit: its id, and the ends of two objects. */
	size_t id_at, event_end, nsmx_end;
};

struct event_writer;

/*!
 * \param sensor  Name in events; borrowed.
 *
 * \return NULL without memory.
 */
struct event_writer *event_writer_new(const char *sensor);
void event_writer_free(struct event_writer *writer);

/*!
 * \brief The observed value as events give it: a name in lower case, an address in
 *        canonical form, a mailbox with its local part as sent.
 *
 * \return Its octets, at most `room`, not terminated.
 */
size_t event_value(const struct observation *seen, char *value, size_t room);
#define EVENT_VALUE_MAX 4096

/*!
 * \brief Writes the event of a hit, or of a logged message (`--log`).
 *
 * \param hit  NULL for a logged message.
 *
 * \return NULL without memory.
 */
const struct event *event_write(struct event_writer *writer, const struct event_subject *subject,
                                const struct event_hit *hit);
