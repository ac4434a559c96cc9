/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Decides what a segment of TCP may do to a connection, as the stacks of servers do (RFC
 *        9293, RFC 5961): whether it is dropped, may end the connection, or begins another one.
 *
 * Private to sensor/reassembly/. The functions change nothing except where stated.
 */
#pragma once

#include "sensor/reassembly/half_stream.h"

static inline bool segment_is_syn_only(const struct segment *seg)
{
	return (seg->flags & (SEGMENT_SYN | SEGMENT_ACK)) == SEGMENT_SYN;
}

/*! \brief Returns the number of the first octet of data. SYN has the sequence number before the
 *         data (RFC 9293, section 3.4). */
static inline uint32_t segment_data_seq(const struct segment *seg)
{
	return seg->seq + ((seg->flags & SEGMENT_SYN) != 0 ? 1 : 0);
}

/*! \brief Returns true if a number is within the window of a side. */
static inline bool segment_is_near(uint32_t seq, const struct stream_half *half)
{
	int32_t distance = (int32_t)(seq - half->next);
	return distance <= HALF_STREAM_WINDOW && distance >= -HALF_STREAM_WINDOW;
}

/*! \brief Returns false for a segment that every stack drops (RFC 9293, section 3.10.7). */
static inline bool segment_is_sound(const struct segment *seg)
{
	unsigned syn = seg->flags & SEGMENT_SYN, rst = seg->flags & SEGMENT_RST;
	if (syn != 0 && (seg->flags & (SEGMENT_FIN | SEGMENT_RST)) != 0) {
		return false;
	}
	if (syn == 0 && rst == 0 && (seg->flags & SEGMENT_ACK) == 0) {
		return false;
	}
	return seg->size <= STREAMS_SEGMENT_MAX && seg->cut <= STREAMS_SEGMENT_MAX - seg->size &&
	       (seg->size == 0 || seg->payload != NULL);
}

/*!
 * \brief Returns false if the acknowledgement number is outside the window of the peer's octets:
 *        the peer has not sent the acknowledged octets, or the number is very old (RFC 9293,
 *        section 3.10.7.4). A number that is too high but inside the window is accepted, because
 *        the capture may have lost octets. The segment may then be held; see held_segments.h.
 */
static inline bool segment_is_acceptable_ack(const struct connection *connection,
                                             enum stream_side side, const struct segment *seg)
{
	const struct stream_half *peer = &connection->half[!side];
	return (seg->flags & SEGMENT_ACK) == 0 || !peer->known || peer->seen == 0 ||
	       segment_is_near(seg->ack, peer);
}

/*! \brief Returns whether a segment without data can end a connection, begin another one, or cause
 *         a hole to be given up. */
static inline bool segment_matters(const struct connection *connection, const struct segment *seg)
{
	return seg->size == 0 &&
	       ((seg->flags & (SEGMENT_SYN | SEGMENT_FIN | SEGMENT_RST | SEGMENT_URG)) != 0 ||
	        connection->has_holes);
}

/*!
 * \brief Stores properties of the first segment of a side, for segment_is_stray(): the hop limit,
 *        and whether the checksum is correct. If the network card computes checksums, they are
 *        wrong in a capture on the sending host. Later checksums are therefore used only if that of
 *        the first segment was correct.
 */
void segment_learn_origin(struct stream_half *half, const struct segment *seg);

/*!
 * \brief Returns true for a segment that its receiver probably does not get: its checksum is wrong,
 *        or it has far fewer hops left than the first segment of its side. This guess may be wrong,
 *        so it is applied only to segments without data.
 */
bool segment_is_stray(const struct connection *connection, enum stream_side side,
                      const struct segment *seg);

/*! \brief Does the work of segment_is_reused() for a segment that may be of a new connection. */
bool segment_begins_another(struct connection *connection, enum stream_side side,
                            const struct segment *seg, int64_t now_ns);

/*!
 * \brief Returns true if the segment belongs to a new connection between the same ports. A SYN that
 *        may begin one is noted in the connection.
 */
static inline bool segment_is_reused(struct connection *connection, enum stream_side side,
                                     const struct segment *seg, int64_t now_ns)
{
	/* Nearly all segments are of an open connection for which no other SYN was seen. */
	bool usual = connection->state == CONNECTION_OPEN && !connection->has_reuse &&
	             (seg->flags & SEGMENT_SYN) == 0;
	return !usual && segment_begins_another(connection, side, seg, now_ns);
}

/*!
 * \brief Returns true for a reset that the peer accepts. The sequence number of the reset must be
 *        the one that the peer expects (RFC 5961, section 3.2): the number that it has
 *        acknowledged, or `next` of the side, which may be lower or higher. A number after a hole
 *        is valid only if no segment of the peer was captured: such a peer may have received the
 *        octets of the hole.
 */
bool segment_is_valid_reset(const struct connection *connection, enum stream_side side,
                            const struct segment *seg);
