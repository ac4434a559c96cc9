/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Makes one event for a run of equal hits. It is the event of the first hit, to which the
 *        number of hits and the times of the first and the last hit are added.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/events/event.h"

/*! \brief The largest number of clients that an event lists. */
#define EVENT_REPEAT_CLIENTS_MAX 100

/*! \brief A list of clients, each of them once. */
struct event_clients {
	size_t count;
	struct in6_addr addrs[EVENT_REPEAT_CLIENTS_MAX];
};

/*! \brief Returns whether a client is listed. */
bool event_clients_has(const struct event_clients *clients, const struct in6_addr *client);

/*! \brief Adds a client to the list, unless it is in the list already or the list is full. */
void event_clients_add(struct event_clients *clients, const struct in6_addr *client);

/*! \brief A run of equal hits that were suppressed or gathered. */
struct event_repeat {
	uint64_t count;
	int64_t first_ns; /*!< Packet time of the first hit, nanoseconds since 1970 UTC. */
	int64_t last_ns;
	/*! The clients of the hits, borrowed; NULL: all hits have the same client. */
	const struct event_clients *clients;
};

/*! \brief A copy of an event. */
struct event_copy;

/*!
 * \brief Returns a copy of an event, which is valid until event_copy_free(); NULL when out of
 *        memory.
 */
struct event_copy *event_copy_new(const struct event *event);
void event_copy_free(struct event_copy *copy);

/*! \brief Returns the number of octets that the copy of an event takes. */
size_t event_copy_size(const struct event *event);

/*! \brief Writes the events of runs of equal hits. It uses the same memory for each event. */
struct event_repeater;
struct event_repeater *event_repeater_new(void);
void event_repeater_free(struct event_repeater *repeater);

/*!
 * \brief Makes the event of a run. Its id is derived from the id of the first hit.
 *
 * \return An event that lives until the next call; NULL when out of memory.
 */
const struct event *event_write_repeat(struct event_repeater *repeater,
                                       const struct event_copy *first,
                                       const struct event_repeat *repeat);
