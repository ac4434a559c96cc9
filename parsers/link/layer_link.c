/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "parsers/link/layers.h"

#define ETHERNET_HEADER 14 /* destination 6 | source 6 | type 2 */

#define ETHERTYPE_LENGTH_MAX 1500 /* up to here it is a length, IEEE 802.3 section 3.2.6 */

#define ETHERTYPE_8021Q   0x8100
#define ETHERTYPE_8021AD  0x88a8
#define ETHERTYPE_QINQ    0x9100
#define ETHERTYPE_MPLS    0x8847
#define ETHERTYPE_MPLS_MC 0x8848
#define ETHERTYPE_PPPOE   0x8864

#define PPP_IPV4 0x0021
#define PPP_IPV6 0x0057
#define PPP_MPLS 0x0281

#define MPLS_LABELS_MAX 8

#define NFLOG_PAYLOAD 9

void layer_ethernet(struct decoder *decoder)
{
	const uint8_t *header = cursor_take(&decoder->at, ETHERNET_HEADER);
	if (header == NULL) {
		return;
	}
	uint16_t ethertype = octets_u16(header + 12);
	if (ethertype <= ETHERTYPE_LENGTH_MAX) {
		decoder->next = LAYER_LLC;
		return;
	}
	decoder_ethertype(decoder, ethertype);
}

static void read_tag(struct decoder *decoder)
{
	if (++decoder->tags > FRAME_VLAN_TAGS_MAX) {
		decoder_end(decoder, FRAME_MALFORMED);
		return;
	}
	uint16_t tag = cursor_u16(&decoder->at);
	if (decoder->frame->encapsulation.vlan == VLAN_NONE) {
		decoder->frame->encapsulation.vlan = tag & 0x0fff;
	}
	uint16_t ethertype = cursor_u16(&decoder->at);
	if (ethertype <= ETHERTYPE_LENGTH_MAX) {
		decoder->next = LAYER_LLC;
		return;
	}
	decoder_ethertype(decoder, ethertype);
}

void layer_ethertype(struct decoder *decoder)
{
	switch (decoder->number) {
	case ETHERTYPE_8021Q:
	case ETHERTYPE_8021AD:
	case ETHERTYPE_QINQ:
		read_tag(decoder);
		break;
	case ETHERTYPE_MPLS:
	case ETHERTYPE_MPLS_MC:
		decoder->next = LAYER_MPLS;
		break;
	case ETHERTYPE_PPPOE:
		decoder->next = LAYER_PPPOE;
		break;
	default:
		decoder_end(decoder, FRAME_OTHER);
	}
}

/* Only SNAP (RFC 1042) leads to IP. */
void layer_llc(struct decoder *decoder)
{
	static const uint8_t snap[] = { 0xaa, 0xaa, 0x03, 0x00, 0x00 };
	const uint8_t *header = cursor_take(&decoder->at, 6);
	uint16_t ethertype = cursor_u16(&decoder->at);
	if (header == NULL || memcmp(header, snap, sizeof(snap)) != 0) {
		decoder_end(decoder, FRAME_OTHER);
		return;
	}
	decoder_ethertype(decoder, ethertype);
}

/* AF_INET, and AF_INET6 as Linux, the BSDs and Darwin number it. */
static void read_family(struct decoder *decoder, uint32_t family)
{
	switch (family) {
	case 2:
	case 10:
	case 24:
	case 28:
	case 30:
		decoder->next = LAYER_IP;
		break;
	default:
		decoder_end(decoder, FRAME_OTHER);
	}
}

/* The family is in the byte order of the capturing host, which may be either. */
void layer_null(struct decoder *decoder)
{
	uint32_t family = cursor_u32(&decoder->at);
	read_family(decoder, (family & 0xffff) != 0 ? family : __builtin_bswap32(family));
}

void layer_loop(struct decoder *decoder)
{
	read_family(decoder, cursor_u32(&decoder->at));
}

void layer_sll(struct decoder *decoder)
{
	cursor_skip(&decoder->at, 14);
	uint16_t protocol = cursor_u16(&decoder->at);
	if (protocol <= ETHERTYPE_LENGTH_MAX) {
		decoder->next = LAYER_LLC;
		return;
	}
	decoder_ethertype(decoder, protocol);
}

void layer_sll2(struct decoder *decoder)
{
	uint16_t protocol = cursor_u16(&decoder->at);
	cursor_skip(&decoder->at, 18);
	if (protocol <= ETHERTYPE_LENGTH_MAX) {
		decoder->next = LAYER_LLC;
		return;
	}
	decoder_ethertype(decoder, protocol);
}

/* Address and control octets are there or compressed away; so is half of the
 * protocol (RFC 1661 section 6.5: an odd first octet is the whole of it). */
void layer_ppp(struct decoder *decoder)
{
	uint16_t protocol = cursor_u8(&decoder->at);
	if (protocol == 0xff || protocol == 0x0f) {
		cursor_skip(&decoder->at, 1);
		protocol = cursor_u8(&decoder->at);
	}
	if ((protocol & 1) == 0) {
		protocol = (uint16_t)(protocol << 8 | cursor_u8(&decoder->at));
	}
	switch (protocol) {
	case PPP_IPV4:
	case PPP_IPV6:
		decoder->next = LAYER_IP;
		break;
	case PPP_MPLS:
		decoder->next = LAYER_MPLS;
		break;
	case ETHERTYPE_IPV4: /* Cisco HDLC */
	case ETHERTYPE_IPV6:
		decoder_ethertype(decoder, protocol);
		break;
	default:
		decoder_end(decoder, FRAME_OTHER);
	}
}

void layer_pppoe(struct decoder *decoder)
{
	uint8_t version = cursor_u8(&decoder->at);
	uint8_t code = cursor_u8(&decoder->at);
	cursor_skip(&decoder->at, 4);
	/* Only session data, RFC 2516 section 4. */
	if (version != 0x11 || code != 0) {
		decoder_end(decoder, FRAME_OTHER);
		return;
	}
	decoder->next = LAYER_PPP;
}

/* Attributes have a length and type in the byte order of the capturing host; only
 * little-endian hosts are supported. */
void layer_nflog(struct decoder *decoder)
{
	cursor_skip(&decoder->at, 4);
	while (cursor_left(&decoder->at) >= 4) {
		const uint8_t *head = cursor_take(&decoder->at, 4);
		size_t length = (size_t)head[1] << 8 | head[0];
		unsigned type = (unsigned)(head[3] & 0x7f) << 8 | head[2];
		if (length < 4) {
			break;
		}
		if (type == NFLOG_PAYLOAD) {
			decoder->next = LAYER_IP;
			return;
		}
		cursor_skip(&decoder->at, (length - 4 + 3) & ~(size_t)3);
	}
	decoder_end(decoder, FRAME_OTHER);
}

/* The payload has no type field: IP has its version in the first nibble, a pseudowire's
 * control word has zero there (RFC 4385 section 2), anything else is taken as Ethernet. */
void layer_mpls(struct decoder *decoder)
{
	uint32_t label = 0;
	for (int i = 0; i < MPLS_LABELS_MAX && (label & 0x100) == 0; i++) {
		label = cursor_u32(&decoder->at);
	}
	if ((label & 0x100) == 0) {
		decoder_end(decoder, FRAME_OTHER);
		return;
	}
	uint8_t first = cursor_left(&decoder->at) > 0 ? decoder->at.wire[decoder->at.pos] >> 4 : 0;
	if (first == 4 || first == 6) {
		decoder->next = LAYER_IP;
		return;
	}
	if (first == 0) {
		cursor_skip(&decoder->at, 4);
	}
	decoder->next = LAYER_ETHERNET;
}
