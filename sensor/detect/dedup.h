/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Finds packets that a SPAN port delivers more than once (`--dedup`).
 *
 * A copy has the same endpoints and the same DNS message or TCP segment as a packet within
 * the window, regardless of VLAN, tunnel, TTL and IP identifier. Time is packet time.
 *
 * Limit: the last DEDUP_SEEN packets are remembered; a copy after more packets than that
 * is taken for a new packet.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "parsers/link/frame.h"

#define DEDUP_SEEN 65536

struct dedup;

/*! \return NULL when out of memory. */
struct dedup *dedup_new(int64_t window_ns);
void dedup_free(struct dedup *dedup);

/*! \brief True for a copy; any other packet is remembered. */
bool dedup_is_copy(struct dedup *dedup, const struct frame *frame, int64_t time_ns);
