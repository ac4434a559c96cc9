/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Writes the objects of an event that describe its connection: `client`, `server`, `source`,
 *        `destination` and `network`.
 */
#pragma once

#include "base/json.h"
#include "sensor/events/event_parts.h"

/*! \brief All that event_put_network() reads of a subject. It has no padding. */
struct event_network_key {
	struct flow_key flow;
	struct in6_addr client; /*!< The client, which a proxy may have named. */
	int32_t client_port;    /*!< The port that a proxy has named; -1: there is no proxy. */
	int32_t vlan;
	uint32_t dns; /*!< 1: the subject is a DNS message. */
};

_Static_assert(sizeof(struct event_network_key) == sizeof(struct flow_key) + 28, "no padding");

void event_network_key_make(struct event_network_key *key, const struct event_subject *subject);

/*! \brief Writes all five objects. */
void event_put_network(struct json *json, const struct event_parts *parts);
