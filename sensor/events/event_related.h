/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Writes the `related` object of an event. It has each address and each host name of the
 *        event once.
 */
#pragma once

#include "base/json.h"
#include "sensor/events/event_parts.h"

/*! \brief The largest number of addresses in `related.ip`; further ones are left out. */
#define EVENT_RELATED_MAX 64

/*! \brief The addresses of an event, collected while its other parts are made. */
struct event_related {
	struct json ips;                         /*!< JSON of the elements of `related.ip`. */
	struct in6_addr seen[EVENT_RELATED_MAX]; /*!< The addresses in `ips`. */
	size_t count;                            /*!< Elements of `seen`. */
};

/*! \brief Removes the addresses of the previous event. */
void event_related_begin(struct event_related *related);
void event_related_free(struct event_related *related);

/*!
 * \brief Adds an address unless it is listed already.
 *
 * \param text  The same address as text.
 */
void event_related_add(struct event_related *related, const struct in6_addr *addr,
                       const struct address_text *text);

/*! \brief Writes the object with the addresses in `related` and the host names in `parts`. */
void event_put_related(struct json *json, const struct event_related *related,
                       const struct event_parts *parts);
