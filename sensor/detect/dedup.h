/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Finds packets that a SPAN port delivers more than once (`--dedup`).
 *
 * A copy has the same addresses, ports and DNS message or TCP segment as an earlier packet within
 * the time window. VLAN, tunnel, TTL and IP identification may differ. Time is packet time.
 *
 * The octets themselves are compared, so an equal hash alone never makes a packet a copy.
 *
 * Limit: at most DEDUP_SEEN packets are stored, with at most DEDUP_OCTETS octets in total; new
 * packets replace older ones. A copy of a packet that was replaced counts as a new packet.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "parsers/link/frame.h"

#define DEDUP_SEEN   65536
#define DEDUP_OCTETS (UINT32_C(16) << 20)

struct dedup;

/*! \brief Creates a detector of copies that arrive within `window_ns`. \return NULL when out of
 * memory. */
struct dedup *dedup_new(int64_t window_ns);
void dedup_free(struct dedup *dedup);

/*! \brief Returns true for a copy. Any other packet is stored for later comparisons. */
bool dedup_is_copy(struct dedup *dedup, const struct frame *frame, int64_t time_ns);
