/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Undoes what reports do to indicators so that nobody clicks on them. */
#pragma once

#include <stddef.h>

/*!
 * \brief Writes `word` with its defanged signs restored, and a URL as its host alone.
 *
 * `[.] (.) {.} [dot] (dot) {dot} \.` are dots, `[@] (@) {@} [at] (at) {at}` at
 * signs, `[:] (:) {:}` colons, `[/]` a slash, `[://]` itself, in any case.
 * Of `SCHEME://USER@HOST:PORT/PATH` (hxxp, hxxps and any other scheme) the host
 * is left, and of `[IPv6]` in brackets the address. A quoted local part in front
 * (RFC 5321 section 4.1.2) stays as it is.
 *
 * \param room  Octets that `text` takes, the final zero included.
 *
 * \return 0, or -1 when the text does not fit.
 */
int refang(const char *word, char *text, size_t room);
