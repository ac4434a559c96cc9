/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Link layers other than Ethernet, WLAN and PPP. */
#include "parsers/link/layers.h"

#define TOKEN_RING_ROUTED 0x80
#define TOKEN_RING_LENGTH 0x1f

#define FRAME_RELAY_LAST 0x01 /* the last octet of the address */

#define NLPID_UI   0x03
#define NLPID_PAD  0x00
#define NLPID_SNAP 0x80
#define NLPID_IPV4 0xcc
#define NLPID_IPV6 0x8e

/* ANSI X3.139: control 1 | destination 6 | source 6; only frames of LLC carry IP. */
void layer_fddi(struct decoder *decoder)
{
	uint8_t control = cursor_u8(&decoder->at);
	cursor_skip(&decoder->at, 12);
	if ((control & 0x70) != 0x50) {
		decoder_other(decoder, FRAME_BY_LINK_PROTOCOL);
		return;
	}
	decoder->next = LAYER_LLC;
}

/* IEEE 802.5: access 1 | control 1 | destination 6 | source 6 | routing information, announced by
 * the first bit of the source; its first octet holds its length. */
void layer_token_ring(struct decoder *decoder)
{
	const uint8_t *header = cursor_take(&decoder->at, 14);
	if (header == NULL) {
		return;
	}
	if ((header[1] & 0xc0) != 0x40) {
		decoder_other(decoder, FRAME_BY_LINK_PROTOCOL);
		return;
	}
	if ((header[8] & TOKEN_RING_ROUTED) != 0) {
		uint8_t length = decoder_peek(decoder) & TOKEN_RING_LENGTH;
		cursor_skip(&decoder->at, length);
	}
	decoder->next = LAYER_LLC;
}

/* SNAP after its NLPID: organisation 3 | protocol 2, as after LLC. */
static void read_nlpid(struct decoder *decoder, uint8_t nlpid)
{
	switch (nlpid) {
	case NLPID_IPV4:
	case NLPID_IPV6:
		decoder->next = LAYER_IP;
		break;
	case NLPID_SNAP:
		decoder->next = LAYER_SNAP;
		break;
	default:
		decoder_other(decoder, FRAME_BY_LINK_PROTOCOL);
	}
}

/* Address 2 to 4 octets, then either control 1 | padding | NLPID 1 (RFC 2427 section 3), or the
 * EtherType, which Cisco routers write. */
void layer_frame_relay(struct decoder *decoder)
{
	uint8_t octet;
	do {
		octet = cursor_u8(&decoder->at);
	} while ((octet & FRAME_RELAY_LAST) == 0 && !decoder->at.failed);
	octet = cursor_u8(&decoder->at);
	if (octet != NLPID_UI) {
		decoder_ethertype(decoder, (uint16_t)(octet << 8 | cursor_u8(&decoder->at)));
		return;
	}
	octet = cursor_u8(&decoder->at);
	if (octet == NLPID_PAD) {
		octet = cursor_u8(&decoder->at);
	}
	read_nlpid(decoder, octet);
}

/* RFC 2625: destination 8 | source 8. */
void layer_ip_fc(struct decoder *decoder)
{
	cursor_skip(&decoder->at, 16);
	decoder->next = LAYER_LLC;
}

/* RFC 2734: destination 8 | source 8 | EtherType 2. */
void layer_firewire(struct decoder *decoder)
{
	cursor_skip(&decoder->at, 16);
	decoder_ethertype(decoder, cursor_u16(&decoder->at));
}

/* The global route header or destination 40 | EtherType 2 | reserved 2 (RFC 4391 section 6). */
void layer_ipoib(struct decoder *decoder)
{
	cursor_skip(&decoder->at, 40);
	decoder_ethertype(decoder, cursor_u16(&decoder->at));
	cursor_skip(&decoder->at, 2);
}
