/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The `related` object of an event: its addresses and hosts, each once.
 */
#pragma once

#include "base/json.h"
#include "sensor/events/event_parts.h"

/*! \brief The most addresses that are listed. */
#define EVENT_RELATED_MAX 64

/*! \brief The addresses of an event. */
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
