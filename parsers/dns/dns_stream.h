/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads DNS messages from a TCP stream, where the length of each precedes it
 *        (RFC 1035 section 4.2.2, RFC 7766 section 8).
 *
 * The caller feeds bytes as they arrive, and a callback receives complete messages. A message that
 * is complete within the bytes fed is not copied. Any other message is assembled in a buffer of its
 * size, at most 64 KiB, which is freed when the message is complete. (This is the only memory that
 * parsers/dns allocates.) If there is no memory for it, the stream continues as after a gap.
 *
 * After a gap, and in a stream whose beginning was not captured, the parser resyncs: it skips bytes
 * until a call gives bytes that begin with a plausible length and message header.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*! \brief Receives a message; `wire` lives until the call returns. */
typedef void (*dns_stream_message_t)(void *user, const uint8_t *wire, size_t size);

/*! \brief The state of one direction of a connection. */
struct dns_stream {
	uint8_t *buffer;   /*!< The incomplete message without its prefix, or NULL. */
	size_t have;       /*!< Octets of the prefix and of the message received so far. */
	uint8_t prefix[2]; /*!< The length of the message, as on the wire. */
	bool lost;         /*!< The parser does not know where the next message begins (resync). */
};

/*!
 * \brief Starts a stream.
 *
 * \param synced  The capture has the stream from its first byte on.
 */
void dns_stream_init(struct dns_stream *stream, bool synced);

/*!
 * \brief Takes the next bytes.
 *
 * \return The number of octets that were skipped by resync.
 */
size_t dns_stream_feed(struct dns_stream *stream, const uint8_t *bytes, size_t size,
                       dns_stream_message_t message, void *user);

/*! \brief Reports that bytes are missing here. An incomplete message is dropped. */
void dns_stream_gap(struct dns_stream *stream);

/*! \brief Returns true if the next octet is the first one of a message. */
static inline bool dns_stream_is_between(const struct dns_stream *stream)
{
	return stream->have == 0 && !stream->lost;
}

/*! \brief Returns the octets allocated for the buffer; 0 if no message is incomplete. */
size_t dns_stream_memory(const struct dns_stream *stream);

/*! \brief Frees the buffer. */
void dns_stream_clear(struct dns_stream *stream);
