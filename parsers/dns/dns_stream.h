/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads DNS messages from a TCP stream, where the length of each precedes it
 *        (RFC 1035 section 4.2.2, RFC 7766 section 8).
 *
 * The caller feeds bytes as they arrive, and a callback receives messages. A message that
 * is complete within the bytes fed is not copied. Any other message is assembled in a buffer of its
 * size, at most 64 KiB, which is freed when the message is complete. (This is the only memory that
 * parsers/dns allocates.) If there is no memory for it, the stream continues as after a gap.
 *
 * Of a message of which octets are missing the callback receives the beginning. Where the missing
 * octets end inside that message, its length shows where the next one begins. After any other gap,
 * and in a stream whose beginning was not captured, the parser searches for messages; see
 * dns_resync.h. From then on a message is delivered when it is well-formed, and when the next one
 * begins after it or the segment ends with it; the buffer has at most 66 KiB more
 * than the octets fed at once.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_STREAM_PREFIX 2 /*!< Octets of the length before a message. */

/*! \brief Receives a message; `wire` lives until the call returns. `cut`: its end is missing. */
typedef void (*dns_stream_message_t)(void *user, const uint8_t *wire, size_t size, bool cut);

/*! \brief The messages in a direction: what is searched for when it is not known where one begins.
 */
enum dns_stream_kind { DNS_STREAM_RESPONSES, DNS_STREAM_QUERIES };

/*! \brief The state of one direction of a connection. */
struct dns_stream {
	/*! The incomplete message without its prefix, or NULL. During a search, the octets that
	 * are not examined yet. */
	uint8_t *buffer;
	/*! Number of octets of the prefix and of the message that were received so far. During a
	 * search, the number of octets in the buffer. */
	size_t have;
	size_t room;     /*!< Size of the buffer during a search. */
	uint32_t skip;   /*!< Octets that remain of a message whose beginning was delivered. */
	uint32_t credit; /*!< The number of entries that the search may still read. */
	uint8_t prefix[DNS_STREAM_PREFIX]; /*!< The length of the message, as on the wire. */
	bool lost;                         /*!< It is not known where the next message begins. */
	enum dns_stream_kind kind;
	/*! The beginning of messages was lost; each possible beginning is examined. */
	bool searches;
};

/*!
 * \brief Starts a stream.
 *
 * \param synced  The capture has the stream from its first byte on.
 */
void dns_stream_init(struct dns_stream *stream, bool synced, enum dns_stream_kind kind);

/*!
 * \brief Processes the next bytes, which end where a segment ends.
 *
 * \return The number of octets that were skipped, because no message is known to have them.
 */
size_t dns_stream_feed(struct dns_stream *stream, const uint8_t *bytes, size_t size,
                       dns_stream_message_t message, void *user);

/*!
 * \brief Reports that `size` bytes are missing here. The beginning of an incomplete message is
 *        delivered, and its buffer freed.
 *
 * \param size  0: no byte is missing, and only the buffer is freed.
 *
 * \return As dns_stream_feed().
 */
size_t dns_stream_gap(struct dns_stream *stream, size_t size, dns_stream_message_t message,
                      void *user);

/*! \brief Returns true if the next octet is the first one of a message. */
static inline bool dns_stream_is_between(const struct dns_stream *stream)
{
	return stream->have == 0 && !stream->lost && stream->skip == 0;
}

/*! \brief Returns the octets allocated for the buffer; 0 if no message is incomplete. */
size_t dns_stream_memory(const struct dns_stream *stream);

/*! \brief Frees the buffer. */
void dns_stream_clear(struct dns_stream *stream);
