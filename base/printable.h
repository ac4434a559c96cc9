/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Escapes text from the network so that a terminal can show it safely.
 *
 * All characters are escaped that control a terminal or change how other characters are shown, so
 * that no text can move the cursor, forge a line, or look like another text. These are the
 * controls C0 and C1, DEL, bidirectional formatting, zero-width and invisible characters,
 * separators of lines and paragraphs, tags, variation selectors, and octets that are not UTF-8.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/writer.h"

/*! \brief The largest number of octets of an escaped character, `\u{10fffd}`. */
#define PRINTABLE_MAX 10

/*! \brief Returns whether a character is shown as it is. */
bool printable_is(uint32_t code);

/*!
 * \brief Writes the first character of a text: as it is, as `\x1b` (C0, DEL, an octet that is not
 *        UTF-8), or as `\u{202e}`.
 *
 * \param size   Octets of the text, at least 1.
 * \param shown  Receives the result, without a final NUL.
 * \param used   Receives the number of octets of the character in `text`.
 *
 * \return The octets in `shown`.
 */
size_t printable_next(const char *text, size_t size, char shown[PRINTABLE_MAX], size_t *used);

/*! \brief Writes a text, escaped in this way. */
void printable_put(struct writer *out, const char *text, size_t size);

/*!
 * \brief Writes a JSON text as one line with the same value, in which such characters are
 *        escaped in the notation of JSON.
 */
void printable_put_json(struct writer *out, const char *json, size_t size);
