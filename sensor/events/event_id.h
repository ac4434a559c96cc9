/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Makes the value of `event.id`: a hash of the packets' content and of the rule.
 *
 * The same hit has the same id in a replay, in another sensor and after a restart. A hit of a row
 * of the history has the same id in each hunt, even if the row was seen again in between. The id
 * does not depend on time, because a capture that is sent again on a network gets new time stamps.
 */
#pragma once

#include <xxhash.h>

#include "sensor/events/event_parts.h"

#define EVENT_ID_HEAD_MAX 128
/*! \brief The largest number of octets that are hashed for one event. */
#define EVENT_ID_HASHED_MAX (1U << 20)

/*! \brief The octets that are hashed first. They are the same for all events of a message. */
struct event_id_head {
	size_t size; /*!< 0: the octets are not made yet. */
	char octets[EVENT_ID_HEAD_MAX];
	struct writer hashed; /*!< Buffer for all octets of one event. */
};

void event_id_init(struct event_id_head *head);
void event_id_free(struct event_id_head *head);

/*!
 * \brief Computes `parts->id` from the other parts.
 *
 * \param head  The head of the message; the call makes it if its size is 0.
 */
void event_id_make(struct event_parts *parts, struct event_id_head *head);

/*! \brief Writes a hash as text, in hexadecimal. */
void event_id_text(char id[EVENT_ID_MAX], XXH128_hash_t hash);
