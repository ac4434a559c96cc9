/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A sum over all that a fuzz target finds in an input.
 *
 * replay.c compares it with the sum that is recorded in tests/fuzz/found/, so that an
 * input of the corpus is a test of the result, too.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Weak: libFuzzer takes the place of replay.c. */
__attribute__((weak)) uint64_t found_sum;

static inline void found_number(uint64_t number)
{
	found_sum = (found_sum ^ number) * 0x100000001b3u;
	found_sum ^= found_sum >> 29;
}

static inline void found_bytes(const void *bytes, size_t size)
{
	const uint8_t *at = bytes;
	found_number(size);
	for (size_t i = 0; i < size; i++) {
		found_number(at[i]);
	}
}

static inline void found_text(const char *text)
{
	found_bytes(text, strlen(text));
}
