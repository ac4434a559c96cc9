/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Prefetches cache lines of the processor. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define CACHE_LINE 64

/*!
 * \brief Prefetches all lines of an object at once.
 *
 * Fetching a line that is not cached takes as long as decoding a packet. Lines that are fetched
 * together take no longer than one line.
 */
static inline void cache_expect(const void *object, size_t size)
{
	const char *at = object;
	const char *end = at + size;
	for (at -= (uintptr_t)at % CACHE_LINE; at < end; at += CACHE_LINE) {
		__builtin_prefetch(at);
	}
}
