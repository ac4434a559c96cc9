/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Converts the content of a feed to UTF-8 text without NULs. Private to rules/feeds/. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*!
 * \brief Explains why no reader can read a file, for example because it is compressed, and what the
 *        user should do. Returns NULL if the file may be text.
 */
const char *encoding_refuse(const char *text, size_t size);

/*!
 * \brief Returns true if a text is UTF-16, judged by its byte order mark or by its first two
 *        characters.
 */
bool encoding_is_utf16(const char *text, size_t size);

/*!
 * \brief Converts UTF-16 to UTF-8. Invalid code units become U+FFFD.
 *
 * \param size  In: octets of `text`. Out: octets of the result.
 *
 * \return The UTF-8 text, terminated by NUL, which the caller frees; NULL when out of memory.
 */
char *encoding_from_utf16(const char *text, size_t *size);

/*!
 * \brief Replaces CR by LF in a text without any LF, and each NUL by U+0001, which no reader
 *        accepts in an indicator.
 *
 * \return The number of the line that contains the first NUL, from 1; 0 if the text has no NUL.
 */
size_t encoding_mend(char *text, size_t size);
