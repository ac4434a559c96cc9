/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Restores defanged indicators. The authors of reports defang indicators, for example as
 *        `example[.]com`, so that they cannot be clicked.
 */
#pragma once

#include <stddef.h>

/*! \brief Room for the plain form of a defanged sign, the final zero included. */
#define REFANG_SIGN_SIZE 4

/*!
 * \brief Recognises a defanged sign at the beginning of a text.
 *
 * A defanged sign is a dot, at sign, colon, slash, hyphen or `://` in brackets: `[.]`, `(dot)`,
 * `{ at }`, `<:>`, `[://]`. The brackets may be full-width characters, and may have blanks inside.
 * A sign that is written as a word may have letters of either case. A dot or an at sign may have
 * only one bracket: `[.com`, `.]com`. A backslash before a dot is removed. Full-width characters
 * become ASCII characters. The other dots and hyphens of Unicode become those of ASCII. Characters
 * without width are removed.
 *
 * \param plain  Receives the plain sign, which ends with NUL. It is empty for a character without
 *               width.
 *
 * \return The number of octets of the defanged sign; 0 if there is none.
 */
size_t refang_sign(const char *at, size_t left, char plain[REFANG_SIGN_SIZE]);

/*!
 * \brief Writes `word` with its defanged signs restored. If `word` is a URL, only the host is
 *        written.
 *
 * `SCHEME://USER@HOST:PORT/PATH` becomes HOST. SCHEME may be any scheme, such as http, hxxp, hxtp
 * or h**p, and may be in brackets. `[IPv6]` becomes the address without brackets, and
 * `mailto:USER@HOST` becomes the mailbox. A quoted local part at the beginning (RFC 5321 section
 * 4.1.2) is not changed.
 *
 * \param room  Octets of `text`, the final zero included.
 *
 * \return 0; 1 if `word` is a URL; -1 if the text does not fit.
 */
int refang(const char *word, char *text, size_t room);
