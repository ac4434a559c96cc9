/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Keeps the latest frames in a memory of fixed size, and finds those of a group.
 *
 * A group is a connection, a pair of UDP ports, or the fragments of a datagram; the caller gives
 * its hash, which an attacker must not be able to choose (base/secret_hash.h). A new frame replaces
 * the oldest ones. A frame is identified by its place, a number that is never used again; 0 is no
 * place. Places of replaced frames are recognised.
 *
 * Limits: FRAME_RING_WALK_MAX groups are searched for the previous frame of a group. If more groups
 * share a bucket, the frames before are not found. Not thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/intake/capture.h"

#define FRAME_RING_WALK_MAX 256

struct frame_ring;

/*! \brief Is called before an unwritten frame that was held is replaced. */
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
 * \brief Copies the frames of one group to another one, as one unit. They count as written in the
 *        first group.
 *
 * Fragments of a datagram are found in this way with the connection to which the datagram belongs.
 */
void frame_ring_copy(struct frame_ring *ring, uint64_t from, uint64_t to);

/*! \brief Returns the place of the latest frame of a group; 0: there is none. */
uint64_t frame_ring_latest(const struct frame_ring *ring, uint64_t group);

/*! \brief Returns the place of the frame before this one in its group; 0: there is none. */
uint64_t frame_ring_before(const struct frame_ring *ring, uint64_t place);

/*! \brief Returns the place of the frame after this one in its group; 0: there is none. */
uint64_t frame_ring_after(const struct frame_ring *ring, uint64_t place);

/*! \brief Returns the number of a frame's unit: the frames of one datagram have the same. */
uint64_t frame_ring_unit(const struct frame_ring *ring, uint64_t place);

/*! \brief Sets `packet` to a view of a frame. It lives until the next frame is added. */
void frame_ring_get(const struct frame_ring *ring, uint64_t place, struct packet *packet);

/*! \brief Returns whether frame_ring_set_written() was called for a frame. */
bool frame_ring_is_written(const struct frame_ring *ring, uint64_t place);
void frame_ring_set_written(struct frame_ring *ring, uint64_t place);

/*! \brief Asks for a call of the function `lose` before the frame is replaced, unless it is written
 * by then. */
void frame_ring_hold(struct frame_ring *ring, uint64_t place);
