/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A monotonic clock driven by packet time, for time-outs.
 *
 * Time stamps of a capture may be invalid, or step back where several files follow each other
 * or the clock of the host was set. A step back of up to a second is taken for reordering, and
 * does not move this clock. After a longer step back this clock continues from its current
 * value.
 */
#pragma once

#include <stdint.h>

struct packet_clock {
	int64_t now_ns;  /*!< The time in nanoseconds; 0 at the first stamp. */
	int64_t skew_ns; /*!< Added to a stamp, it gives the time of this clock. */
	int started;     /*!< There was a first stamp. */
};

/*! \brief Advances the clock to the stamp of a packet. */
static inline void packet_clock_set(struct packet_clock *clock, int64_t stamp_ns)
{
	const int64_t disorder_ns = 1000000000;
	int64_t now;

	if (!clock->started) {
		clock->started = 1;
		clock->skew_ns = stamp_ns > INT64_MIN ? -stamp_ns : 0;
	}
	/* A stamp that overflows is ignored. */
	if (__builtin_add_overflow(stamp_ns, clock->skew_ns, &now)) {
		return;
	}
	if (now >= clock->now_ns) {
		clock->now_ns = now;
	} else if (clock->now_ns - disorder_ns > now) {
		if (__builtin_sub_overflow(clock->now_ns, stamp_ns, &clock->skew_ns)) {
			clock->skew_ns = 0;
		}
	}
}
