/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Cache lines of the processor, and prefetching them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define CACHE_LINE 64

/*!
 * \brief Prefetches all lines of an object at once.
 *
 * A line that is not cached takes as long as decoding a packet; lines that are
 * fetched one after the other add up.
 */
static inline void cache_expect(const void *object, size_t size)
{
	const char *at = object;
	const char *end = at + size;
	for (at -= (uintptr_t)at % CACHE_LINE; at < end; at += CACHE_LINE) {
		__builtin_prefetch(at);
	}
}
