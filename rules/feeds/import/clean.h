/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Cleans text from a feed, so that it can be written in a rule and shown on a terminal. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*! \brief Room for the longest cleaned text, in octets, the final zero included. */
#define CLEAN_SIZE 512

/*!
 * \brief Decodes the UTF-8 character at `at`; an invalid octet counts as U+FFFD.
 *
 * \param left  Octets from `at` to the end of the text, at least 1.
 * \param code  Receives the code point of the character.
 *
 * \return The number of octets of the character, 1 to 4.
 */
size_t clean_character(const char *at, size_t left, uint32_t *code);

/*!
 * \brief Copies a text as one line of valid UTF-8.
 *
 * A run of blanks, control characters (including C1) and characters that change the direction of
 * text becomes one blank. Such a run at the beginning or at the end of the text is removed. Invalid
 * octets become U+FFFD. A text that does not fit is cut after a whole character, and an ellipsis is
 * added.
 *
 * \return The number of octets written, without the final zero.
 */
size_t clean_text(const char *text, size_t size, char clean[CLEAN_SIZE]);
