/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Makes the value of event.id, which is a hash of the packets' content and of the rule.
 *
 * The same hit has the same id in a replay, in another sensor and after a restart; a row of the
 * history has the same id in each hunt, also after it was seen again. The id does
 * not depend on time, because a capture that is sent again on a network gets new time stamps.
 */
#pragma once

#include <xxhash.h>

#include "sensor/events/event_parts.h"

#define EVENT_ID_HEAD_MAX 128

/*! \brief What the hashes of all events of a message begin with. */
struct event_id_head {
	size_t size; /*!< 0: it is not made yet. */
	char octets[EVENT_ID_HEAD_MAX];
};

/*!
 * \brief Computes `parts->id` from the other parts.
 *
 * \param head   Of the message; made if it is not yet.
 * \param state  Scratch memory for the hash.
 */
void event_id_make(struct event_parts *parts, struct event_id_head *head, XXH3_state_t *state);

/*! \brief Writes a hash as text, in hexadecimal. */
void event_id_text(char id[EVENT_ID_MAX], XXH128_hash_t hash);
