/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Makes text of a feed fit for a line of rules and for a terminal. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*! \brief Octets of the longest cleaned text, the final zero included. */
#define CLEAN_SIZE 512

/*!
 * \brief Decodes the UTF-8 character at `at`; an invalid octet counts as U+FFFD.
 *
 * \param left  Octets available, at least 1.
 * \param code  Out: its code point.
 *
 * \return Its 1 to 4 octets.
 */
size_t clean_character(const char *at, size_t left, uint32_t *code);

/*!
 * \brief Copies a text as one line of valid UTF-8.
 *
 * Runs of blanks, control characters (including C1) and marks that change the direction
 * of text become one blank, or nothing at either end. Invalid octets become U+FFFD. A text
 * that does not fit is cut after a character and ends in an ellipsis.
 *
 * \return Octets written, without the final zero.
 */
size_t clean_text(const char *text, size_t size, char clean[CLEAN_SIZE]);
