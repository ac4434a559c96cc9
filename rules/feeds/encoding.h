/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Makes UTF-8 text without NULs of what a file has; for rules/feeds/ alone. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*! \brief Why a file is no text that any reader takes, and what to do; NULL if it may be one. */
const char *encoding_refuse(const char *text, size_t size);

/*! \brief Whether a text is UTF-16, by its byte order mark or by its first two characters. */
bool encoding_is_utf16(const char *text, size_t size);

/*!
 * \brief Turns UTF-16 into UTF-8; what is invalid becomes U+FFFD.
 *
 * \param size  In and out: octets.
 *
 * \return Memory that the caller frees, terminated; NULL when out of memory.
 */
char *encoding_from_utf16(const char *text, size_t *size);

/*!
 * \brief Makes line ends of lone CRs, if a text has no others, and U+0001 of NULs, which no
 *        reader takes for a part of an indicator.
 *
 * \return The line of the first NUL, from 1; 0 for none.
 */
size_t encoding_mend(char *text, size_t size);
