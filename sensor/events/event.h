/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The event of a hit or of a logged message: one line of JSON with the field
 *        names of the Elastic Common Schema.
 *
 * Fields without a value are left out. The text is valid UTF-8 regardless of the
 * octets on the wire. A message that is too large for a record lists as many of its
 * resource records as fit, and the number of the others (`nsmx.records_omitted`).
 *
 * Ownership: the writer owns the event that it returns, which lives until the next
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

/*! \brief The message that an event is about: a DNS response or an SMTP session. */
struct event_subject {
	const struct flow *flow;
	const struct dns_message *dns;       /*!< NULL for SMTP. */
	const struct transcript *transcript; /*!< NULL for DNS. */
	/*! SMTP: identifies the line or reply in the connection, the same in every run. A DNS
	 *  message identifies itself. */
	uint64_t anchor;
};

/*!
 * \brief An intercepted mail has two events: when a session to a watched address names a
 *        recipient, and when the session ends.
 */
struct event_interception {
	bool ended;
	const char *dns_event; /*!< event.id of the DNS hit; "" when it had no event. */
};

struct event_hit {
	const struct observation *seen;
	const struct rule_view *rule;
	const char *field; /*!< The field that has the value: "dns.answers.data". */
	int section;       /*!< enum dns_section; -1 for SMTP. */
	/*! NULL, except for an intercepted mail. */
	const struct event_interception *interception;
};

#define EVENT_ID_MAX 33 /*!< 128 bits in hex, and NUL. */

struct event {
	struct record record;
	/*! Offsets in the JSON of a hit, for event_repeat.h: its id, and the ends of two objects.
	 */
	size_t id_at, event_end, nsmx_end;
};

struct event_writer;

/*!
 * \param sensor  Value of observer.name; copied.
 *
 * \return NULL when out of memory.
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
 * \return NULL when out of memory.
 */
const struct event *event_write(struct event_writer *writer, const struct event_subject *subject,
                                const struct event_hit *hit);
