/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A queue of DNS messages that are read again once all workers have passed their time.
 *        Private to this room.
 *
 * Limit: DEFERRED_SIZE_MAX octets of them.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEFERRED_SIZE_MAX ((size_t)16 << 20)

struct deferred;

struct deferred_message {
	const uint8_t *wire;
	size_t size;
	int64_t time_ns;
	struct in6_addr client; /*!< Who got it. */
};

/*! \return NULL when out of memory. */
struct deferred *deferred_new(void);
void deferred_free(struct deferred *deferred);

/*! \brief Copies a message. \return False if there is no room. */
bool deferred_put(struct deferred *deferred, const struct deferred_message *message);

/*! \brief The first message, which lives until deferred_drop(). \return False if empty. */
bool deferred_first(const struct deferred *deferred, struct deferred_message *message);

/*! \brief Removes the first message. */
void deferred_drop(struct deferred *deferred);
