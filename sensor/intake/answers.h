/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What one side said to octets of the other that the tap has not shown yet.
 *
 * A reply makes sense only behind what it replies to. Where a segment with payload
 * acknowledges octets that are missing, it waits with those behind it: until they
 * come (a tap reorders), or are told as a gap, which it then follows.
 *
 * One side of a flow waits at a time. Limits: ANSWERS_MAX segments a flow, and the
 * bytes count with those behind holes. Private to streams.c and halves.c.
 */
#pragma once

#include "sensor/intake/halves.h"

#define ANSWERS_MAX 64

/*! \brief Takes a copy of the segment if it must wait. \return False: it need not. */
bool answers_hold(struct streams *s, struct flow *flow, enum stream_side side, uint32_t seq,
                  const struct segment *seg);

/*! \brief Hands over what need not wait any more, giving up what it waited for. */
void answers_release(struct streams *s, struct flow *flow);

/*! \brief Octets of `side` up to `end` are there or told: hands over what waits for no more. */
void answers_follow(struct streams *s, struct flow *flow, enum stream_side side, uint32_t end);

/*! \brief Hands over all, giving up what it waited for. */
void answers_flush(struct streams *s, struct flow *flow);

/*! \brief Lets go of all. */
void answers_clear(struct streams *s, struct flow *flow);
