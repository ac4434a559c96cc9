/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Restores defanged indicators, which reports write so that they cannot be clicked. */
#pragma once

#include <stddef.h>

/*! \brief Room for the plain form of a defanged sign, the final zero included. */
#define REFANG_SIGN_SIZE 4

/*!
 * \brief The sign that is defanged at `at`.
 *
 * Signs are dot, at sign, colon, slash, hyphen and `://`, in any case, in brackets of any
 * width, with or without blanks inside: `[.]`, `(dot)`, `{ at }`, `<:>`, `[://]`. Dot and at
 * sign may have one bracket: `[.com`, `.]com`. A backslash before a dot makes a dot. Full-width
 * characters are ASCII. The other dots and hyphens of Unicode are ordinary ones. Characters
 * without width disappear.
 *
 * \param plain  Out: the sign, terminated; empty when the characters disappear.
 *
 * \return Octets of the defanged sign, 0 for none.
 */
size_t refang_sign(const char *at, size_t left, char plain[REFANG_SIGN_SIZE]);

/*!
 * \brief Writes `word` with its defanged characters restored; of a URL, writes only the host.
 *
 * `SCHEME://USER@HOST:PORT/PATH` (http, hxxp, hxtp, h**p and any other scheme, in brackets or
 * not) becomes its host, `[IPv6]` the address without brackets, `mailto:USER@HOST` the
 * mailbox. A quoted local part at the beginning (RFC 5321 section 4.1.2) is not changed.
 *
 * \param room  Octets of `text`, the final zero included.
 *
 * \return 0, 1 when it was a URL, or -1 when the text does not fit.
 */
int refang(const char *word, char *text, size_t room);
