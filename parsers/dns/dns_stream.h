/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief DNS messages out of a byte stream: TCP, each with its length before it
 *        (RFC 1035 section 4.2.2, RFC 7766 section 8).
 *
 * Bytes go in as they come, whole messages come out. A message that lies whole
 * in the bytes fed is handed out in place; another is put together in a buffer
 * of its own length, freed with it: at most 64 KiB a stream.
 *
 * After a gap, and in a stream joined in the middle, bytes are passed over up to
 * a piece that begins like a message: a plausible length and header.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef void (*dns_stream_message_t)(void *user, const uint8_t *wire, size_t size);

struct dns_stream {
	uint8_t *buffer; /*!< A message that is being put together, its prefix included. */
	size_t have;     /*!< Octets in it. */
	uint8_t prefix[2];
	bool lost; /*!< No footing: the next piece must look like a message. */
};

/*!
 * \param synced  The stream is seen from its first byte.
 */
void dns_stream_init(struct dns_stream *stream, bool synced);

/*!
 * \brief Takes the next bytes.
 *
 * \return Octets that were passed over without footing.
 */
size_t dns_stream_feed(struct dns_stream *stream, const uint8_t *bytes, size_t size,
                       dns_stream_message_t message, void *user);

/*! \brief Bytes are missing here: what was begun is let go. */
void dns_stream_gap(struct dns_stream *stream);

void dns_stream_clear(struct dns_stream *stream);
