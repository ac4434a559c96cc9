/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Restores indicators that reports have defanged, that is, made unclickable. */
#pragma once

#include <stddef.h>

/*!
 * \brief Writes `word` with its defanged signs restored, and only the host of a URL.
 *
 * `[.] (.) {.} [dot] (dot) {dot} \.` are dots, `[@] (@) {@} [at] (at) {at}` at
 * signs, `[:] (:) {:}` colons, `[/]` a slash, `[://]` itself, in any case.
 * `SCHEME://USER@HOST:PORT/PATH` (hxxp, hxxps and any other scheme) becomes its host,
 * and `[IPv6]` the address without brackets. A quoted local part at the beginning
 * (RFC 5321 section 4.1.2) is not changed.
 *
 * \param room  Octets of `text`, the final zero included.
 *
 * \return 0, or -1 when the text does not fit.
 */
int refang(const char *word, char *text, size_t room);
