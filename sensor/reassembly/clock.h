/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Packet time made fit for time-outs: it never runs backwards.
 *
 * Captures hold stamps that step back (several files in sequence, a clock set
 * anew) or are nonsense. A step back of up to a second is disorder and stands
 * still; a longer one starts a new count from where the clock is.
 */
#pragma once

#include <stdint.h>

struct packet_clock {
	int64_t now_ns; /*!< Read this; starts at 0 with the first stamp. */
	int64_t skew_ns;
	int started;
};

static inline void packet_clock_set(struct packet_clock *clock, int64_t stamp_ns)
{
	const int64_t disorder_ns = 1000000000;
	int64_t now;

	if (!clock->started) {
		clock->started = 1;
		clock->skew_ns = stamp_ns > INT64_MIN ? -stamp_ns : 0;
	}
	/* A stamp too far off to count with is no time at all. */
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
