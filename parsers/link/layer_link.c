/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "parsers/link/layers.h"

#define PPP_IPV4    0x0021
#define PPP_IPV6    0x0057
#define PPP_MPLS    0x0281
#define PPP_MPLS_MC 0x0283

#define PPP_ADDRESS    0xff
#define HDLC_UNICAST   0x0f
#define HDLC_MULTICAST 0x8f

#define ETHERTYPE_MPLS    0x8847
#define ETHERTYPE_MPLS_MC 0x8848
#define ETHERTYPE_PPPOE   0x8864
#define PPPOE_VERSION     0x11 /* version and type */

#define FRAME_CHECK 4

/* Reads Cisco's Inter-Switch Link. It has a destination that no other frame has, and a header whose
 * last octets are VLAN 15 bits | BPDU 1 bit | index 2 | reserved 2. */
static bool read_isl(struct decoder *decoder, const uint8_t *header)
{
	static const uint8_t destinations[2][5] = { { 0x01, 0x00, 0x0c, 0x00, 0x00 },
		                                    { 0x03, 0x00, 0x0c, 0x00, 0x00 } };
	if (memcmp(header, destinations[0], 5) != 0 && memcmp(header, destinations[1], 5) != 0) {
		return false;
	}
	cursor_skip(&decoder->at, 6);
	decoder_vlan(decoder, cursor_u16(&decoder->at) >> 1);
	cursor_skip(&decoder->at, 4);
	decoder->next = LAYER_ETHERNET;
	return true;
}

void layer_ethernet(struct decoder *decoder)
{
	const uint8_t *header = cursor_take(&decoder->at, ETHERNET_HEADER);
	if (header == NULL) {
		return;
	}
	uint16_t type = octets_u16(header + 12);
	if (type > ETHERTYPE_LENGTH_MAX || !read_isl(decoder, header)) {
		decoder_type_or_length(decoder, type);
	}
}

/* SNAP: organisation 3 | protocol 2. The protocol is an EtherType (RFC 1042), or a bridged frame
 * follows, with or without its frame check sequence (RFC 2684 section 5.2). */
void layer_snap(struct decoder *decoder)
{
	uint32_t organisation = (uint32_t)cursor_u8(&decoder->at) << 16;
	organisation |= cursor_u16(&decoder->at);
	uint16_t protocol = cursor_u16(&decoder->at);
	if (organisation == 0x000000 || organisation == 0x0000f8) {
		decoder_ethertype(decoder, protocol);
	} else if (organisation == 0x0080c2 && (protocol == 1 || protocol == 7)) {
		decoder->next = LAYER_ETHERNET;
	} else {
		decoder_other(decoder, FRAME_BY_LINK_PROTOCOL);
	}
}

/* DSAP 1 | SSAP 1 | control 1. Only SNAP and IP are decoded further. */
void layer_llc(struct decoder *decoder)
{
	const uint8_t *header = cursor_take(&decoder->at, 3);
	if (header == NULL) {
		return;
	}
	if (header[0] == 0xaa && header[1] == 0xaa && header[2] == 0x03) {
		decoder->next = LAYER_SNAP;
	} else if (header[0] == 0x06 && header[1] == 0x06 && header[2] == 0x03) {
		decoder->next = LAYER_IP;
	} else {
		decoder_other(decoder, FRAME_BY_LINK_PROTOCOL);
	}
}

/* Reads a protocol family: AF_INET, or AF_INET6 with its numbers in Linux, the BSDs and Darwin. */
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
		decoder_other(decoder, FRAME_BY_LINK_PROTOCOL);
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
	decoder_type_or_length(decoder, protocol);
}

void layer_sll2(struct decoder *decoder)
{
	uint16_t protocol = cursor_u16(&decoder->at);
	cursor_skip(&decoder->at, 18);
	decoder_type_or_length(decoder, protocol);
}

/* The address and control octets may be omitted, and the first octet of the protocol, too. An odd
 * octet is a whole protocol number (RFC 1661 section 6.5). */
void layer_ppp(struct decoder *decoder)
{
	uint16_t protocol = cursor_u8(&decoder->at);
	if (protocol == PPP_ADDRESS || protocol == HDLC_UNICAST || protocol == HDLC_MULTICAST) {
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
	case PPP_MPLS_MC:
		decoder->next = LAYER_MPLS;
		break;
	case ETHERTYPE_IPV4: /* Cisco HDLC */
	case ETHERTYPE_IPV6:
	case ETHERTYPE_MPLS:
	case ETHERTYPE_MPLS_MC:
		decoder_ethertype(decoder, protocol);
		break;
	default:
		decoder_other(decoder, FRAME_BY_LINK_PROTOCOL);
	}
}

void layer_pppoe(struct decoder *decoder)
{
	uint8_t version = cursor_u8(&decoder->at);
	uint8_t code = cursor_u8(&decoder->at);
	cursor_skip(&decoder->at, 4);
	/* Only session data are decoded, RFC 2516 section 4. */
	if (version != PPPOE_VERSION || code != 0) {
		decoder_other(decoder, FRAME_BY_LINK_PROTOCOL);
		return;
	}
	decoder->next = LAYER_PPP;
}

bool layer_is_ethernet(struct cursor at)
{
	cursor_skip(&at, 12);
	uint16_t type = cursor_u16(&at);
	uint8_t first = cursor_u8(&at);
	if (at.failed) {
		return false;
	}
	switch (type) {
	case ETHERTYPE_IPV4:
		return first >> 4 == 4;
	case ETHERTYPE_IPV6:
		return first >> 4 == 6;
	case ETHERTYPE_PPPOE:
		return first == PPPOE_VERSION;
	default:
		return is_vlan_type(type);
	}
}

/* Returns true if the checksum of an IPv4 header is right. */
static bool is_sum_right(struct cursor at)
{
	uint32_t sum = 0;
	size_t header = (size_t)(at.wire[at.pos] & 0x0f) * 4;
	for (size_t i = 0; i < header; i += 2) {
		sum += cursor_u16(&at);
	}
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return !at.failed && header >= IPV4_HEADER && sum == 0xffff;
}

/* Returns true if an IPv6 packet ends with the frame, or before its check sequence. */
static bool is_length_right(struct cursor at)
{
	size_t left = cursor_left(&at);
	cursor_skip(&at, 4);
	size_t length = IPV6_HEADER + (size_t)cursor_u16(&at);
	return length <= left && left - length <= FRAME_CHECK;
}

/* The version of IP is also the first nibble of many Ethernet addresses (RFC 8469 section 1). */
bool layer_is_ip(struct cursor at)
{
	uint8_t version = cursor_left(&at) > 0 ? at.wire[at.pos] >> 4 : 0;
	switch (version) {
	case 4:
		return !layer_is_ethernet(at) || is_sum_right(at);
	case 6:
		return !layer_is_ethernet(at) || is_length_right(at);
	default:
		return false;
	}
}

/* The payload has no type field: it is IP, or the Ethernet frame of a pseudowire, which a control
 * word of 4 octets may precede. The first nibble of the control word is zero (RFC 4385 section 2),
 * as in many Ethernet addresses. */
static void read_label_payload(struct decoder *decoder)
{
	struct cursor after = decoder->at;
	if (layer_is_ip(decoder->at)) {
		decoder->next = LAYER_IP;
		return;
	}
	cursor_skip(&after, 4);
	if (decoder_peek(decoder) >> 4 == 0 &&
	    (layer_is_ethernet(after) || !layer_is_ethernet(decoder->at))) {
		decoder->at = after;
	}
	decoder->next = LAYER_ETHERNET;
}

void layer_mpls(struct decoder *decoder)
{
	uint32_t label = 0;
	while ((label & 0x100) == 0 && !decoder->at.failed) {
		label = cursor_u32(&decoder->at);
	}
	read_label_payload(decoder);
}
