/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The steps of the frame decoder, one for each header. Private to parsers/link/.
 *
 * A step reads its header and sets the kind of the next header; frame.c runs one step after
 * another. No step calls another, so that nested headers cannot exhaust the stack. Tables in
 * next_layer.c list the header that follows a link type, EtherType, PPP protocol or UDP port.
 */
#pragma once

#include "base/cursor.h"
#include "parsers/link/frame.h"

#define LINK_ETHERNET 1

/* The octets of headers, without options. */
#define ETHERNET_HEADER 14 /* destination 6 | source 6 | type 2 */
#define IPV4_HEADER     20
#define IPV6_HEADER     40
#define UDP_HEADER      8
#define TCP_HEADER      20

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd

/*! \brief The largest length in a Length/Type field; a larger value is a type (IEEE 802.3
 *         section 3.2.6). */
#define ETHERTYPE_LENGTH_MAX 1500

/*!
 * \brief The kinds of headers. The columns are the last part of the enumerator, and of the function
 *        that reads the header (`layer_ethernet`).
 */
/* clang-format off */
#define LAYERS(X) \
	/* layer_link.c */ \
	X(ETHERNET, ethernet) X(ETHERTYPE, ethertype) X(LLC, llc) X(SNAP, snap) X(NULL, null) \
	X(LOOP, loop) X(SLL, sll) X(SLL2, sll2) X(PPP, ppp) X(PPPOE, pppoe) X(MPLS, mpls) \
	/* layer_media.c */ \
	X(FDDI, fddi) X(TOKEN_RING, token_ring) X(FRAME_RELAY, frame_relay) X(IPOIB, ipoib) X(IP_FC, ip_fc) \
	X(FIREWIRE, firewire) \
	/* layer_wlan.c */ \
	X(RADIOTAP, radiotap) X(PRISM, prism) X(AVS, avs) X(80211, 80211) \
	/* layer_tag.c */ \
	X(VLAN, vlan) X(VN_TAG, vn_tag) X(E_TAG, e_tag) X(I_TAG, i_tag) X(HSR, hsr) X(CMD, cmd) \
	X(MACSEC, macsec) X(TRILL, trill) X(NSH, nsh) X(BRCM_TAG, brcm_tag) \
	X(BRCM_PREPEND, brcm_prepend) X(DSA, dsa) X(EDSA, edsa) \
	X(FABRIC_PATH, fabric_path) X(ARISTA, arista) X(TTAG, ttag) \
	/* layer_capture.c */ \
	X(NFLOG, nflog) X(PPI, ppi) X(PFLOG, pflog) X(ERF, erf) X(PKTAP, pktap) X(IPNET, ipnet) \
	X(ENC, enc) X(JUNIPER, juniper) X(NETANALYZER, netanalyzer) X(PREAMBLE, preamble) \
	X(DIRECTION, direction) X(PPPD, pppd) X(SUNATM, sunatm) \
	/* layer_ip.c: `ip` finds the version in octet 0, `protocol` the protocol in the key */ \
	X(IP, ip) X(PROTOCOL, protocol) \
	/* layer_tunnel.c: tunnels over IP */ \
	X(GRE, gre) X(WCCP, wccp) X(ETHERIP, etherip) X(MPLS_IP, mpls_ip) X(L2TP_IP, l2tp_ip) \
	X(L2TP_DATA, l2tp_data) \
	/* layer_udp_tunnel.c: tunnels over UDP */ \
	X(VXLAN, vxlan) X(VXLAN_GPE, vxlan_gpe) X(GENEVE, geneve) X(GTP, gtp) X(TEREDO, teredo) \
	X(TZSP, tzsp) X(L2TP, l2tp) X(LISP, lisp) X(CAPWAP, capwap) \
	X(GUE, gue) X(HP_ERM, hp_erm)
/* clang-format on */

enum layer {
#define X(name, function) LAYER_##name,
	LAYERS(X)
#undef X
	        LAYER_END, /*!< There is no further header; `decoder.status` is the result. */
	LAYER_COUNT = LAYER_END,
};

/*! \brief The state of one decoding. */
struct decoder {
	struct frame *frame;
	/*! A cursor at the next header. The cursor ends where the payload ends according to the
	 * outer headers. */
	struct cursor at;
	/*! The number of octets from the cursor to the end of the datagram, as the IP or UDP header
	 * states it. The capture may have fewer. */
	size_t declared;
	/*! All `declared` octets were captured. A header that is too short is then malformed, not
	 * cut. */
	bool whole;
	enum layer next; /*!< The kind of the header at the cursor. */
	uint16_t number; /*!< The EtherType or link type that led to `next`. */
	bool padded;     /*!< The IEEE 802.11 header is padded to a multiple of 4 octets. */
	bool swapped;    /*!< The first two octets of the IEEE 802.11 header may be swapped. */
	enum frame_status status;
};

typedef void (*layer_step)(struct decoder *decoder);

/*!
 * \brief The steps. Each reads the header at the cursor, and sets `next`. If the header is too
 *        short, the cursor fails, and frame.c sets the status.
 */
#define X(name, function) void layer_##function(struct decoder *decoder);
LAYERS(X)
#undef X

/*! \brief Returns the first header of a link type, or LAYER_END if the link type is unknown. */
enum layer next_by_link_type(int dlt);

/*!
 * \brief Returns the tunnel that the ports of a UDP datagram indicate, or LAYER_END if they
 *        indicate none.
 */
enum layer next_by_udp_port(uint16_t sport, uint16_t dport);

/*!
 * \brief Returns true if an Ethernet header begins at the cursor, and IP, a VLAN tag or PPPoE
 *        follows it.
 */
bool layer_is_ethernet(struct cursor at);

/*!
 * \brief Returns true if an IP header begins at the cursor. Where an Ethernet header can begin,
 * too, the checksum of IPv4 or the length of IPv6 decides.
 */
bool layer_is_ip(struct cursor at);

/*! \brief Ends the decoding. */
static inline void decoder_end(struct decoder *decoder, enum frame_status status)
{
	decoder->next = LAYER_END;
	decoder->status = status;
}

/*! \brief Ends the decoding of a valid frame in which no UDP or TCP header was found. */
static inline void decoder_other(struct decoder *decoder, enum frame_reason reason)
{
	decoder->frame->reason = reason;
	decoder_end(decoder, FRAME_OTHER);
}

/*! \brief Continues with the header that an EtherType announces. */
static inline void decoder_ethertype(struct decoder *decoder, uint16_t ethertype)
{
	bool ip = ethertype == ETHERTYPE_IPV4 || ethertype == ETHERTYPE_IPV6;
	decoder->next = ip ? LAYER_IP : LAYER_ETHERTYPE;
	decoder->number = ethertype;
}

/*!
 * \brief Continues with the header that the Length/Type field of Ethernet announces (IEEE 802.3
 *        section 3.2.6).
 */
static inline void decoder_type_or_length(struct decoder *decoder, uint16_t value)
{
	if (value <= ETHERTYPE_LENGTH_MAX) {
		decoder->next = LAYER_LLC;
		return;
	}
	decoder_ethertype(decoder, value);
}

/*! \brief Returns the octet at the cursor, which does not move; 0 if no octet is left. */
static inline uint8_t decoder_peek(const struct decoder *decoder)
{
	return cursor_left(&decoder->at) > 0 ? decoder->at.wire[decoder->at.pos] : 0;
}

/*! \brief Continues with the first header of a link type that was read from a capture header. */
static inline void decoder_link_type(struct decoder *decoder, int dlt)
{
	decoder->next = next_by_link_type(dlt);
	decoder->number = (uint16_t)dlt;
	if (decoder->next == LAYER_END) {
		decoder_other(decoder, FRAME_BY_LINK_TYPE);
	}
}

/*!
 * \brief Returns true for the EtherTypes of VLAN tags, which are those of 802.1Q and 802.1ad, and
 *        those that vendors used before 802.1ad.
 */
static inline bool is_vlan_type(uint16_t ethertype)
{
	switch (ethertype) {
	case 0x8100:
	case 0x88a8:
	case 0x8200:
	case 0x9100:
	case 0x9200:
	case 0x9300:
		return true;
	default:
		return false;
	}
}

/*!
 * \brief Adds the VLAN of a tag to the network. The VLAN of the outermost tag is also stored in
 *        `encapsulation`.
 */
static inline void decoder_vlan(struct decoder *decoder, uint16_t tag)
{
	if (decoder->frame->encapsulation.vlan == VLAN_NONE) {
		decoder->frame->encapsulation.vlan = tag & 0x0fff;
	}
	network_id_add_vlan(&decoder->frame->network_id, tag);
}

/*! \brief Adds a tunnel to the packet's `network_id`. The outermost tunnel is also stored in
 *         `encapsulation`. */
static inline void decoder_tunnel(struct decoder *decoder, enum tunnel_kind tunnel, uint32_t id)
{
	struct encapsulation *encapsulation = &decoder->frame->encapsulation;
	if (encapsulation->tunnel == TUNNEL_NONE) {
		encapsulation->tunnel = (uint16_t)tunnel;
		encapsulation->tunnel_id = id;
	}
	network_id_add_tunnel(&decoder->frame->network_id, tunnel, id);
}
