/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Lines of the processor's cache, and how to ask for them before they are needed. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define CACHE_LINE 64

/*!
 * \brief Asks for the lines of an object, all at once: each of them is waited for as long as
 *        many a packet costs, where one is looked at after the other.
 */
static inline void cache_expect(const void *object, size_t size)
{
	const char *at = object;
	const char *end = at + size;
	for (at -= (uintptr_t)at % CACHE_LINE; at < end; at += CACHE_LINE) {
		__builtin_prefetch(at);
	}
}
