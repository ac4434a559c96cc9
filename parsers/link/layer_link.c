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

void layer_ethernet(struct peel *peel)
{
	const uint8_t *header = cursor_take(&peel->at, ETHERNET_HEADER);
	if (header == NULL) {
		return;
	}
	uint16_t ethertype = octets_u16(header + 12);
	if (ethertype <= ETHERTYPE_LENGTH_MAX) {
		peel->next = LAYER_LLC;
		return;
	}
	peel_ethertype(peel, ethertype);
}

static void read_tag(struct peel *peel)
{
	if (++peel->tags > FRAME_VLAN_TAGS_MAX) {
		peel_end(peel, FRAME_MALFORMED);
		return;
	}
	uint16_t tag = cursor_u16(&peel->at);
	if (peel->frame->vlan == FRAME_VLAN_NONE) {
		peel->frame->vlan = tag & 0x0fff;
	}
	uint16_t ethertype = cursor_u16(&peel->at);
	if (ethertype <= ETHERTYPE_LENGTH_MAX) {
		peel->next = LAYER_LLC;
		return;
	}
	peel_ethertype(peel, ethertype);
}

void layer_ethertype(struct peel *peel)
{
	switch (peel->number) {
	case ETHERTYPE_8021Q:
	case ETHERTYPE_8021AD:
	case ETHERTYPE_QINQ:
		read_tag(peel);
		break;
	case ETHERTYPE_MPLS:
	case ETHERTYPE_MPLS_MC:
		peel->next = LAYER_MPLS;
		break;
	case ETHERTYPE_PPPOE:
		peel->next = LAYER_PPPOE;
		break;
	default:
		peel_end(peel, FRAME_OTHER);
	}
}

/* Only SNAP (RFC 1042) leads to IP. */
void layer_llc(struct peel *peel)
{
	static const uint8_t snap[] = { 0xaa, 0xaa, 0x03, 0x00, 0x00 };
	const uint8_t *header = cursor_take(&peel->at, 6);
	uint16_t ethertype = cursor_u16(&peel->at);
	if (header == NULL || memcmp(header, snap, sizeof(snap)) != 0) {
		peel_end(peel, FRAME_OTHER);
		return;
	}
	peel_ethertype(peel, ethertype);
}

/* Address families as the BSDs, Darwin and Linux number them. */
static void read_family(struct peel *peel, uint32_t family)
{
	switch (family) {
	case 2:
	case 10:
	case 24:
	case 28:
	case 30:
		peel->next = LAYER_IP;
		break;
	default:
		peel_end(peel, FRAME_OTHER);
	}
}

/* In the byte order of the machine that captured, which may be either. */
void layer_null(struct peel *peel)
{
	uint32_t family = cursor_u32(&peel->at);
	read_family(peel, (family & 0xffff) != 0 ? family : __builtin_bswap32(family));
}

void layer_loop(struct peel *peel)
{
	read_family(peel, cursor_u32(&peel->at));
}

void layer_sll(struct peel *peel)
{
	cursor_skip(&peel->at, 14);
	uint16_t protocol = cursor_u16(&peel->at);
	if (protocol <= ETHERTYPE_LENGTH_MAX) {
		peel->next = LAYER_LLC;
		return;
	}
	peel_ethertype(peel, protocol);
}

void layer_sll2(struct peel *peel)
{
	uint16_t protocol = cursor_u16(&peel->at);
	cursor_skip(&peel->at, 18);
	if (protocol <= ETHERTYPE_LENGTH_MAX) {
		peel->next = LAYER_LLC;
		return;
	}
	peel_ethertype(peel, protocol);
}

/* Address and control octets are there or compressed away; so is half of the
 * protocol (RFC 1661 section 6.5: an odd first octet is the whole of it). */
void layer_ppp(struct peel *peel)
{
	uint16_t protocol = cursor_u8(&peel->at);
	if (protocol == 0xff || protocol == 0x0f) {
		cursor_skip(&peel->at, 1);
		protocol = cursor_u8(&peel->at);
	}
	if ((protocol & 1) == 0) {
		protocol = (uint16_t)(protocol << 8 | cursor_u8(&peel->at));
	}
	switch (protocol) {
	case PPP_IPV4:
	case PPP_IPV6:
		peel->next = LAYER_IP;
		break;
	case PPP_MPLS:
		peel->next = LAYER_MPLS;
		break;
	case ETHERTYPE_IPV4: /* Cisco HDLC */
	case ETHERTYPE_IPV6:
		peel_ethertype(peel, protocol);
		break;
	default:
		peel_end(peel, FRAME_OTHER);
	}
}

void layer_pppoe(struct peel *peel)
{
	uint8_t version = cursor_u8(&peel->at);
	uint8_t code = cursor_u8(&peel->at);
	cursor_skip(&peel->at, 4);
	/* Only session data, RFC 2516 section 4. */
	if (version != 0x11 || code != 0) {
		peel_end(peel, FRAME_OTHER);
		return;
	}
	peel->next = LAYER_PPP;
}

/* Attributes with a length and type in the capturing machine's byte order; all
 * that write this are little-endian but for curiosities. */
void layer_nflog(struct peel *peel)
{
	cursor_skip(&peel->at, 4);
	while (cursor_left(&peel->at) >= 4) {
		const uint8_t *head = cursor_take(&peel->at, 4);
		size_t length = (size_t)head[1] << 8 | head[0];
		unsigned type = (unsigned)(head[3] & 0x7f) << 8 | head[2];
		if (length < 4) {
			break;
		}
		if (type == NFLOG_PAYLOAD) {
			peel->next = LAYER_IP;
			return;
		}
		cursor_skip(&peel->at, (length - 4 + 3) & ~(size_t)3);
	}
	peel_end(peel, FRAME_OTHER);
}

/* Nothing says what is under the labels: IP has its version in the first
 * nibble, a pseudowire's control word has zero there (RFC 4385 section 2), all
 * else is taken for Ethernet. */
void layer_mpls(struct peel *peel)
{
	uint32_t label = 0;
	for (int i = 0; i < MPLS_LABELS_MAX && (label & 0x100) == 0; i++) {
		label = cursor_u32(&peel->at);
	}
	if ((label & 0x100) == 0) {
		peel_end(peel, FRAME_OTHER);
		return;
	}
	uint8_t first = cursor_left(&peel->at) > 0 ? peel->at.wire[peel->at.pos] >> 4 : 0;
	if (first == 4 || first == 6) {
		peel->next = LAYER_IP;
		return;
	}
	if (first == 0) {
		cursor_skip(&peel->at, 4);
	}
	peel->next = LAYER_ETHERNET;
}
