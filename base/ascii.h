/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Classes of ASCII characters, independent of the locale.
 *
 * The functions are inline because loading rules classifies the characters of millions of words.
 * They are faster than strspn(), which makes a table of its set in each call.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

static inline bool ascii_is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static inline bool ascii_is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static inline bool ascii_is_letter(char c)
{
	return ascii_is_lower(c) || ascii_is_upper(c);
}

static inline bool ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool ascii_is_alphanumeric(char c)
{
	return ascii_is_letter(c) || ascii_is_digit(c);
}

/*! \brief Returns true for space and tab, which are WSP in RFC 5234. */
static inline bool ascii_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/*! \brief Returns true for space, tab, CR and LF. */
static inline bool ascii_is_space(char c)
{
	return ascii_is_blank(c) || c == '\r' || c == '\n';
}

static inline char ascii_lower(char c)
{
	return ascii_is_upper(c) ? (char)(c | 0x20) : c;
}

/*! \brief Returns the value of a hexadecimal digit, or -1 for any other character. */
static inline int ascii_hex_value(char c)
{
	if (ascii_is_digit(c)) {
		return c - '0';
	}
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/*!
 * \brief Returns the number of octets at the beginning of `text` before the first one for which
 *        `is` returns false. `text` is NUL-terminated.
 */
static inline size_t ascii_span(const char *text, bool (*is)(char c))
{
	size_t size = 0;
	while (text[size] != '\0' && is(text[size])) {
		size++;
	}
	return size;
}
