/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The `related` object of an event: what to search for elsewhere, each once.
 */
#pragma once

#include "sensor/deliver/event.h"
#include "sensor/deliver/json.h"

/*! \brief No more than this many addresses, and this many hosts, are listed. */
#define EVENT_RELATED_MAX 64

/*! \param hit  NULL for a log event. */
void event_put_related(struct json *json, const struct event_subject *subject,
                       const struct event_hit *hit);
