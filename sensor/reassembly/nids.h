/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief libnids behind types: the only file that includes <nids.h>.
 *
 * libnids 1.26 is one static instance a process; streams.c and fragments.c
 * share it through here, and all global state of this program's own is
 * confined to nids.c. It is fed synthetic IPv4 packets only: each stream and
 * each datagram has a number of its own for an address, so that what libnids
 * decides by address (eviction, reuse, host limits) never mixes two of them.
 *
 * Its warnings should never come; they are counted. It sees no clock: whoever
 * feeds it ends streams and datagrams explicitly. For that end nids.c defines
 * gettimeofday(), which stands still while libnids runs and is the real one
 * at all other times.
 *
 * Lack of memory inside libnids cannot be survived and ends the process.
 * Callbacks must not call back into this module.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*! \brief Most payload bytes of one call of libnids_stream_feed(). */
#define LIBNIDS_FEED_MAX 16384
/*! \brief Most payload bytes of a whole datagram. */
#define LIBNIDS_DATAGRAM_MAX (65535 - 20)
/*! \brief Fragments of one datagram that libnids surely holds (256 KiB inside). */
#define LIBNIDS_FRAGMENTS_MAX 128

struct tcp_stream;

/*! \brief In-order bytes of a stream; `bytes` live until the call returns. */
typedef void libnids_data(void *user, bool from_client, const uint8_t *bytes, size_t size);

/*! \brief A whole datagram; `payload` lives until the call returns. */
typedef void libnids_whole(void *user, const uint8_t *payload, size_t size);

/*!
 * \brief Claims the TCP half of the instance.
 *
 * \param streams_max Streams open at a time; about 290 bytes each, at once.
 * \return 0, -EINVAL, -ENOMEM, or -EBUSY: claimed already, or datagrams are
 *         pending of an instance that was started without TCP.
 */
int libnids_claim_tcp(size_t streams_max, libnids_data *data);

/*! \brief Gives it back; all streams must have been freed. */
void libnids_release_tcp(void);

/*! \brief Claims the defragmenting half. \return 0, -EBUSY or -ENOMEM. */
int libnids_claim_fragments(libnids_whole *whole, void *user);

/*! \brief Gives it back; all datagrams must be whole or forgotten. */
void libnids_release_fragments(void);

/*!
 * \brief Opens a stream; the first byte of either side has sequence number 1.
 *
 * \param number Unlike that of any open stream (56 bits count).
 * \return NULL when libnids did not take it.
 */
struct tcp_stream *libnids_stream_open(uint64_t number, void *user);

/*! \brief Says that a segment is about to be fed. */
void libnids_stream_expect(const struct tcp_stream *stream);

/*!
 * \brief Feeds one segment; calls back for all bytes that became in order.
 *
 * \param seq  Of bytes[0], at most 1 GiB past what the receiver has.
 * \param ack  The sequence number expected of the other side.
 * \param size 1 to LIBNIDS_FEED_MAX.
 */
void libnids_stream_feed(struct tcp_stream *stream, bool from_client, uint32_t seq, uint32_t ack,
                         const uint8_t *bytes, size_t size);

/*! \brief Frees a stream; no callback comes. Not inside a callback. */
void libnids_stream_free(struct tcp_stream *stream);

/*!
 * \brief Feeds one fragment; calls back when the datagram is whole.
 *
 * Fragments must not overlap, and those with `more` must be multiples of 8
 * bytes.
 *
 * \param number Of the datagram.
 * \param first  No other was fed of it; must have 8 bytes or more.
 * \return The datagram was handed over, and is forgotten.
 */
bool libnids_fragment_feed(uint32_t number, bool first, uint32_t offset, bool more,
                           const uint8_t *payload, size_t size);

/*! \brief Lets go of what is held of a datagram that was fed and is not whole. */
void libnids_fragment_forget(uint32_t number);

/*! \brief Warnings of libnids since the start of the process. */
uint64_t libnids_warnings(void);
