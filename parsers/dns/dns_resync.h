/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Finds where DNS messages begin in a TCP stream that has gaps.
 *
 * A candidate is an octet at which a length, the header of a message and its first entry may begin.
 * It is a message if all its entries are well-formed, if they end where the length states, and if
 * another candidate or the end of the segment follows. Candidates are judged in order. As long as a
 * candidate may be a message, the candidates within its length are not judged, because a record may
 * contain octets that look like a message.
 *
 * Less than one in 10^9 random octets is taken for a candidate. The work is bounded: for each
 * octet, at most one entry is read.
 *
 * Private to parsers/dns/: see dns_stream.h.
 */
#pragma once

#include "parsers/dns/dns_stream.h"

/*!
 * \brief Continues the search with further octets. The last of them must be the last octet of a
 *        segment.
 *
 * \return The number of octets skipped.
 */
size_t dns_resync_feed(struct dns_stream *stream, const uint8_t *bytes, size_t size,
                       dns_stream_message_t message, void *user);

/*!
 * \brief Judges the octets that are left before a gap or at the end of the stream.
 *
 * \param size  The number of missing octets; 0 at the end of the stream.
 *
 * \return The number of octets skipped.
 */
size_t dns_resync_gap(struct dns_stream *stream, size_t size, dns_stream_message_t message,
                      void *user);
