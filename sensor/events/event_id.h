/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief event.id: a hash of the content of the packets and of the rule.
 *
 * It is the same in a replay, in another sensor and after a restart. It does not
 * depend on time, since a capture that is played onto a wire has other times.
 */
#pragma once

#include <xxhash.h>

#include "sensor/events/event_parts.h"

/*!
 * \brief Makes `id` of the other parts.
 *
 * \param state  To hash with.
 */
void event_id_make(struct event_parts *parts, XXH3_state_t *state);

/*! \brief Writes a hash as an id. */
void event_id_text(char id[EVENT_ID_MAX], XXH128_hash_t hash);
