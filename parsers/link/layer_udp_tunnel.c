/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tunnels over UDP. */
#include <netinet/in.h>
#include <string.h>

#include "parsers/link/layers.h"

#define VXLAN_VNI 0x08 /* the identifier is valid */

#define GPE_VERSION  0x30
#define GPE_PROTOCOL 0x04 /* the field for the next protocol is valid */
#define GPE_OAM      0x01

#define GTP_EXTENSIONS_MAX 8
#define GTP_T_PDU          255

#define TZSP_END     1
#define TZSP_PADDING 0

#define L2TP_CONTROL  0x8000
#define L2TP_LENGTH   0x4000
#define L2TP_SEQUENCE 0x0800
#define L2TP_OFFSET   0x0200
#define L2TP_VERSION  0x000f

#define GUE_CONTROL 0x20
#define GUE_LENGTH  0x1f

#define HP_ERM_TAGGED 0x80

#define LISP_PROTOCOL 0x04 /* RFC 9305: the field for the next protocol is valid */

#define CAPWAP_NATIVE       0x000100U /* the frame is one of IEEE 802.11, not of IEEE 802.3 */
#define CAPWAP_BINDING_WLAN 1

/* flags 1 | reserved or policy 3 | identifier 3 | reserved 1. RFC 7348 section 5: reserved bits
 * are ignored; Group-Based Policy uses some of them. */
void layer_vxlan(struct decoder *decoder)
{
	uint32_t head = cursor_u32(&decoder->at);
	uint32_t vni = cursor_u32(&decoder->at);
	if ((head >> 24 & VXLAN_VNI) == 0) {
		decoder_other(decoder, FRAME_BY_TUNNEL);
		return;
	}
	decoder_tunnel(decoder, TUNNEL_VXLAN, vni >> 8);
	decoder->next = LAYER_ETHERNET;
}

/* Continues with the payload. VXLAN-GPE and LISP-GPE have the same protocol numbers. */
static void read_gpe_payload(struct decoder *decoder, uint8_t protocol)
{
	switch (protocol) {
	case 1: /* IPv4, IPv6 */
	case 2:
		decoder->next = LAYER_IP;
		break;
	case 3:
		decoder->next = LAYER_ETHERNET;
		break;
	case 4:
		decoder->next = LAYER_NSH;
		break;
	case 5:
		decoder->next = LAYER_MPLS;
		break;
	default:
		decoder_other(decoder, FRAME_BY_TUNNEL);
	}
}

/* flags 1 | reserved 2 | next protocol 1 | identifier 3 | reserved 1
 * (draft-ietf-nvo3-vxlan-gpe-13 section 3). */
void layer_vxlan_gpe(struct decoder *decoder)
{
	uint32_t head = cursor_u32(&decoder->at);
	uint32_t vni = cursor_u32(&decoder->at);
	uint8_t flags = (uint8_t)(head >> 24);
	if ((flags & (GPE_VERSION | GPE_OAM)) != 0) {
		decoder_other(decoder, FRAME_BY_TUNNEL);
		return;
	}
	decoder_tunnel(decoder, TUNNEL_VXLAN_GPE, vni >> 8);
	read_gpe_payload(decoder, (flags & GPE_PROTOCOL) != 0 ? head & 0xff : 3);
}

/* RFC 8926 section 3.4: version 2 bits | length 6 bits, in units of 4 octets | flags 1 |
 * EtherType 2 | identifier 3 | reserved 1 | options. */
void layer_geneve(struct decoder *decoder)
{
	uint8_t head = cursor_u8(&decoder->at);
	cursor_skip(&decoder->at, 1);
	uint16_t protocol = cursor_u16(&decoder->at);
	uint32_t vni = cursor_u32(&decoder->at);
	if (head >> 6 != 0) {
		decoder_other(decoder, FRAME_BY_TUNNEL);
		return;
	}
	cursor_skip(&decoder->at, (size_t)(head & 0x3f) * 4);
	decoder_tunnel(decoder, TUNNEL_GENEVE, vni >> 8);
	decoder_ethertype(decoder, protocol);
}

/* 3GPP TS 29.281 section 5: an extension header begins with its length in units of 4 octets
 * and ends with the type of the next one. */
void layer_gtp(struct decoder *decoder)
{
	uint8_t flags = cursor_u8(&decoder->at);
	uint8_t type = cursor_u8(&decoder->at);
	cursor_skip(&decoder->at, 2);
	uint32_t tunnel = cursor_u32(&decoder->at);
	if (flags >> 4 != 3 || type != GTP_T_PDU) {
		decoder_other(decoder, FRAME_BY_TUNNEL);
		return;
	}
	uint8_t extension = 0;
	if ((flags & 0x07) != 0) {
		cursor_skip(&decoder->at, 3);
		extension = cursor_u8(&decoder->at);
	}
	for (int i = 0; extension != 0 && (flags & 0x04) != 0 && i < GTP_EXTENSIONS_MAX; i++) {
		size_t length = (size_t)cursor_u8(&decoder->at) * 4;
		cursor_skip(&decoder->at, length >= 4 ? length - 2 : SIZE_MAX);
		extension = cursor_u8(&decoder->at);
	}
	decoder_tunnel(decoder, TUNNEL_GTP, tunnel);
	/* The session's type is not in the packet: IP, or Ethernet (3GPP TS 23.501 section
	 * 5.6.10.2). */
	bool ethernet = !layer_is_ip(decoder->at) && layer_is_ethernet(decoder->at);
	decoder->next = ethernet ? LAYER_ETHERNET : LAYER_IP;
}

/* RFC 4380 section 5.1.1: an authentication and an origin indication may precede the IPv6
 * packet, one of whose addresses is in 2001::/32. */
void layer_teredo(struct decoder *decoder)
{
	struct cursor *at = &decoder->at;
	const uint8_t *head = at->wire + at->pos;
	if (cursor_left(at) >= 4 && head[0] == 0 && head[1] == 1) {
		cursor_skip(at, 4 + (size_t)head[2] + head[3] + 9);
		head = at->failed ? head : at->wire + at->pos;
	}
	if (cursor_left(at) >= 8 && head[0] == 0 && head[1] == 0) {
		cursor_skip(at, 8);
		head = at->wire + at->pos;
	}
	static const uint8_t prefix[4] = { 0x20, 0x01, 0x00, 0x00 };
	if (cursor_left(at) < 40 || head[0] >> 4 != 6 ||
	    (memcmp(head + 8, prefix, sizeof(prefix)) != 0 &&
	     memcmp(head + 24, prefix, sizeof(prefix)) != 0)) {
		decoder_other(decoder, FRAME_BY_TUNNEL);
		return;
	}
	decoder_tunnel(decoder, TUNNEL_TEREDO, 0);
	decoder->next = LAYER_IP;
}

static void read_tzsp_payload(struct decoder *decoder, uint16_t protocol)
{
	switch (protocol) {
	case 0x01:
		decoder->next = LAYER_ETHERNET;
		break;
	case 0x12:
		decoder->next = LAYER_80211;
		break;
	case 0x77:
		decoder->next = LAYER_PRISM;
		break;
	case 0x7f:
		decoder->next = LAYER_AVS;
		break;
	default:
		decoder_other(decoder, FRAME_BY_TUNNEL);
	}
}

/* version 1 | type 1 (0 received, 1 sent) | protocol 2 | tags. A tag has type 1 | length 1 | value,
 * but padding and the end have only a type. */
void layer_tzsp(struct decoder *decoder)
{
	uint8_t version = cursor_u8(&decoder->at);
	uint8_t type = cursor_u8(&decoder->at);
	uint16_t protocol = cursor_u16(&decoder->at);
	if (version != 1 || type > 1) {
		decoder_other(decoder, FRAME_BY_TUNNEL);
		return;
	}
	uint8_t tag;
	while ((tag = cursor_u8(&decoder->at)) != TZSP_END && !decoder->at.failed) {
		cursor_skip(&decoder->at, tag != TZSP_PADDING ? cursor_u8(&decoder->at) : 0);
	}
	decoder_tunnel(decoder, TUNNEL_TZSP, 0);
	read_tzsp_payload(decoder, protocol);
}

/* RFC 2661 section 3.1: length 2, optional | tunnel 2 | session 2 | sequence numbers 4, optional |
 * offset 2 and as many octets, optional; then PPP. */
static void read_l2tp_2(struct decoder *decoder, uint16_t flags)
{
	cursor_skip(&decoder->at, (flags & L2TP_LENGTH) != 0 ? 2 : 0);
	uint32_t tunnel = cursor_u32(&decoder->at);
	cursor_skip(&decoder->at, (flags & L2TP_SEQUENCE) != 0 ? 4 : 0);
	if ((flags & L2TP_OFFSET) != 0) {
		cursor_skip(&decoder->at, cursor_u16(&decoder->at));
	}
	decoder_tunnel(decoder, TUNNEL_L2TP, tunnel);
	decoder->next = LAYER_PPP;
}

/* RFC 3931 section 4.1.2.1: reserved 2 | session 4. */
static void read_l2tp_3(struct decoder *decoder)
{
	cursor_skip(&decoder->at, 2);
	decoder_tunnel(decoder, TUNNEL_L2TP, cursor_u32(&decoder->at));
	decoder->next = LAYER_L2TP_DATA;
}

void layer_l2tp(struct decoder *decoder)
{
	uint16_t flags = cursor_u16(&decoder->at);
	uint16_t version = flags & L2TP_VERSION;
	if ((flags & L2TP_CONTROL) != 0 || (version != 2 && version != 3)) {
		decoder_other(decoder, FRAME_BY_TUNNEL);
	} else if (version == 2) {
		read_l2tp_2(decoder, flags);
	} else {
		read_l2tp_3(decoder);
	}
}

/* RFC 9300 section 5.1: flags 1 | nonce or versions 3, of which the last octet may be the next
 * protocol | instance or status bits 4; then IP. */
void layer_lisp(struct decoder *decoder)
{
	uint32_t head = cursor_u32(&decoder->at);
	uint32_t instance = cursor_u32(&decoder->at);
	decoder_tunnel(decoder, TUNNEL_LISP, instance >> 8);
	read_gpe_payload(decoder, (head >> 24 & LISP_PROTOCOL) != 0 ? head & 0xff : 1);
}

/* draft-ietf-intarea-gue-09 section 3: version 2 bits | control 1 bit | length 5 bits, in units of
 * 4 octets | IP protocol 1 | flags 2 | extensions. In version 1 the datagram is an IP packet, whose
 * first two bits are the version. */
void layer_gue(struct decoder *decoder)
{
	uint8_t version = decoder_peek(decoder) >> 6;
	uint8_t protocol = IPPROTO_IPIP;
	if (version == 0) {
		uint8_t head = cursor_u8(&decoder->at);
		protocol = (head & GUE_CONTROL) != 0 ? IPPROTO_NONE : cursor_u8(&decoder->at);
		cursor_skip(&decoder->at, 2 + (size_t)(head & GUE_LENGTH) * 4);
	}
	if (version > 1 || (protocol != IPPROTO_IPIP && protocol != IPPROTO_IPV6)) {
		decoder_other(decoder, FRAME_BY_TUNNEL);
		return;
	}
	decoder_tunnel(decoder, TUNNEL_GUE, 0);
	decoder->next = LAYER_IP;
}

/* HP's encapsulated remote mirroring: 12, of which the last 4 have the tag of the frame; then the
 * frame without its tag. */
void layer_hp_erm(struct decoder *decoder)
{
	cursor_skip(&decoder->at, 8);
	uint32_t tag = cursor_u32(&decoder->at);
	decoder_tunnel(decoder, TUNNEL_HP_ERM, 0);
	if ((tag & HP_ERM_TAGGED) != 0) {
		decoder_vlan(decoder, (uint16_t)(tag >> 8));
	}
	decoder->next = LAYER_ETHERNET;
}

/* Some controllers swap the first two octets of the radio's frame.
 *
 * RFC 5415 section 4.3: preamble 1 (0 for clear text) | length 5 bits, in units of 4 octets | radio
 * 5 bits | binding 5 bits | flags 9 bits | fragment 4 | options. Only the first fragment of a frame
 * begins with the frame's header. */
void layer_capwap(struct decoder *decoder)
{
	uint8_t preamble = cursor_u8(&decoder->at);
	if (preamble != 0) {
		decoder_other(decoder, preamble == 1 ? FRAME_BY_ENCRYPTED : FRAME_BY_TUNNEL);
		return;
	}
	uint32_t head = (uint32_t)cursor_u8(&decoder->at) << 16 | cursor_u16(&decoder->at);
	uint32_t fragment = cursor_u32(&decoder->at);
	size_t length = (size_t)(head >> 19 & 0x1f) * 4;
	if (length < 8 || (fragment & 0xfff8) != 0) {
		decoder_other(decoder, FRAME_BY_TUNNEL);
		return;
	}
	cursor_skip(&decoder->at, length - 8);
	decoder_tunnel(decoder, TUNNEL_CAPWAP, 0);
	bool native = (head & CAPWAP_NATIVE) != 0;
	decoder->swapped = true;
	decoder->next = native ? LAYER_80211 : LAYER_ETHERNET;
	if (native && (head >> 9 & 0x1f) != CAPWAP_BINDING_WLAN) {
		decoder_other(decoder, FRAME_BY_TUNNEL);
	}
}
