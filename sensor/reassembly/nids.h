/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A typed interface to libnids. nids.c is the only file that includes <nids.h>.
 *
 * libnids 1.26 keeps its state in static variables, so a process can have only one instance, which
 * streams.c and fragments.c share. libnids gets only IPv4 packets that nids.c has written. The
 * addresses in them contain the unique number of a stream or datagram. When libnids decides by
 * address (eviction, reuse, host limits), it therefore never confuses two streams or datagrams.
 *
 * Warnings of libnids indicate a bug in this program; they are counted. libnids must never see time
 * pass, because the caller ends streams and datagrams explicitly. nids.c therefore defines
 * gettimeofday(), which returns a constant time while libnids runs and the real time otherwise.
 *
 * When libnids is out of memory, the process ends, because libnids cannot recover. Callbacks must
 * not call functions of this module.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*! \brief The largest payload, in bytes, for one call of libnids_stream_feed(). */
#define LIBNIDS_FEED_MAX 16384
/*! \brief The largest payload of a whole datagram, in bytes. */
#define LIBNIDS_DATAGRAM_MAX (65535 - 20)
/*!
 * \brief The largest number of fragments of one datagram. libnids has 256 KiB for all of them,
 *        including its overhead.
 */
#define LIBNIDS_FRAGMENTS_MAX 128

struct tcp_stream;

/*!
 * \brief Receives bytes of a stream, in order; `bytes` live until the call returns. Returns true if
 *        the bytes are secret. This module then wipes them from its buffers.
 */
typedef bool libnids_data(void *user, bool from_client, const uint8_t *bytes, size_t size);

/*! \brief Receives a whole datagram; `payload` lives until the call returns. */
typedef void libnids_whole(void *user, const uint8_t *payload, size_t size);

/*!
 * \brief Starts the TCP part of libnids, which has one user at a time.
 *
 * \param streams_max Limit of open streams. Each takes about 290 bytes, allocated by this call.
 * \param data        Receives the bytes of all streams.
 *
 * \return 0; -EINVAL; -ENOMEM; -EBUSY: the TCP part is in use already, or libnids still holds
 *         incomplete datagrams, so that it cannot be restarted.
 */
int libnids_claim_tcp(size_t streams_max, libnids_data *data);

/*! \brief Ends the use of the TCP part. All streams must have been freed before. */
void libnids_release_tcp(void);

/*!
 * \brief Starts the defragmenting part of libnids. \return 0, -ENOMEM, or -EBUSY if it is in use
 *        already.
 */
int libnids_claim_fragments(libnids_whole *whole, void *user);

/*!
 * \brief Ends the use of the defragmenting part. All datagrams must have been completed or freed
 *        before.
 */
void libnids_release_fragments(void);

/*!
 * \brief Opens a stream, in which the first byte of either side has sequence number 1.
 *
 * \param number Unique among open streams, below 2^56.
 * \param user   Given to the callback.
 *
 * \return NULL if libnids refused it.
 */
struct tcp_stream *libnids_stream_open(uint64_t number, void *user);

/*! \brief Prefetches the memory of a stream that will be fed next. */
void libnids_stream_expect(const struct tcp_stream *stream);

/*!
 * \brief Feeds one segment of a stream; calls back for all bytes that are in order after it.
 *
 * \param seq  Sequence number of bytes[0], at most 1 GiB after the last byte in order.
 * \param ack  The next sequence number that is expected from the other side.
 * \param size 1 to LIBNIDS_FEED_MAX.
 */
void libnids_stream_feed(struct tcp_stream *stream, bool from_client, uint32_t seq, uint32_t ack,
                         const uint8_t *bytes, size_t size);

/*! \brief Frees a stream, without a callback. Do not call it from a callback. */
void libnids_stream_free(struct tcp_stream *stream);

/*!
 * \brief Feeds one fragment; calls back when the datagram is whole.
 *
 * Fragments must not overlap; with `more`, the size must be a multiple of 8.
 *
 * \param number The unique number of the datagram.
 * \param first  True in the first call for a datagram. The fragment of that call must have at least
 *               8 bytes.
 * \param offset The offset of the payload in the datagram, in bytes.
 * \param more   The datagram has octets after this fragment.
 *
 * \return True when the datagram was delivered and libnids has freed it.
 */
bool libnids_fragment_feed(uint32_t number, bool first, uint32_t offset, bool more,
                           const uint8_t *payload, size_t size);

/*! \brief Frees the fragments of an incomplete datagram. */
void libnids_fragment_forget(uint32_t number);

/*! \brief Returns the number of warnings of libnids since the start of the process. */
uint64_t libnids_warnings(void);
