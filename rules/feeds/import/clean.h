/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Makes text from a feed fit to stand in a line of rules and on a terminal. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*! \brief Octets of the longest cleaned text, the final zero included. */
#define CLEAN_SIZE 512

/*!
 * \brief Measures the UTF-8 character at `at` (RFC 3629 section 4).
 *
 * \param left  Octets there are, at least 1.
 * \param code  Its code point; U+FFFD when there is none.
 *
 * \return Its 1 to 4 octets; 1 when there is none.
 */
size_t clean_character(const char *at, size_t left, uint32_t *code);

/*!
 * \brief Copies a text as one line of sound UTF-8.
 *
 * Blanks, controls (C1 too) and marks that turn the direction of text become one
 * blank, and none at either end; what is no UTF-8 becomes U+FFFD; what does not
 * fit is cut at a character and ends in an ellipsis.
 *
 * \return The octets written, without the final zero.
 */
size_t clean_text(const char *text, size_t size, char clean[CLEAN_SIZE]);
