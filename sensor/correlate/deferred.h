/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A queue of deferred DNS messages. A message is read again when all workers have read
 *        beyond the packet time of the message. Private to sensor/correlate/.
 *
 * Limit: the messages in the queue have at most DEFERRED_SIZE_MAX octets in total.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/network_id.h"

#define DEFERRED_SIZE_MAX ((size_t)16 << 20)

struct deferred;

struct deferred_message {
	const uint8_t *wire;
	size_t size;
	int64_t time_ns;
	struct in6_addr client; /*!< The client that received the message. */
	/*! The client's network; it has no labels if networks are not separated. */
	struct network_id network;
};

/*! \brief Creates an empty queue. \return NULL when out of memory. */
struct deferred *deferred_new(void);
void deferred_free(struct deferred *deferred);

/*! \brief Adds a copy of a message to the end. \return False if the queue is full. */
bool deferred_put(struct deferred *deferred, const struct deferred_message *message);

/*! \brief Sets `message` to a view of the first message of the queue. It lives until
 *         deferred_drop(). \return False if the queue is empty. */
bool deferred_first(const struct deferred *deferred, struct deferred_message *message);

/*! \brief Removes the first message. */
void deferred_drop(struct deferred *deferred);
