/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads the time of the system, in nanoseconds.
 */
#pragma once

#include <stdint.h>
#include <time.h>

#define NS_PER_MS  INT64_C(1000000)
#define NS_PER_S   INT64_C(1000000000)
#define NS_PER_DAY (86400 * NS_PER_S)

static inline int64_t time_read_ns(clockid_t clock)
{
	struct timespec now;
	(void)clock_gettime(clock, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/*! \brief Reads CLOCK_MONOTONIC, which is for time-outs and intervals because nobody sets it. */
static inline int64_t monotonic_ns(void)
{
	return time_read_ns(CLOCK_MONOTONIC);
}

/*! \brief Reads the time since 1970 UTC, by the clock of the kernel's packet time stamps. */
static inline int64_t realtime_ns(void)
{
	return time_read_ns(CLOCK_REALTIME);
}
