/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A clock that is driven by packet time, for time-outs.
 *
 * Time stamps of a capture may be invalid. They may step back where one file follows another, or
 * where the clock of the host was set, and they may come alternately from two hosts. This clock
 * follows one timeline at a time. A timeline is a sequence of stamps that become times of this
 * clock when the same constant is added to each of them.
 *
 *   - A stamp up to CLOCK_DISORDER_NS before the latest one is assumed to be that of a reordered
 *     packet, and does not advance the clock.
 *   - After a longer step back, a new timeline begins at the current time of this clock. If a later
 *     stamp fits the previous timeline better, the clock returns to that timeline. The differences
 *     between the times of two hosts therefore do not add up.
 *   - After a step forward of more than CLOCK_STEP_NS the clock is `unsure` until another stamp
 *     confirms the step; until then nothing may expire. If the next stamp does not confirm it, the
 *     clock returns to the time before the step. The clock goes back in no other case.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/param.h>

#include "base/time_ns.h"

#define CLOCK_DISORDER_NS NS_PER_S
#define CLOCK_STEP_NS     (120 * NS_PER_S)

struct packet_clock {
	int64_t now_ns; /*!< The time in nanoseconds; 0 at the first stamp. */
	/*! The constant of the current timeline: a stamp plus `skew_ns` is a time of this clock. */
	int64_t skew_ns;
	int64_t other_ns;  /*!< The constant of the previous timeline. */
	int64_t before_ns; /*!< The time before the step; valid while `unsure` is set. */
	int64_t step_ns;   /*!< The stamp after the step; valid while `unsure` is set. */
	int64_t first_ns;  /*!< The first stamp. */
	bool started;      /*!< The first stamp was taken. */
	bool has_other;    /*!< There is a previous timeline. */
	bool unsure;       /*!< The latest stamp may be from the future. */
	bool is_sure;      /*!< There was a first stamp, and the clock is not `unsure`. */
};

/* Computes how much later than `now_ns` a stamp is, in nanoseconds, on the timeline whose constant
 * is `skew_ns`. The result is negative if the stamp is earlier. \return False if the time
 * overflows. */
static inline bool packet_clock_passed(const struct packet_clock *clock, int64_t stamp_ns,
                                       int64_t skew_ns, int64_t *passed_ns)
{
	return !__builtin_add_overflow(stamp_ns, skew_ns, passed_ns) &&
	       !__builtin_sub_overflow(*passed_ns, clock->now_ns, passed_ns);
}

static inline bool packet_clock_fits(int64_t passed_ns)
{
	return passed_ns >= -CLOCK_DISORDER_NS && passed_ns <= CLOCK_STEP_NS;
}

/* Continues the previous timeline if a stamp fits it better than it fits the current timeline.
 * Returns false if the current timeline remains. */
static inline bool packet_clock_fits_other(struct packet_clock *clock, int64_t stamp_ns,
                                           int64_t passed_ns)
{
	int64_t other_ns;
	if (!clock->has_other ||
	    !packet_clock_passed(clock, stamp_ns, clock->other_ns, &other_ns) ||
	    !packet_clock_fits(other_ns) || (passed_ns >= 0 && passed_ns <= other_ns)) {
		return false;
	}
	int64_t skew_ns = clock->skew_ns;
	clock->skew_ns = clock->other_ns;
	clock->other_ns = skew_ns;
	clock->now_ns += MAX(other_ns, 0);
	return true;
}

/* Starts another timeline after a step back. A stamp whose skew overflows is ignored. */
static inline void packet_clock_step_back(struct packet_clock *clock, int64_t stamp_ns)
{
	int64_t skew_ns;
	if (!__builtin_sub_overflow(clock->now_ns, stamp_ns, &skew_ns)) {
		clock->other_ns = clock->skew_ns;
		clock->has_other = true;
		clock->skew_ns = skew_ns;
	}
}

static inline void packet_clock_step_forward(struct packet_clock *clock, int64_t stamp_ns,
                                             int64_t passed_ns)
{
	if (passed_ns > CLOCK_STEP_NS) {
		clock->unsure = true;
		clock->is_sure = false;
		clock->before_ns = clock->now_ns;
		clock->step_ns = stamp_ns;
	}
	clock->now_ns += passed_ns;
}

/* Judges a step forward by the stamp after it. If that stamp is more than CLOCK_DISORDER_NS earlier
 * than the step, the stamp of one packet was wrong, and the clock returns to the time before the
 * step. */
static inline void packet_clock_judge(struct packet_clock *clock, int64_t passed_ns)
{
	clock->unsure = false;
	clock->is_sure = true;
	if (passed_ns < -CLOCK_DISORDER_NS) {
		clock->now_ns = clock->before_ns;
	}
}

/*!
 * \brief Takes the stamps that packet_clock_set() does not handle itself: the first stamp, every
 *        stamp while the clock is `unsure`, and every stamp that is earlier than the time of the
 *        clock or more than CLOCK_DISORDER_NS later.
 */
__attribute__((cold)) static inline void packet_clock_step(struct packet_clock *clock,
                                                           int64_t stamp_ns)
{
	int64_t passed_ns;

	if (!clock->started) {
		clock->started = clock->is_sure = true;
		clock->first_ns = stamp_ns;
		clock->skew_ns = stamp_ns > INT64_MIN ? -stamp_ns : 0;
	}
	if ((clock->unsure && stamp_ns == clock->step_ns) ||
	    !packet_clock_passed(clock, stamp_ns, clock->skew_ns, &passed_ns)) {
		return;
	}
	if (clock->unsure) {
		packet_clock_judge(clock, passed_ns);
		(void)packet_clock_passed(clock, stamp_ns, clock->skew_ns, &passed_ns);
	}
	if (passed_ns >= -CLOCK_DISORDER_NS && passed_ns <= 0) {
		return;
	}
	if (packet_clock_fits_other(clock, stamp_ns, passed_ns)) {
		return;
	}
	if (passed_ns < 0) {
		packet_clock_step_back(clock, stamp_ns);
	} else {
		packet_clock_step_forward(clock, stamp_ns, passed_ns);
	}
}

/*! \brief Takes the stamp of a packet. A repeated stamp has no effect. */
static inline void packet_clock_set(struct packet_clock *clock, int64_t stamp_ns)
{
	/* A stamp before the latest one gives a large number. */
	uint64_t passed_ns =
	        (uint64_t)stamp_ns + (uint64_t)clock->skew_ns - (uint64_t)clock->now_ns;

	if (clock->is_sure && passed_ns <= CLOCK_DISORDER_NS &&
	    clock->now_ns < INT64_MAX - CLOCK_DISORDER_NS) {
		clock->now_ns += (int64_t)passed_ns;
	} else {
		packet_clock_step(clock, stamp_ns);
	}
}

/*!
 * \brief Returns how many nanoseconds have passed since the moment `*at_ns` of this clock.
 *
 * \param at_ns  An earlier time of this clock. If it is later than now, because it came from a
 *               packet whose time stamp was wrong and lay in the future, it is set to now and 0 is
 *               returned.
 */
static inline int64_t packet_clock_since(const struct packet_clock *clock, int64_t *at_ns)
{
	if (*at_ns > clock->now_ns) {
		*at_ns = clock->now_ns;
	}
	return clock->now_ns - *at_ns;
}

/*!
 * \brief Returns the date of a stamp, in nanoseconds since 1970 UTC. It is the sum of the first
 *        stamp and the time that this clock gives to the stamp.
 *
 * As long as the capture has one timeline, the date of a stamp is the stamp itself, unless the
 * stamp is earlier than the first one. A date is never more than CLOCK_DISORDER_NS later than the
 * first stamp plus the time of the clock.
 *
 * \param stamp_ns  The stamp of the latest packet, or of an earlier one.
 */
static inline int64_t packet_clock_date(const struct packet_clock *clock, int64_t stamp_ns)
{
	int64_t at_ns;
	if (!clock->started) {
		return stamp_ns;
	}
	if (__builtin_add_overflow(stamp_ns, clock->skew_ns, &at_ns) || at_ns < 0 ||
	    at_ns - CLOCK_DISORDER_NS > clock->now_ns) {
		at_ns = clock->now_ns;
	}
	return __builtin_add_overflow(at_ns, clock->first_ns, &at_ns) ? INT64_MAX : at_ns;
}
