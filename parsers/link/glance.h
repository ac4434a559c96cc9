/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Finds the ports of frames of the most frequent kind, without decoding them.
 *
 * The ports of most packets show that they are neither DNS nor mail. The ports are at fixed places
 * if an Ethernet frame has no tags, and contains a whole IPv4 datagram without options or a whole
 * IPv6 datagram without extension headers. All other frames have to be decoded
 * (parsers/link/frame.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct glance {
	uint16_t sport;
	uint16_t dport;
};

/*!
 * \brief Reads the ports of a frame.
 *
 * \param dlt  Link type, a DLT_* number of libpcap.
 *
 * \return True only if frame_decode() returns FRAME_UDP or FRAME_TCP with these ports, outside of
 *         any tunnel.
 */
bool glance_read(struct glance *glance, int dlt, const uint8_t *bytes, size_t captured);
