/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Finds the ports of frames of the most frequent kind, without decoding them.
 *
 * Most packets of a network are neither DNS nor mail, which their ports show. In an Ethernet frame
 * without tags, with a whole datagram of IPv4 without options or IPv6 without extension headers,
 * the ports are at fixed places. All other frames have to be decoded (parsers/link/frame.h).
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
