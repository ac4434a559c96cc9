/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Domain names: out of a message, in wire format, and as text.
 *
 * A name is kept uncompressed in wire format (RFC 1035 section 3.1), folded to
 * lower case (RFC 4343), so that two names are equal when their octets are.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

#define DNS_NAME_MAX  255 /*!< Octets of a name, RFC 1035 section 2.3.4. */
#define DNS_LABEL_MAX 63

/*! \brief Room for any name as text: four characters an octet (`\DDD`) and the final NUL. */
#define DNS_NAME_TEXT_MAX (4 * DNS_NAME_MAX + 1)

struct dns_name {
	uint8_t size; /*!< Octets in use, the final zero included; 0: no name. */
	uint8_t wire[DNS_NAME_MAX];
};

/*! \brief Why a name could not be read. */
enum dns_name_fault {
	DNS_NAME_OK = 0,
	DNS_NAME_SHORT = -1,   /*!< It runs past the end of the message. */
	DNS_NAME_LONG = -2,    /*!< More than 255 octets. */
	DNS_NAME_POINTER = -3, /*!< A pointer forward, to itself, or one of too many. */
	DNS_NAME_LABEL = -4,   /*!< A label type that is not in use (RFC 6891 section 5). */
};

/*!
 * \brief Reads a possibly compressed name at the cursor and moves past it.
 *
 * \param message  A cursor over the whole message: pointers count from its start.
 * \param name     Filled in on success; untouched octets after `size` are undefined.
 *
 * \return DNS_NAME_OK, or a dns_name_fault; the cursor has then failed.
 */
int dns_name_read(struct cursor *message, struct dns_name *name);

/*!
 * \brief Writes a name in presentation form (RFC 1035 section 5.1), without the final dot.
 *
 * The root is ".". A dot or backslash in a label gets a backslash; control
 * characters, and octets that are not UTF-8, are escaped as `\DDD`. The text is UTF-8.
 *
 * \param wire  A whole name in wire format.
 * \param text  Room for DNS_NAME_TEXT_MAX characters.
 *
 * \return Characters written, the final NUL not counted.
 */
size_t dns_name_text(const uint8_t *wire, char *text);

/*!
 * \brief Makes a name of the text of a host name as protocols carry it, without escapes.
 *
 * Folds to lower case; takes one final dot; empty labels are refused.
 *
 * \return DNS_NAME_OK, DNS_NAME_LONG or DNS_NAME_LABEL.
 */
int dns_name_from_host(const char *host, size_t size, struct dns_name *name);
