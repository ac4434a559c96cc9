/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads DNS messages from a TCP stream, in which a length precedes each message (RFC 1035
 *        section 4.2.2, RFC 7766 section 8).
 *
 * The caller feeds bytes as they arrive, and a callback receives messages. A message that is
 * complete within the bytes fed is not copied. Any other message is assembled in a buffer of its
 * size, at most 64 KiB, which is freed when the message is complete. (This is the only memory that
 * parsers/dns allocates.) If there is no memory for the buffer, the stream continues as after a
 * gap.
 *
 * If octets of a message are missing, the callback receives only the beginning of the message. If
 * the gap ends inside the same message, its length shows where the next message begins. After any
 * other gap, and in a stream whose beginning was not captured, the parser searches for messages;
 * see dns_resync.h. From then on a message is delivered only if it is well-formed, and if another
 * message follows it or the segment ends with it. The buffer is then at most 66 KiB larger than the
 * octets of one call of dns_stream_feed().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_STREAM_PREFIX 2 /*!< The number of octets of the length that precedes a message. */

/*!
 * \brief Receives a message. `wire` is valid until the callback returns. `cut` is true if the end
 *        of the message is missing.
 */
typedef void (*dns_stream_message_t)(void *user, const uint8_t *wire, size_t size, bool cut);

/*!
 * \brief The kind of messages in a direction. The search for the beginning of a message looks for
 *        this kind.
 */
enum dns_stream_kind { DNS_STREAM_RESPONSES, DNS_STREAM_QUERIES };

/*! \brief The state of one direction of a connection. */
struct dns_stream {
	/*! The incomplete message without its prefix, or NULL. During a search, the buffer contains
	 * the octets that were not examined yet. */
	uint8_t *buffer;
	/*! Number of octets of the prefix and of the message that were received so far. During a
	 * search, the number of octets in the buffer. */
	size_t have;
	size_t room;   /*!< Size of the buffer during a search. */
	uint32_t skip; /*!< Octets that remain of a message whose beginning was delivered. */
	/*! The number of entries that the search may read before further octets arrive. */
	uint32_t credit;
	uint8_t prefix[DNS_STREAM_PREFIX]; /*!< The length of the message, as on the wire. */
	bool lost;                         /*!< It is not known where the next message begins. */
	enum dns_stream_kind kind;
	/*! The parser searches for messages, and examines each possible beginning of a message.
	 * Once true, this remains true. */
	bool searches;
};

/*!
 * \brief Starts a stream, which has no buffer yet.
 *
 * \param synced  True if the stream was captured from its first byte on.
 */
void dns_stream_init(struct dns_stream *stream, bool synced, enum dns_stream_kind kind);

/*!
 * \brief Processes the next bytes. The last of them must be the last octet of a segment.
 *
 * \return The number of octets that were skipped, because they belong to no known message.
 */
size_t dns_stream_feed(struct dns_stream *stream, const uint8_t *bytes, size_t size,
                       dns_stream_message_t message, void *user);

/*!
 * \brief Reports that `size` bytes are missing here, or that the stream ends here. If a message is
 *        incomplete, its beginning is delivered, and its buffer is freed.
 *
 * \param size  The number of missing bytes; 0 at the end of the stream.
 *
 * \return The number of octets that were skipped, as in dns_stream_feed().
 */
size_t dns_stream_gap(struct dns_stream *stream, size_t size, dns_stream_message_t message,
                      void *user);

/*! \brief Returns true if the next octet is the first one of a message. */
static inline bool dns_stream_is_between(const struct dns_stream *stream)
{
	return stream->have == 0 && !stream->lost && stream->skip == 0;
}

/*! \brief Returns the number of octets allocated for the buffer; 0 if there is no buffer. */
size_t dns_stream_memory(const struct dns_stream *stream);

/*! \brief Frees the buffer. */
void dns_stream_clear(struct dns_stream *stream);
