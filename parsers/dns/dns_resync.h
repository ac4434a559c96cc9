/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Finds where DNS messages begin in a TCP stream of which octets are missing.
 *
 * A candidate is an octet at which a length, the header of a message and its first entry may
 * begin. It is a message if all its entries are well-formed, they end where the length states, and
 * another candidate follows, or the segment ends there. Candidates are judged in order: one that
 * is not refuted hides those within its length, as a record may contain octets that look like a
 * message.
 *
 * Random octets pass for a candidate less than once in 10^9 times. The work is bounded: an octet
 * pays for one entry.
 *
 * Private to this room: see dns_stream.h.
 */
#pragma once

#include "parsers/dns/dns_stream.h"

/*! \brief Continues the search with further octets, the end of a segment. \return Octets skipped.
 */
size_t dns_resync_feed(struct dns_stream *stream, const uint8_t *bytes, size_t size,
                       dns_stream_message_t message, void *user);

/*!
 * \brief Judges what is left where octets are missing.
 *
 * \param size  Their number; 0 at the end of the stream.
 *
 * \return Octets skipped.
 */
size_t dns_resync_gap(struct dns_stream *stream, size_t size, dns_stream_message_t message,
                      void *user);
