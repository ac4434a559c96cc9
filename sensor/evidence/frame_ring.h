/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Keeps the latest frames in a memory of fixed size, and finds those of a group.
 *
 * A group is a connection, a pair of UDP ports, or the fragments of a datagram. The caller
 * identifies it by a hash that an attacker must not be able to choose (base/secret_hash.h). A new
 * frame replaces the oldest ones. The place of a frame is a number that is never used for another
 * frame; 0 is no place. Functions only return places of frames that are still in the ring. Do not
 * pass the place of a frame that was replaced.
 *
 * Limit: the groups whose hashes share a bucket are searched one after the other, but not more than
 * FRAME_RING_WALK_MAX of them. Frames of the groups beyond are not found. Not thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/intake/capture.h"

#define FRAME_RING_WALK_MAX 256

struct frame_ring;

/*! \brief Called before a new frame replaces one for which frame_ring_hold() was called and that is
 *         not yet written. */
typedef void (*frame_ring_lose_t)(void *ctx, uint64_t place);

/*!
 * \brief Creates a ring.
 *
 * \param octets  The size of its memory, at least 4 times the largest frame.
 * \param lose    NULL: no function is called.
 *
 * \return NULL when out of memory. frame_ring_free() frees the ring.
 */
struct frame_ring *frame_ring_new(size_t octets, frame_ring_lose_t lose, void *ctx);
void frame_ring_free(struct frame_ring *ring);

/*! \brief Copies a frame. A frame larger than a quarter of the memory is not kept. */
void frame_ring_add(struct frame_ring *ring, const struct packet *packet, uint64_t group);

/*!
 * \brief Copies the latest unwritten frames of the group `from` to the group `to`, as one unit. In
 *        the group `from` they then count as written.
 *
 * In this way, the fragments of a datagram are found in the group of the connection to which the
 * datagram belongs.
 */
void frame_ring_copy(struct frame_ring *ring, uint64_t from, uint64_t to);

/*! \brief Returns the place of the latest frame of a group; 0: there is none. */
uint64_t frame_ring_latest(const struct frame_ring *ring, uint64_t group);

/*! \brief Returns the place of the frame before this one in its group; 0: there is none. */
uint64_t frame_ring_before(const struct frame_ring *ring, uint64_t place);

/*! \brief Returns the place of the frame after this one in its group; 0: there is none. */
uint64_t frame_ring_after(const struct frame_ring *ring, uint64_t place);

/*! \brief Returns the number of a frame's unit. All frames of a datagram have the same number. */
uint64_t frame_ring_unit(const struct frame_ring *ring, uint64_t place);

/*! \brief Sets `packet` to a view of a frame. It lives until the next frame is added. */
void frame_ring_get(const struct frame_ring *ring, uint64_t place, struct packet *packet);

/*! \brief Returns whether frame_ring_set_written() was called for a frame. */
bool frame_ring_is_written(const struct frame_ring *ring, uint64_t place);
void frame_ring_set_written(struct frame_ring *ring, uint64_t place);

/*! \brief Asks for a call of the function `lose` before the frame is replaced, unless it is written
 * by then. */
void frame_ring_hold(struct frame_ring *ring, uint64_t place);
