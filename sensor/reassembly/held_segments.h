/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What one side said to octets of the other that the tap has not shown yet.
 *
 * A reply makes sense only behind what it replies to. Where a segment with payload
 * acknowledges octets that were not handed over, it waits for them: until they
 * come (a tap reorders), or are told as a gap, which it then follows. What is
 * said to a waiting segment waits for that in turn, so that the order of a
 * dialogue survives a loss in either direction.
 *
 * Limits: HELD_SEGMENTS_MAX segments a connection, and the bytes count with those behind holes.
 * Private to streams.c and half_stream.c.
 */
#pragma once

#include "sensor/reassembly/half_stream.h"

#define HELD_SEGMENTS_MAX 64

/*! \brief Takes a copy of the segment if it must wait. \return False: it need not. */
bool held_segments_add(struct streams *s, struct connection *connection, enum stream_side side,
                       uint32_t seq, const struct segment *seg);

/*! \brief Hands over what need not wait any more; what waited too long is given up. */
void held_segments_release(struct streams *s, struct connection *connection);

/*! \brief Octets of `side` up to `end` are told: hands over what waits for no more. */
void held_segments_follow(struct streams *s, struct connection *connection, enum stream_side side,
                          uint32_t end);

/*! \brief Hands over all, giving up what it waited for. */
void held_segments_flush(struct streams *s, struct connection *connection);

/*! \brief Lets go of all. */
void held_segments_clear(struct streams *s, struct connection *connection);
