/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Decodes a captured frame from its link layer to its transport payload.
 *
 * Decodes the link layer, tags, tunnels, IPv4 or IPv6 with its extension headers, and UDP or TCP.
 * The key is that of the innermost IP header; the encapsulation is the outermost VLAN and tunnel.
 * Only addresses are copied.
 *
 * The tables in next_layer.c and docs/differences.md list link types, tags and tunnels. Encrypted
 * payloads (protected WLAN frames, MACsec, CAPWAP over DTLS) are not decoded.
 *
 * Ownership: views point into the captured octets, and are valid as long as these octets. Limit: a
 * frame with more than FRAME_LAYERS_MAX headers is malformed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/encapsulation.h"
#include "base/flow_key.h"
#include "base/network_id.h"

/*! \brief The largest number of headers in a frame, including those in tunnels. */
#define FRAME_LAYERS_MAX   32
#define FRAME_DATAGRAM_MAX 65535

#define TUNNEL_PORTS_MAX 32 /*!< The largest number of entries in struct tunnel_ports. */

#define FRAME_TCP_FIN 0x01
#define FRAME_TCP_SYN 0x02
#define FRAME_TCP_RST 0x04
#define FRAME_TCP_ACK 0x10

enum frame_status {
	FRAME_UDP,      /*!< `payload` is that of a UDP datagram. */
	FRAME_TCP,      /*!< `payload` is that of a TCP segment. */
	FRAME_FRAGMENT, /*!< `payload` is part of an IP datagram; see `fragment`. */
	/*! The frame is valid up to the last decoded header, but has neither UDP nor TCP. */
	FRAME_OTHER,
	FRAME_CUT,       /*!< The capture ends inside a header. */
	FRAME_MALFORMED, /*!< A header contradicts itself, or there are too many headers. */
};

/*!
 * \brief The reasons for FRAME_OTHER, FRAME_CUT and FRAME_MALFORMED. The columns are the last part
 *        of the enumerator, the name in metrics, and the meaning.
 */
/* clang-format off */
#define FRAME_REASONS(X) \
	X(LINK_TYPE, "link_type", "the link type of the capture is not decoded") \
	X(LINK_PROTOCOL, "link_protocol", "the link layer carries neither IP nor a known tag") \
	X(IP_PROTOCOL, "ip_protocol", "IP carries neither UDP, TCP nor a known tunnel") \
	X(TUNNEL, "tunnel", "the header of a tunnel has an unknown version, or belongs to a control message") \
	X(ENCRYPTED, "encrypted", "the payload is encrypted") \
	X(CUT, "cut", "the capture ends inside a header") \
	X(MALFORMED, "malformed", "a header contradicts itself") \
	X(HEADERS, "headers", "the frame has more headers than are decoded")
/* clang-format on */

enum frame_reason {
#define X(name, text, meaning) FRAME_BY_##name,
	FRAME_REASONS(X)
#undef X
	        FRAME_REASONS_COUNT,
};

/*! \brief Returns the name of a reason in metrics, a static text. */
const char *frame_reason_name(enum frame_reason reason);

struct port_set {
	uint8_t bits[65536 / 8];
};

static inline bool port_set_has(const struct port_set *set, uint16_t port)
{
	return (set->bits[port / 8] >> (port % 8) & 1) != 0;
}

/*! \brief UDP ports that carry tunnels, in addition to the registered ports. */
struct tunnel_ports {
	struct {
		uint16_t port;
		uint16_t tunnel; /*!< TUNNEL_VXLAN, TUNNEL_GENEVE, ... */
	} extra[TUNNEL_PORTS_MAX];
	unsigned count;
};

/*!
 * \brief Returns true for a link type that can be decoded. For other link types frame_decode()
 *        returns FRAME_OTHER.
 */
bool frame_link_known(int dlt);

/*! \brief A decoded frame. */
struct frame {
	/*! The key, which comes from the innermost IP header. Ports are set only for UDP and
	 * TCP. */
	struct flow_key key;
	struct encapsulation encapsulation;
	/*! The network, identified by all tags and tunnels. The caller sets the number of this
	 * network in `key`. */
	struct network_id network_id;
	enum frame_reason reason; /*!< Set for FRAME_OTHER, FRAME_CUT and FRAME_MALFORMED. */

	const uint8_t *network; /*!< The octets of the frame from its innermost IP header on. */
	size_t network_size;    /*!< Octets of `network` that were captured. */

	const uint8_t *payload;
	size_t size; /*!< Octets of payload that were captured. */
	size_t cut;  /*!< Octets of payload that were on the wire but not captured. */

	/*! The IP header does not state the length of the packet. The payload therefore consists of
	 * all octets that follow, and `cut` is 0. */
	bool unbounded;

	/*! Time to live or hop limit; 0 after reassembly, because it is then unknown. */
	uint8_t hops;

	struct {
		const uint8_t *header; /*!< The TCP header, which the payload follows. */
		uint32_t seq;
		uint32_t ack;
		uint16_t window;
		uint16_t urgent; /*!< The urgent pointer, which counts only with the flag URG. */
		uint8_t flags;
	} tcp;

	struct {
		uint32_t id;
		uint32_t offset; /*!< Offset of the payload in the datagram, in octets. */
		bool more;
	} fragment;
};

/*!
 * \brief Decodes one frame.
 *
 * \param frame     Receives the fields that could be read from the frame.
 * \param dlt       Link type, a DLT_* number of libpcap.
 * \param bytes     The captured octets.
 * \param captured  The number of captured octets.
 */
enum frame_status frame_decode(struct frame *frame, int dlt, const uint8_t *bytes, size_t captured);

/*!
 * \brief Sets, for all later calls, the UDP ports by which tunnels are recognised.
 *
 * A DNS client may use any port, even one that is registered for a tunnel, and a DNS message may
 * look like a packet in such a tunnel. A datagram from a port of a DNS server is therefore never
 * decoded as a tunnel. A datagram to such a port is decoded as one only if `ports` has the port.
 *
 * \param ports  Borrowed; it must stay unchanged while frames are decoded. NULL: tunnels are
 *               decoded at their registered ports only.
 * \param dns    The ports of DNS servers, borrowed like `ports`. NULL: there are no such ports.
 */
void frame_set_tunnel_ports(const struct tunnel_ports *ports, const struct port_set *dns);

/*!
 * \brief Decodes the UDP or TCP header of a reassembled datagram.
 *
 * The frame's addresses, protocol, encapsulation and network must be set.
 *
 * \param missing  The largest possible number of octets of the datagram that were not captured.
 */
enum frame_status frame_decode_transport(struct frame *frame, const uint8_t *bytes, size_t size,
                                         size_t missing);

/*!
 * \brief Returns true for an IP protocol that frame_decode_transport() can decode, and that may
 *        therefore carry DNS or SMTP. Fragments of other protocols need not be reassembled.
 */
bool frame_is_carrier(uint8_t protocol);
