/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief DNS messages on a TCP stream, each preceded by its length
 *        (RFC 1035 section 4.2.2, RFC 7766 section 8).
 *
 * The caller feeds bytes as they arrive and gets complete messages. A message that is
 * complete in the bytes fed is passed on in place. Any other is assembled in a buffer
 * of its size: the one allocation of parsers/dns, at most 64 KiB for each stream, freed
 * when the message is complete. Without memory for it, the stream continues as after a gap.
 *
 * After a gap, and in a stream joined midstream, the parser resyncs: it skips bytes up to
 * a piece that begins like a message, with a plausible length and header.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef void (*dns_stream_message_t)(void *user, const uint8_t *wire, size_t size);

struct dns_stream {
	uint8_t *buffer;   /*!< A message that is not complete, without its prefix. */
	size_t have;       /*!< Octets of prefix and message so far. */
	uint8_t prefix[2]; /*!< The length that precedes the message. */
	bool lost;         /*!< The next piece must look like the start of a message. */
};

/*!
 * \param synced  The capture has the stream from its first byte.
 */
void dns_stream_init(struct dns_stream *stream, bool synced);

/*!
 * \brief Takes the next bytes.
 *
 * \return Octets that were skipped before the stream was in sync.
 */
size_t dns_stream_feed(struct dns_stream *stream, const uint8_t *bytes, size_t size,
                       dns_stream_message_t message, void *user);

/*! \brief Bytes are missing here: an incomplete message is dropped. */
void dns_stream_gap(struct dns_stream *stream);

/*! \brief True if the next octet is the first one of a message. */
static inline bool dns_stream_is_between(const struct dns_stream *stream)
{
	return stream->have == 0 && !stream->lost;
}

/*! \brief Frees the buffer. */
void dns_stream_clear(struct dns_stream *stream);
