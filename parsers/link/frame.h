/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Decodes a captured frame down to its transport payload.
 *
 * Decodes the link layer, tags, tunnels, IPv4 or IPv6 with its extension headers, and
 * UDP or TCP. The key is that of the innermost IP header; the encapsulation is the
 * outermost VLAN and tunnel. Only addresses are copied.
 *
 * Link types: Ethernet, Linux cooked v1 and v2, BSD null and loopback, raw IP, PPP,
 * Cisco HDLC, PPPoE, IEEE 802.11 bare or with radiotap (data in the clear), NFLOG.
 * Tags and tunnels: 802.1Q, 802.1ad, 0x9100, MPLS, PPPoE, GRE, ERSPAN I to III,
 * EtherIP, VXLAN, GENEVE, IP in IP of either family, Teredo, GTP-U.
 *
 * Ownership: views point into the captured octets and live as long as they do.
 * Limits: the `_MAX` numbers below; a frame that exceeds them is malformed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/encapsulation.h"
#include "base/flow_key.h"

#define FRAME_LAYERS_MAX       32 /*!< Headers of all kinds in a row, tunnels included. */
#define FRAME_VLAN_TAGS_MAX    3  /*!< 802.1Q, 802.1ad and 0x9100 tags in a row. */
#define FRAME_IPV6_HEADERS_MAX 8  /*!< Extension headers in a row, RFC 8200 section 4. */
#define FRAME_DATAGRAM_MAX     65535

#define FRAME_TCP_FIN 0x01
#define FRAME_TCP_SYN 0x02
#define FRAME_TCP_RST 0x04
#define FRAME_TCP_ACK 0x10

enum frame_status {
	FRAME_UDP,       /*!< `payload` is that of a UDP datagram. */
	FRAME_TCP,       /*!< `payload` is that of a TCP segment. */
	FRAME_FRAGMENT,  /*!< `payload` is part of an IP datagram; see `fragment`. */
	FRAME_OTHER,     /*!< Valid so far, but neither UDP nor TCP over IP. */
	FRAME_CUT,       /*!< The capture ends inside a header. */
	FRAME_MALFORMED, /*!< A header contradicts itself. */
};

/*! \brief True for a link type that can be decoded; frames of others are FRAME_OTHER. */
bool frame_link_known(int dlt);

struct frame {
	struct flow_key key; /*!< From the innermost IP header; ports of UDP and TCP only. */
	struct encapsulation encapsulation;

	const uint8_t *payload;
	size_t size; /*!< Octets of payload that were captured. */
	size_t cut;  /*!< Octets of payload that were on the wire but not captured. */

	struct {
		uint32_t seq;
		uint32_t ack;
		uint16_t window;
		uint8_t flags;
	} tcp;

	struct {
		uint32_t id;
		uint32_t offset; /*!< Octets from the start of the datagram. */
		bool more;
	} fragment;
};

/*!
 * \brief Decodes one frame.
 *
 * \param frame     Filled in as far as the frame could be read.
 * \param dlt       Link type, a DLT_* number of libpcap.
 * \param bytes     The captured octets.
 * \param captured  How many.
 */
enum frame_status frame_decode(struct frame *frame, int dlt, const uint8_t *bytes, size_t captured);

/*!
 * \brief Decodes the UDP or TCP header of a reassembled datagram.
 *
 * The frame's addresses, protocol and encapsulation must be set.
 *
 * \param missing  Upper bound of the octets that follow and were not captured.
 */
enum frame_status frame_decode_transport(struct frame *frame, const uint8_t *bytes, size_t size,
                                         size_t missing);
