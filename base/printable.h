/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Escapes text from the network so that a terminal can show it safely.
 *
 * Unsafe characters are those that control a terminal, or change how other characters are shown:
 * the C0 and C1 control characters, DEL, bidirectional formatting characters, zero-width and
 * invisible characters, line and paragraph separators, tags and variation selectors. They are
 * escaped, so that no text can move the cursor, forge a line, or look like another text. Octets
 * that are not UTF-8 are also escaped.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/writer.h"

/*! \brief The largest number of octets of an escaped character, `\u{10fffd}`. */
#define PRINTABLE_MAX 10

/*! \brief Returns true if a character is safe and is therefore written unescaped. */
bool printable_is(uint32_t code);

/*!
 * \brief Writes the first character of a text. A safe character is unchanged. A C0 character, DEL,
 *        or an octet that is not UTF-8 is escaped as in `\x1b`. Any other unsafe character is
 *        escaped as in `\u{202e}`.
 *
 * \param size   Octets of the text, at least 1.
 * \param shown  Receives the result, without a final NUL.
 * \param used   Receives the number of octets of the character in `text`.
 *
 * \return The number of octets written to `shown`.
 */
size_t printable_next(const char *text, size_t size, char shown[PRINTABLE_MAX], size_t *used);

/*! \brief Writes a text in which each character is escaped as printable_next() does. */
void printable_put(struct writer *out, const char *text, size_t size);

/*!
 * \brief Writes a JSON text as one line with the same value. Unsafe characters are escaped in the
 *        notation of JSON.
 */
void printable_put_json(struct writer *out, const char *json, size_t size);
