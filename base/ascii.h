/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief ASCII characters by kind, whatever the locale.
 *
 * Millions of words are looked at when rules are read: strspn() would make a table
 * of its set for each of them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

static inline bool ascii_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*! \brief Octets at the beginning of a terminated text that `is` holds for. */
static inline size_t ascii_span(const char *text, bool (*is)(char c))
{
	size_t size = 0;
	while (text[size] != '\0' && is(text[size])) {
		size++;
	}
	return size;
}
