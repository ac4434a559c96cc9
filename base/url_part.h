/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Takes the text of a URL apart (RFC 3986).
 *
 * A URL may contain a password. An error message therefore names the wrong part of the URL, but
 * never contains the text of that part.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*! \brief A borrowed part of the text of a URL. No NUL terminates the part. */
struct url_part {
	const char *text;
	size_t size;
};

/*! \brief Receives one line with the mistake and its remedy. */
struct url_error {
	char *text;
	size_t size;
};

/*! \brief Writes an error. \return -EINVAL */
__attribute__((format(printf, 2, 3))) int url_wrong(struct url_error *error, const char *format,
                                                    ...);

/*!
 * \brief Cuts a part at its first `c`, or at its last `c` if `last` is true. `part` keeps the text
 *        before this `c`, and `tail` receives the text after it.
 *
 * \return False if the part has no `c`. In this case `part` and `tail` are not changed.
 */
bool url_cut(struct url_part *part, char c, bool last, struct url_part *tail);

/*! \brief Returns true if a part is this word. */
bool url_part_is(struct url_part part, const char *word);

/*!
 * \brief Percent-decodes a part.
 *
 * \param name  The name of the part in error messages.
 * \param out   Receives the text and a final NUL.
 *
 * \return 0; -EINVAL: an escape is wrong, or the text has a control character or is too long.
 */
int url_decode(struct url_error *error, struct url_part part, const char *name, char *out,
               size_t size);

/*! \brief Reads a decimal number. \return 0; -EINVAL: it is not a number, or out of range. */
int url_number(struct url_error *error, struct url_part part, const char *name, uint64_t min,
               uint64_t max, uint64_t *number);

/*!
 * \brief Splits HOST[:PORT] or [IPV6][:PORT], without decoding.
 *
 * \param host      Before the call, the whole text. After it, the host without brackets.
 * \param port      Receives the port if there is one.
 * \param has_port  Receives true if there is a port.
 */
int url_split_host(struct url_error *error, struct url_part *host, struct url_part *port,
                   bool *has_port);
