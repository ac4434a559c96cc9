/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The `related` object of an event: what to search for elsewhere, each once.
 */
#pragma once

#include "base/json.h"
#include "sensor/events/event_parts.h"

/*! \brief No more than this many addresses, and this many hosts, are listed. */
#define EVENT_RELATED_MAX 64

/*! \brief The addresses of an event, gathered while it is written. */
struct event_related {
	struct json ips; /*!< Elements of `related.ip`. */
	struct in6_addr seen[EVENT_RELATED_MAX];
	size_t count;
};

void event_related_begin(struct event_related *related);
void event_related_free(struct event_related *related);

/*! \param text  The address as text. */
void event_related_add(struct event_related *related, const struct in6_addr *addr,
                       const struct address_text *text);

void event_put_related(struct json *json, const struct event_related *related,
                       const struct event_parts *parts);
