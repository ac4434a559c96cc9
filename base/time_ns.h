/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Times in nanoseconds, and functions that read the clock of the system. */
#pragma once

#include <stdint.h>
#include <time.h>

#define NS_PER_MS  INT64_C(1000000)
#define NS_PER_S   INT64_C(1000000000)
#define NS_PER_DAY (86400 * NS_PER_S)

/*!
 * \brief Returns a time plus a span. A capture may contain any time, so the sum may overflow; it
 * then becomes INT64_MAX.
 */
static inline int64_t time_ns_after(int64_t time_ns, int64_t span_ns)
{
	int64_t after_ns;
	return __builtin_add_overflow(time_ns, span_ns, &after_ns) ? INT64_MAX : after_ns;
}

static inline int64_t time_read_ns(clockid_t clock)
{
	struct timespec now;
	(void)clock_gettime(clock, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/*!
 * \brief Reads CLOCK_MONOTONIC. It is used for time-outs and intervals, because it cannot be set.
 */
static inline int64_t monotonic_ns(void)
{
	return time_read_ns(CLOCK_MONOTONIC);
}

/*!
 * \brief Reads CLOCK_REALTIME, the time since 1970 UTC. The kernel's packet time stamps use the
 *        same clock.
 */
static inline int64_t realtime_ns(void)
{
	return time_read_ns(CLOCK_REALTIME);
}
