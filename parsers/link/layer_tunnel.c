/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "parsers/link/layers.h"

#define PORT_GTP_U       2152
#define PORT_TEREDO      3544
#define PORT_VXLAN       4789
#define PORT_GENEVE      6081
#define PORT_VXLAN_LINUX 8472 /* Linux's default before IANA assigned a port */

#define GRE_CHECKSUM 0x8000
#define GRE_ROUTING  0x4000
#define GRE_KEY      0x2000
#define GRE_SEQUENCE 0x1000
#define GRE_ACK      0x0080 /* version 1, RFC 2637 section 4.1 */
#define GRE_VERSION  0x0007

#define ETHERTYPE_TEB      0x6558
#define ETHERTYPE_PPP      0x880b
#define ETHERTYPE_ERSPAN   0x88be
#define ETHERTYPE_ERSPAN_3 0x22eb

#define GTP_EXTENSIONS_MAX 8
#define GTP_T_PDU          255

/* Types I and II share an EtherType; only type II has GRE sequence numbers and a header of its
 * own (draft-foschiano-erspan-03 section 4). */
static void read_erspan(struct decoder *decoder, uint16_t protocol, bool numbered)
{
	if (protocol == ETHERTYPE_ERSPAN && numbered) {
		uint32_t head = cursor_u32(&decoder->at);
		cursor_skip(&decoder->at, 4);
		decoder_tunnel(decoder, TUNNEL_ERSPAN, head & 0x3ff);
	} else if (protocol == ETHERTYPE_ERSPAN_3) {
		uint32_t head = cursor_u32(&decoder->at);
		cursor_skip(&decoder->at, 4);
		uint32_t tail = cursor_u32(&decoder->at);
		cursor_skip(&decoder->at,
		            (tail & 1) != 0 ? 8 : 0); /* platform specific sub-header */
		decoder_tunnel(decoder, TUNNEL_ERSPAN, head & 0x3ff);
		/* Frame type: 0 Ethernet, 2 IP. */
		if ((tail >> 11 & 0x1f) == 2) {
			decoder->next = LAYER_IP;
			return;
		}
	} else {
		decoder_tunnel(decoder, TUNNEL_ERSPAN, 0);
	}
	decoder->next = LAYER_ETHERNET;
}

static void read_gre_payload(struct decoder *decoder, uint16_t protocol, bool numbered)
{
	switch (protocol) {
	case ETHERTYPE_TEB:
		decoder->next = LAYER_ETHERNET;
		break;
	case ETHERTYPE_PPP:
		decoder->next = LAYER_PPP;
		break;
	case ETHERTYPE_ERSPAN:
	case ETHERTYPE_ERSPAN_3:
		read_erspan(decoder, protocol, numbered);
		break;
	default:
		decoder_ethertype(decoder, protocol);
	}
}

void layer_gre(struct decoder *decoder)
{
	uint32_t key = 0;
	uint16_t flags = cursor_u16(&decoder->at);
	uint16_t protocol = cursor_u16(&decoder->at);
	/* Source routes (RFC 1701) are deprecated by RFC 2784. */
	if ((flags & GRE_ROUTING) != 0 || (flags & GRE_VERSION) > 1) {
		decoder_end(decoder, FRAME_OTHER);
		return;
	}
	cursor_skip(&decoder->at, (flags & GRE_CHECKSUM) != 0 ? 4 : 0);
	if ((flags & GRE_KEY) != 0) {
		key = cursor_u32(&decoder->at);
	}
	cursor_skip(&decoder->at, (flags & GRE_SEQUENCE) != 0 ? 4 : 0);
	if ((flags & GRE_VERSION) == 1) {
		cursor_skip(&decoder->at, (flags & GRE_ACK) != 0 ? 4 : 0);
	}
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
		decoder_end(decoder, FRAME_OTHER);
		return;
	}
	decoder_tunnel(decoder, TUNNEL_ETHERIP, 0);
	decoder->next = LAYER_ETHERNET;
}

enum layer layer_udp_tunnel(const struct frame *frame)
{
	switch (frame->key.dport) {
	case PORT_VXLAN:
	case PORT_VXLAN_LINUX:
		return LAYER_VXLAN;
	case PORT_GENEVE:
		return LAYER_GENEVE;
	case PORT_GTP_U:
		return LAYER_GTP;
	default:
		return frame->key.dport == PORT_TEREDO || frame->key.sport == PORT_TEREDO
		               ? LAYER_TEREDO
		               : LAYER_END;
	}
}

/* RFC 7348 section 5: only the flag "I" is defined. */
void layer_vxlan(struct decoder *decoder)
{
	uint32_t flags = cursor_u32(&decoder->at);
	uint32_t vni = cursor_u32(&decoder->at);
	if ((flags & 0xff000000U) != 0x08000000U || (vni & 0xff) != 0) {
		decoder_end(decoder, FRAME_OTHER);
		return;
	}
	decoder_tunnel(decoder, TUNNEL_VXLAN, vni >> 8);
	decoder->next = LAYER_ETHERNET;
}

/* RFC 8926 section 3.4. */
void layer_geneve(struct decoder *decoder)
{
	uint8_t head = cursor_u8(&decoder->at);
	cursor_skip(&decoder->at, 1);
	uint16_t protocol = cursor_u16(&decoder->at);
	uint32_t vni = cursor_u32(&decoder->at);
	if (head >> 6 != 0 || (protocol != ETHERTYPE_TEB && protocol != ETHERTYPE_IPV4 &&
	                       protocol != ETHERTYPE_IPV6)) {
		decoder_end(decoder, FRAME_OTHER);
		return;
	}
	cursor_skip(&decoder->at, (size_t)(head & 0x3f) * 4);
	decoder_tunnel(decoder, TUNNEL_GENEVE, vni >> 8);
	if (protocol == ETHERTYPE_TEB) {
		decoder->next = LAYER_ETHERNET;
	} else {
		decoder->next = LAYER_IP;
	}
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
		decoder_end(decoder, FRAME_OTHER);
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
	decoder->next = LAYER_IP;
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
		decoder_end(decoder, FRAME_OTHER);
		return;
	}
	decoder_tunnel(decoder, TUNNEL_TEREDO, 0);
	decoder->next = LAYER_IP;
}
