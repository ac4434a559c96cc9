/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Where packets come from: a capture file, or an interface through libpcap.
 *
 * Files are pcap or pcapng, compressed or not, told apart by content.
 *
 * Ownership: a packet's bytes are the capture's and live until the next call on it.
 * Not thread-safe.
 */
#pragma once

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
	const char *interface; /*!< NULL: from a file. */
};

enum capture_status {
	CAPTURE_PACKET,
	CAPTURE_NONE,    /*!< Nothing at the moment; a file: ask again, or look at signals. */
	CAPTURE_WARNING, /*!< File: something to be told; go on. */
	CAPTURE_DAMAGED, /*!< File: a part of it was passed over; go on. */
	CAPTURE_END,     /*!< File: that was all. */
	CAPTURE_ERROR,   /*!< Nothing more can be read. */
};

struct capture_drops {
	uint64_t kernel;
	uint64_t interface;
};

#define CAPTURE_ERROR_MAX 1024

struct capture;

/*!
 * \brief Opens a capture file.
 *
 * Packets of a link type that cannot be decoded are handed out like others, after
 * one CAPTURE_WARNING for each such link type.
 *
 * \param path    "-": standard input.
 * \param filter  A libpcap filter, or NULL. Borrowed until capture_close().
 * \param error   On failure: the file, what is wrong with it, and a remedy.
 *
 * \return NULL on failure.
 */
struct capture *capture_open_file(const char *path, const char *filter,
                                  char error[CAPTURE_ERROR_MAX]);

/*! \brief No fanout_join(): all packets are ours. */
#define CAPTURE_ALONE (-1)

struct capture_live_config {
	const struct ports *ports;
	const char *filter; /*!< As of capture_open_file(). */
	uint32_t buffer_mib;
	uint32_t snaplen;
	bool promiscuous;
	int group; /*!< Of fanout_join(), or CAPTURE_ALONE. */
};

/*!
 * \brief Starts to capture on an interface; see capture_open_file().
 *
 * The kernel hands over only what kernel_filter_write() lets through for the ports; the
 * user's filter is asked of that.
 *
 * \param config  Borrowed for the call, but for what it points to.
 */
struct capture *capture_open_live(const char *interface, const struct capture_live_config *config,
                                  char error[CAPTURE_ERROR_MAX]);

/*!
 * \brief Takes the next packet; live, never waits.
 *
 * \param error  On CAPTURE_WARNING, _DAMAGED and _ERROR: the capture, the number of
 *               the packet where it matters, and what is wrong.
 */
enum capture_status capture_next(struct capture *capture, struct packet *packet,
                                 char error[CAPTURE_ERROR_MAX]);

/*! \brief Live: a descriptor to poll for packets. */
int capture_fd(const struct capture *capture);

enum capture_probe {
	CAPTURE_PROBE_GOOD,
	CAPTURE_PROBE_OTHER,  /*!< Empty, or no capture at all. */
	CAPTURE_PROBE_FAILED, /*!< It cannot be read, or is cut before its first packet. */
};

/*!
 * \brief Looks at the first packet of a file.
 *
 * \param first_ns  Its time; INT64_MIN when there is none, or it is damaged.
 * \param error     When not good: the file and what is wrong with it.
 */
enum capture_probe capture_probe_file(const char *path, int64_t *first_ns,
                                      char error[CAPTURE_ERROR_MAX]);

/*! \brief Octets of the file that were read, and its size; 0 where unknown. */
void capture_progress(const struct capture *capture, uint64_t *done, uint64_t *size);

/*! \brief What was lost before it reached us since the capture began; 0 for files. */
void capture_drops(struct capture *capture, struct capture_drops *drops);

void capture_close(struct capture *capture);

/*!
 * \brief Checks a filter's grammar against Ethernet.
 *
 * \return False, and `error` set, when libpcap does not take it.
 */
bool capture_check_filter(const char *filter, char error[CAPTURE_ERROR_MAX]);
