/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads one event as JSON: a hit, or an incident, as the incident of which it is a part.
 *
 * The JSON can come from anybody. Members that are missing or of another type are left out.
 *
 * Ownership: all texts are views into the JSON; lists are in the memory that the caller gives.
 * Limits: REPORT_EVENT_LIST_MAX items of a list; further ones are counted as omitted.
 */
#pragma once

#include <jansson.h>

#include "sensor/report/report.h"

#define REPORT_EVENT_LIST_MAX 256

enum report_event_kind {
	REPORT_EVENT_OTHER, /*!< An event of --log, which a report does not use. */
	REPORT_EVENT_HIT,
	REPORT_EVENT_INCIDENT,
};

struct report_event {
	enum report_event_kind kind;
	int64_t time_ns; /*!< @timestamp */
	struct report_text sensor;
	/*! What the event has of the incident. Without `id`, the hit names no incident. A hit has
	 * no `owner`. */
	struct report_incident incident;
	/*! A hit: the owner of its record, and the question; either may be the hijacked name. */
	struct report_text record_owner, question;
	uint64_t session; /*!< The connection of the hit if it is one of mail; 0: it is not. */
	bool is_rcpt;     /*!< A hit of a `rcpt` rule, whose value is a mailbox or a domain. */
	bool of_rule;     /*!< A hit of a `name` rule, whose incident is that of the rule. */
};

/*!
 * \brief Reads an event.
 *
 * \param memory  Receives the lists. Free them after the event was used.
 *
 * \return False if the JSON is not an event of nsmx.
 */
bool report_event_read(struct report_event *event, const json_t *json,
                       struct report_memory *memory);
