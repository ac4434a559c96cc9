/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "parsers/link/layers.h"

#define GRE_CHECKSUM 0x8000
#define GRE_ROUTING  0x4000
#define GRE_KEY      0x2000
#define GRE_SEQUENCE 0x1000
#define GRE_ACK      0x0080 /* version 1, RFC 2637 section 4.1 */
#define GRE_VERSION  0x0007

#define ERSPAN_TAG_KEPT(head) (((head) >> 11 & 3) == 3)

#define ARUBA_FIRST 0x8200
#define ARUBA_LAST  0x8370

#define MIKROTIK_EOIP 0x6400

#define ETHERTYPE_WCCP     0x883e
#define ETHERTYPE_ERSPAN   0x88be
#define ETHERTYPE_ERSPAN_3 0x22eb

/* The header has the VLAN of the mirrored frame. It replaces the VLAN of the network that carries
 * the copies. If the frame itself still has a tag, that tag is read later. */
static void note_erspan(struct decoder *decoder, uint32_t head)
{
	uint16_t vlan = head >> 16 & 0x0fff;
	bool outermost = decoder->frame->encapsulation.tunnel == TUNNEL_NONE;
	decoder_tunnel(decoder, TUNNEL_ERSPAN, head & 0x3ff);
	if (outermost && vlan != 0) {
		decoder->frame->encapsulation.vlan = (int16_t)vlan;
	}
	if (outermost) {
		decoder->frame->network_id.vlans = ERSPAN_TAG_KEPT(head) ? 0 : vlan;
	}
}

/* version 4 bits | VLAN 12 bits | class, flags 6 bits | session 10 bits | type III: time stamp 4 |
 * group 2 | flags 2 | platform's header 8, optional. Types I and II share an EtherType; only
 * type II has GRE sequence numbers and a header of its own (draft-foschiano-erspan-03 section 4).
 */
static void read_erspan(struct decoder *decoder, uint16_t protocol, bool numbered)
{
	decoder->next = LAYER_ETHERNET;
	if (protocol == ETHERTYPE_ERSPAN && !numbered) {
		decoder_tunnel(decoder, TUNNEL_ERSPAN, 0);
		return;
	}
	note_erspan(decoder, cursor_u32(&decoder->at));
	cursor_skip(&decoder->at, 4);
	if (protocol == ETHERTYPE_ERSPAN_3) {
		uint32_t tail = cursor_u32(&decoder->at);
		cursor_skip(&decoder->at, (tail & 1) != 0 ? 8 : 0);
		/* Frame type: 0 Ethernet, 2 IP. */
		decoder->next = (tail >> 11 & 0x1f) == 2 ? LAYER_IP : LAYER_ETHERNET;
	}
}

/* Controllers of Aruba send frames of IEEE 802.11 with one of these protocols for each queue. Some
 * of them are EtherTypes of VLAN tags. */
static bool is_aruba(uint16_t protocol)
{
	return protocol >= ARUBA_FIRST && protocol <= ARUBA_LAST && protocol % 16 == 0;
}

static void read_gre_payload(struct decoder *decoder, uint16_t protocol, bool numbered)
{
	if (is_aruba(protocol)) {
		decoder->next = LAYER_80211;
		return;
	}
	switch (protocol) {
	case MIKROTIK_EOIP:
		decoder->next = LAYER_ETHERNET;
		break;
	case ETHERTYPE_WCCP:
		decoder->next = LAYER_WCCP;
		break;
	case ETHERTYPE_ERSPAN:
	case ETHERTYPE_ERSPAN_3:
		read_erspan(decoder, protocol, numbered);
		break;
	default:
		decoder_ethertype(decoder, protocol);
	}
}

/* RFC 1701: address family 2 | offset 1 | length 1 | routers, for each route. The last one has a
 * length of zero. */
static void skip_routes(struct cursor *at)
{
	uint8_t length = 1;
	while (length > 0 && !at->failed) {
		cursor_skip(at, 3);
		length = cursor_u8(at);
		cursor_skip(at, length);
	}
}

/* Version 1 has the payload's length in the first half of the key, and the session in the second
 * (RFC 2637 section 4.1). */
static uint32_t read_gre_key(struct decoder *decoder, uint16_t version, uint16_t protocol)
{
	uint32_t key = cursor_u32(&decoder->at);
	if (protocol == MIKROTIK_EOIP) {
		return __builtin_bswap16((uint16_t)key);
	}
	return version == 1 ? key & 0xffff : key;
}

/* Reads the optional fields, and returns the key; 0 if there is none. */
static uint32_t read_gre_fields(struct decoder *decoder, uint16_t flags, uint16_t protocol)
{
	struct cursor *at = &decoder->at;
	uint16_t version = flags & GRE_VERSION;
	uint32_t key = 0;
	cursor_skip(at, (flags & (GRE_CHECKSUM | GRE_ROUTING)) != 0 ? 4 : 0);
	if ((flags & GRE_KEY) != 0) {
		key = read_gre_key(decoder, version, protocol);
	}
	cursor_skip(at, (flags & GRE_SEQUENCE) != 0 ? 4 : 0);
	if ((flags & GRE_ROUTING) != 0) {
		skip_routes(at);
	}
	cursor_skip(at, version == 1 && (flags & GRE_ACK) != 0 ? 4 : 0);
	return key;
}

/* RFC 2784, RFC 2890. Source routes (RFC 1701) are deprecated, but routers can still send them. */
void layer_gre(struct decoder *decoder)
{
	uint16_t flags = cursor_u16(&decoder->at);
	uint16_t protocol = cursor_u16(&decoder->at);
	if ((flags & GRE_VERSION) > 1) {
		decoder_other(decoder, FRAME_BY_TUNNEL);
		return;
	}
	uint32_t key = read_gre_fields(decoder, flags, protocol);
	if (protocol != ETHERTYPE_ERSPAN && protocol != ETHERTYPE_ERSPAN_3) {
		decoder_tunnel(decoder, TUNNEL_GRE, key);
	}
	read_gre_payload(decoder, protocol, (flags & GRE_SEQUENCE) != 0);
}

/* RFC 3378 section 3: only version 3 is defined. */
void layer_etherip(struct decoder *decoder)
{
	uint16_t version = cursor_u16(&decoder->at);
	if (version >> 12 != 3) {
		decoder_other(decoder, FRAME_BY_TUNNEL);
		return;
	}
	decoder_tunnel(decoder, TUNNEL_ETHERIP, 0);
	decoder->next = LAYER_ETHERNET;
}

/* RFC 4023 in IP, RFC 7510 in UDP. */
void layer_mpls_ip(struct decoder *decoder)
{
	decoder_tunnel(decoder, TUNNEL_MPLS, 0);
	decoder->next = LAYER_MPLS;
}

/* Version 2 of the protocol has a header of 4 octets in front of IP, version 1 has no header
 * (draft-wilson-wrec-wccp-v2-01 section 4.12.1). The first octet of the header cannot be that of an
 * IP header. */
void layer_wccp(struct decoder *decoder)
{
	uint8_t version = decoder_peek(decoder) >> 4;
	cursor_skip(&decoder->at, version == 4 || version == 6 ? 0 : 4);
	decoder->next = LAYER_IP;
}

/* RFC 3931 section 4.1.1: session 4, which is zero for control messages. */
void layer_l2tp_ip(struct decoder *decoder)
{
	uint32_t session = cursor_u32(&decoder->at);
	if (session == 0) {
		decoder_other(decoder, FRAME_BY_TUNNEL);
		return;
	}
	decoder_tunnel(decoder, TUNNEL_L2TP, session);
	decoder->next = LAYER_L2TP_DATA;
}

/* Returns true if a header of PPP or Cisco HDLC with its address and control octets begins here. */
static bool is_ppp(struct cursor at)
{
	uint16_t head = cursor_u16(&at);
	uint16_t protocol = cursor_u16(&at);
	uint8_t version = cursor_u8(&at) >> 4;
	if (at.failed || (head != 0xff03 && head != 0x0f00)) {
		return false;
	}
	bool ipv4 = protocol == ETHERTYPE_IPV4 || protocol == 0x0021;
	bool ipv6 = protocol == ETHERTYPE_IPV6 || protocol == 0x0057;
	return (ipv4 && version == 4) || (ipv6 && version == 6);
}

/* The control connection determines the size of the cookie (0, 4 or 8 octets), whether there is a
 * sublayer of 4 octets, and the kind of frame (RFC 3931 section 4.1). It is not read, so the frame
 * is assumed to begin at the first place where a known header can begin. */
void layer_l2tp_data(struct decoder *decoder)
{
	for (size_t skip = 0; skip <= 12; skip += 4) {
		struct cursor at = decoder->at;
		cursor_skip(&at, skip);
		if (layer_is_ethernet(at) || is_ppp(at)) {
			decoder->at = at;
			decoder->next = layer_is_ethernet(at) ? LAYER_ETHERNET : LAYER_PPP;
			return;
		}
	}
	decoder_other(decoder, FRAME_BY_TUNNEL);
}
