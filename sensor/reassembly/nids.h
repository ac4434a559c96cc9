/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A typed interface to libnids: nids.c is the only file that includes <nids.h>.
 *
 * libnids 1.26 is one static instance in a process, which streams.c and fragments.c share;
 * its state is confined to nids.c. It is fed synthetic IPv4 packets only: each stream and
 * each datagram has a unique number as its address, so that what libnids decides by
 * address (eviction, reuse, host limits) never affects two of them.
 *
 * Warnings of libnids indicate a bug here; they are counted. libnids sees no clock: the
 * caller ends streams and datagrams explicitly. nids.c defines gettimeofday(), which does
 * not advance while libnids runs and is the real one at all other times.
 *
 * libnids cannot recover from a lack of memory: the process ends.
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
/*! \brief Fragments of one datagram that libnids can hold (256 KiB inside). */
#define LIBNIDS_FRAGMENTS_MAX 128

struct tcp_stream;

/*! \brief In-order bytes of a stream; `bytes` live until the call returns. Returns true if they
 *         are secret: they are wiped from the buffers of this module. */
typedef bool libnids_data(void *user, bool from_client, const uint8_t *bytes, size_t size);

/*! \brief A whole datagram; `payload` lives until the call returns. */
typedef void libnids_whole(void *user, const uint8_t *payload, size_t size);

/*!
 * \brief Claims the TCP part of the instance.
 *
 * \param streams_max Streams open at a time; about 290 bytes each, at once.
 * \return 0, -EINVAL, -ENOMEM, or -EBUSY: claimed already, or datagrams are pending in an
 *         instance that was started without TCP.
 */
int libnids_claim_tcp(size_t streams_max, libnids_data *data);

/*! \brief Releases it; all streams must have been freed. */
void libnids_release_tcp(void);

/*! \brief Claims the defragmenting part of the instance. \return 0, -EBUSY or -ENOMEM. */
int libnids_claim_fragments(libnids_whole *whole, void *user);

/*! \brief Releases it; all datagrams must be whole or forgotten. */
void libnids_release_fragments(void);

/*!
 * \brief Opens a stream; the first byte of either side has sequence number 1.
 *
 * \param number Unique among open streams; 56 bits are used.
 * \return NULL if libnids refused it.
 */
struct tcp_stream *libnids_stream_open(uint64_t number, void *user);

/*! \brief Prefetches a stream that is about to be fed. */
void libnids_stream_expect(const struct tcp_stream *stream);

/*!
 * \brief Feeds one segment; calls back for all bytes that are now in order.
 *
 * \param seq  Of bytes[0], at most 1 GiB after the last byte in order.
 * \param ack  The sequence number expected of the other side.
 * \param size 1 to LIBNIDS_FEED_MAX.
 */
void libnids_stream_feed(struct tcp_stream *stream, bool from_client, uint32_t seq, uint32_t ack,
                         const uint8_t *bytes, size_t size);

/*! \brief Frees a stream, without a callback. Not to be called inside a callback. */
void libnids_stream_free(struct tcp_stream *stream);

/*!
 * \brief Feeds one fragment; calls back when the datagram is whole.
 *
 * Fragments must not overlap; with `more`, the size must be a multiple of 8.
 *
 * \param number Of the datagram.
 * \param first  It is the first one fed of the datagram; it must have 8 bytes or more.
 * \return True once the datagram was delivered and forgotten.
 */
bool libnids_fragment_feed(uint32_t number, bool first, uint32_t offset, bool more,
                           const uint8_t *payload, size_t size);

/*! \brief Frees the fragments of a datagram that was fed and is not whole. */
void libnids_fragment_forget(uint32_t number);

/*! \brief Warnings of libnids since the start of the process. */
uint64_t libnids_warnings(void);
