/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads packets from a capture file, or from an interface by means of libpcap.
 *
 * Files are in pcap or pcapng format, and may be compressed. The format is recognised by the
 * content.
 *
 * Ownership: the bytes of a packet belong to the capture. Those of a file live until the next call
 * on it, those of an interface until the function that takes the packet returns. Not thread-safe.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "sensor/intake/ports.h"

/*! \brief One captured frame. */
struct packet {
	const uint8_t *bytes;
	uint32_t captured;     /*!< Octets in `bytes`. */
	uint32_t length;       /*!< Octets on the wire. */
	int64_t time_ns;       /*!< Nanoseconds since 1970 UTC. */
	int link;              /*!< DLT_* number. */
	const char *interface; /*!< The interface; NULL for a packet from a file. */
};

enum capture_status {
	CAPTURE_PACKET,
	/*! There is no packet yet. The caller checks for signals and calls again. */
	CAPTURE_NONE,
	/*! The caller reports the message in `error`, and continues to read. */
	CAPTURE_WARNING,
	/*! A damaged part was skipped. The caller reports `error`, and continues to read. */
	CAPTURE_DAMAGED,
	CAPTURE_END,   /*!< The file has no further packet. */
	CAPTURE_ERROR, /*!< No further packet can be read. The caller reports `error`. */
};

#define CAPTURE_ERROR_MAX 1024

struct capture;

/*!
 * \brief Opens a capture file.
 *
 * Packets of a link type that cannot be decoded are returned like others, after
 * one CAPTURE_WARNING for each such link type.
 *
 * \param path    A path, or "-" for standard input.
 * \param filter  A libpcap filter, or NULL. Borrowed until capture_close().
 * \param error   Receives, on failure, the file, the reason, and a remedy if there is one.
 *
 * \return NULL on failure.
 */
struct capture *capture_open_file(const char *path, const char *filter,
                                  char error[CAPTURE_ERROR_MAX]);

/*! \brief Value of `group` for a capture that is in no fanout group and gets all packets. */
#define CAPTURE_ALONE (-1)

struct capture_live_config {
	const struct ports *ports;
	const char *filter; /*!< The user's filter, as for capture_open_file(). */
	uint32_t buffer_mib;
	uint32_t snaplen;
	bool promiscuous;
	int group; /*!< The fanout group (fanout_join()), or CAPTURE_ALONE. */
	/*! Counts the packets that were read and that `filter` rejected. */
	_Atomic uint64_t *passed;
};

/*!
 * \brief Starts to capture on an interface. `error` and the result are as for capture_open_file().
 *
 * The kernel applies the filter of kernel_filter_write(). nsmx applies the user's filter to the
 * packets that pass it.
 *
 * \param config  Borrowed until the call returns. The objects to which it points are borrowed until
 *                capture_close().
 */
struct capture *capture_open_live(const char *interface, const struct capture_live_config *config,
                                  char error[CAPTURE_ERROR_MAX]);

/*!
 * \brief Reads the next packet of a file.
 *
 * \param error  Receives the message, if the result is CAPTURE_WARNING, CAPTURE_DAMAGED or
 *               CAPTURE_ERROR: the name of the capture, the number of the packet if the message is
 *               about a packet, and the reason.
 */
enum capture_status capture_next(struct capture *capture, struct packet *packet,
                                 char error[CAPTURE_ERROR_MAX]);

typedef void capture_take(void *ctx, const struct packet *packet);

/*!
 * \brief Passes on the packets that a live capture has, without waiting for more.
 *
 * \param most   The largest number of packets that are read, including those that are not passed
 *               on.
 * \param error  Receives the message if no further packet can be read.
 *
 * \return False if no further packet can be read.
 */
bool capture_batch(struct capture *capture, int most, capture_take *take, void *ctx,
                   char error[CAPTURE_ERROR_MAX]);

/*!
 * \brief Returns the descriptor of a live capture. It becomes readable, for poll(2), when packets
 *        arrive.
 */
int capture_fd(const struct capture *capture);

enum capture_probe {
	CAPTURE_PROBE_GOOD,
	CAPTURE_PROBE_OTHER,  /*!< The file is empty or not a capture. */
	CAPTURE_PROBE_FAILED, /*!< The file cannot be read, or ends before its first packet. */
};

/*!
 * \brief Reads the time of the first packet of a file.
 *
 * \param first_ns  Receives the time; INT64_MIN if the file has no packet, or if its first packet
 *                  is damaged.
 * \param error     Receives the file and the reason, unless the result is CAPTURE_PROBE_GOOD.
 */
enum capture_probe capture_probe_file(const char *path, int64_t *first_ns,
                                      char error[CAPTURE_ERROR_MAX]);

/*! \brief Returns the number of the packet that was read last from a file, from 1; 0: none. */
uint64_t capture_number(const struct capture *capture);

/*!
 * \brief Sets `done` to the number of octets read from the file, and `size` to the size of the
 *        file; 0 if the size is unknown.
 */
void capture_progress(const struct capture *capture, uint64_t *done, uint64_t *size);

void capture_close(struct capture *capture);

/*!
 * \brief Compiles a filter for Ethernet, to check its syntax.
 *
 * \return False, and `error` set, when libpcap rejects it.
 */
bool capture_check_filter(const char *filter, char error[CAPTURE_ERROR_MAX]);
