/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads one event from JSON: a hit or an incident. Either becomes a struct report_incident;
 *        a hit gives only a part of its incident.
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
	/*! The part of the incident that is in the event. If `id` has no text, the event is a hit
	 * that names no incident. `owner` is not set for a hit. */
	struct report_incident incident;
	/*! For a hit: the owner of its record, and the question. Either may be the hijacked
	 * name. */
	struct report_text record_owner, question;
	/*! A hash that identifies the connection if the hit is of a mail session; else 0. */
	uint64_t session;
	bool is_rcpt; /*!< The hit is of a `rcpt` rule; its value is a mailbox or a domain. */
	bool of_rule; /*!< The hit is of a `name` rule; its incident is that of the rule. */
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
