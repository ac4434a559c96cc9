/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Headers that the capturing tool or device writes in front of a frame. */
#include <string.h>

#include "parsers/link/layers.h"

#define NFLOG_PAYLOAD   9
#define NFLOG_TYPE_HIGH 0x7f /* the first bit of a type is a flag */

#define PPI_HEADER 8

#define ERF_EXTENDED 0x80

#define JUNIPER_NO_LINK_LAYER 0x02
#define JUNIPER_EXTENSIONS    0x80

#define PPP_CONTROL 0x03

#define SUNATM_KIND 0x0f
#define SUNATM_LLC  2

#define DLT_PPP         9
#define DLT_CISCO_HDLC  104
#define DLT_FRAME_RELAY 107

#define NETANALYZER_TRANSPARENT 241

/* family 1 | version 1 | resource 2, then attributes. An attribute has a length and a type in the
 * byte order of the capturing host. No type exceeds 255, so one octet of the type shows the
 * order. */
void layer_nflog(struct decoder *decoder)
{
	cursor_skip(&decoder->at, 4);
	while (cursor_left(&decoder->at) >= 4) {
		const uint8_t *head = cursor_take(&decoder->at, 4);
		bool big = (head[2] & NFLOG_TYPE_HIGH) == 0;
		size_t length = big ? octets_u16(head) : (size_t)head[1] << 8 | head[0];
		if (length < 4) {
			break;
		}
		if (head[big ? 3 : 2] == NFLOG_PAYLOAD) {
			decoder->next = LAYER_IP;
			return;
		}
		cursor_skip(&decoder->at, (length - 4 + 3) & ~(size_t)3);
	}
	decoder_other(decoder, FRAME_BY_LINK_PROTOCOL);
}

/* version 1 | flags 1 | length 2 | link type 4 | fields, little-endian. */
void layer_ppi(struct decoder *decoder)
{
	size_t start = decoder->at.pos;
	cursor_skip(&decoder->at, 2);
	uint16_t length = cursor_le16(&decoder->at);
	uint32_t link = cursor_le32(&decoder->at);
	if (length < PPI_HEADER || link > UINT16_MAX) {
		decoder_other(decoder, FRAME_BY_LINK_TYPE);
		return;
	}
	cursor_seek(&decoder->at, start + length);
	decoder_link_type(decoder, (int)link);
}

/* length 1 | family 1 | ..., filled up to a multiple of 4. The version of IP is in the packet
 * itself. */
void layer_pflog(struct decoder *decoder)
{
	size_t length = decoder_peek(decoder);
	cursor_skip(&decoder->at, (length + 3) & ~(size_t)3);
	decoder->next = LAYER_IP;
}

/* Reads the octets in front of the frame that depend on the type of the ERF record, and sets the
 * link layer of the frame. */
static void read_erf_record(struct decoder *decoder, uint8_t type)
{
	switch (type) {
	case 2: /* Ethernet; these types differ only in the use of the record's header */
	case 11:
	case 16:
	case 20:
		cursor_skip(&decoder->at, 2);
		decoder->next = LAYER_ETHERNET;
		break;
	case 5: /* multi-channel HDLC */
	case 17:
		cursor_skip(&decoder->at, 4);
		decoder->next = LAYER_PPP;
		break;
	case 1: /* HDLC */
	case 10:
	case 15:
	case 19:
		decoder->next = LAYER_PPP;
		break;
	case 22: /* IPv4, IPv6 */
	case 23:
		decoder->next = LAYER_IP;
		break;
	default:
		decoder_other(decoder, FRAME_BY_LINK_TYPE);
	}
}

/* Endace: time 8 | type 1 | flags 1 | length 2 | lost 2 | length on the wire 2, then extension
 * headers of 8 octets. An extension header follows if the first bit of the header before it is
 * set. */
void layer_erf(struct decoder *decoder)
{
	cursor_skip(&decoder->at, 8);
	uint8_t type = cursor_u8(&decoder->at);
	cursor_skip(&decoder->at, 7);
	uint8_t more = type;
	while ((more & ERF_EXTENDED) != 0 && !decoder->at.failed) {
		more = decoder_peek(decoder);
		cursor_skip(&decoder->at, 8);
	}
	read_erf_record(decoder, type & 0x7f);
}

/* Darwin: length 4 | record type 4 | link type 4 | ..., little-endian. */
void layer_pktap(struct decoder *decoder)
{
	size_t start = decoder->at.pos;
	uint32_t length = cursor_le32(&decoder->at);
	cursor_skip(&decoder->at, 4);
	uint32_t link = cursor_le32(&decoder->at);
	if (length < 12 || link > UINT16_MAX) {
		decoder_other(decoder, FRAME_BY_LINK_TYPE);
		return;
	}
	cursor_seek(&decoder->at, start + length);
	decoder_link_type(decoder, (int)link);
}

/* Solaris: version 1 | family 1 | type 2 | length 4 | interface 4 | group 4 | zones 8. */
void layer_ipnet(struct decoder *decoder)
{
	cursor_skip(&decoder->at, 24);
	decoder->next = LAYER_IP;
}

/* OpenBSD's IPsec interface: family 4 | SPI 4 | flags 4. The captured packets are not encrypted. */
void layer_enc(struct decoder *decoder)
{
	cursor_skip(&decoder->at, 12);
	decoder->next = LAYER_IP;
}

static enum layer next_by_juniper_link(uint16_t dlt)
{
	switch (dlt) {
	case 178:
		return LAYER_ETHERNET;
	case 180:
		return LAYER_FRAME_RELAY;
	default: /* PPP and Cisco HDLC */
		return LAYER_PPP;
	}
}

/* "MGC" 3 | flags 1 | length 2 and extensions, if the flags announce them. Then follows the frame
 * or, if it has no link layer, a protocol family 4 and IP. */
void layer_juniper(struct decoder *decoder)
{
	const uint8_t *header = cursor_take(&decoder->at, 4);
	if (header == NULL) {
		return;
	}
	if (memcmp(header, "MGC", 3) != 0) {
		decoder_other(decoder, FRAME_BY_LINK_PROTOCOL);
		return;
	}
	if ((header[3] & JUNIPER_EXTENSIONS) != 0) {
		cursor_skip(&decoder->at, cursor_u16(&decoder->at));
	}
	decoder->next = next_by_juniper_link(decoder->number);
	if ((header[3] & JUNIPER_NO_LINK_LAYER) != 0) {
		cursor_skip(&decoder->at, 4);
		decoder->next = LAYER_IP;
	}
}

/* Hilscher: its own header 4. In transparent mode, the preamble and the start delimiter follow. */
void layer_netanalyzer(struct decoder *decoder)
{
	cursor_skip(&decoder->at, 4);
	cursor_skip(&decoder->at, decoder->number == NETANALYZER_TRANSPARENT ? 8 : 0);
	decoder->next = LAYER_ETHERNET;
}

/* IEEE 802.3br: a preamble and a delimiter precede a whole frame, or the first part of an
 * interrupted frame. Later parts have no header. */
void layer_preamble(struct decoder *decoder)
{
	const uint8_t *header = cursor_take(&decoder->at, 8);
	if (header == NULL) {
		return;
	}
	switch (header[7]) {
	case 0xd5: /* a whole frame; the other delimiters are numbered modulo 4 */
	case 0xe6:
	case 0x4c:
	case 0x7f:
	case 0xb3:
		decoder->next = LAYER_ETHERNET;
		break;
	default:
		decoder_other(decoder, FRAME_BY_LINK_PROTOCOL);
	}
}

/* pppd: the direction is in place of the address octet. */
void layer_pppd(struct decoder *decoder)
{
	cursor_skip(&decoder->at, 1);
	if (decoder_peek(decoder) == PPP_CONTROL) {
		cursor_skip(&decoder->at, 1);
	}
	decoder->next = LAYER_PPP;
}

/* Solaris: direction, kind of traffic 1 | VPI 1 | VCI 2. */
void layer_sunatm(struct decoder *decoder)
{
	bool llc = (cursor_u8(&decoder->at) & SUNATM_KIND) == SUNATM_LLC;
	cursor_skip(&decoder->at, 3);
	decoder->next = LAYER_LLC;
	if (!llc) {
		decoder_other(decoder, FRAME_BY_LINK_PROTOCOL);
	}
}

/* One octet: zero for a received frame. */
void layer_direction(struct decoder *decoder)
{
	static const int links[] = { DLT_PPP, DLT_CISCO_HDLC, DLT_FRAME_RELAY };
	cursor_skip(&decoder->at, 1);
	decoder_link_type(decoder, links[(decoder->number - 204) % 3]);
}
