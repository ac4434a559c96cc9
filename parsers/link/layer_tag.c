/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tags between the addresses and the EtherType of an Ethernet frame. */
#include "parsers/link/layers.h"

#define MACSEC_SCI       0x20
#define MACSEC_ENCRYPTED 0x08
#define MACSEC_CHANGED   0x04

#define ARISTA_64_BITS 1
#define ARISTA_48_BITS 2

#define NSH_IPV4     1
#define NSH_IPV6     2
#define NSH_ETHERNET 3
#define NSH_NSH      4
#define NSH_MPLS     5

#define DSA_TAGGED 0x20

#define I_TAG_SERVICE 0xffffffU

static void skip_tag(struct decoder *decoder, size_t size)
{
	cursor_skip(&decoder->at, size);
	decoder_type_or_length(decoder, cursor_u16(&decoder->at));
}

/* With cooked sockets (`-i any`), the type that Linux writes after the first tag is not that of the
 * next tag. It is the type after the last tag, or 0 if there are too many tags. The other tags
 * follow nevertheless. */
static bool is_early_type(const struct decoder *decoder, uint16_t type)
{
	struct cursor at = decoder->at;
	uint8_t version = decoder_peek(decoder) >> 4;
	cursor_skip(&at, 2);
	uint16_t next = cursor_u16(&at);
	bool odd = type == 0 || (type == ETHERTYPE_IPV4 && version != 4) ||
	           (type == ETHERTYPE_IPV6 && version != 6);
	return odd && (is_vlan_type(next) || next == ETHERTYPE_IPV4 || next == ETHERTYPE_IPV6);
}

/* Priority 3 bits | drop eligible 1 bit | identifier 12 bits | type 2. Tags in a row are one
 * step, so that any number that fits the frame is read. */
void layer_vlan(struct decoder *decoder)
{
	uint16_t type;
	do {
		decoder_vlan(decoder, cursor_u16(&decoder->at));
		type = cursor_u16(&decoder->at);
	} while (is_vlan_type(type) || is_early_type(decoder, type));
	decoder_type_or_length(decoder, type);
}

/* Cisco VN-Tag: destination and source interface 4. */
void layer_vn_tag(struct decoder *decoder)
{
	skip_tag(decoder, 4);
}

/* IEEE 802.1BR section 7.5. */
void layer_e_tag(struct decoder *decoder)
{
	skip_tag(decoder, 6);
}

/* IEEE 802.1ah (now 802.1Q section 9.7): flags and service 4, then the customer's frame. */
void layer_i_tag(struct decoder *decoder)
{
	uint32_t service = cursor_u32(&decoder->at) & I_TAG_SERVICE;
	network_id_add_tunnel(&decoder->frame->network_id, NETWORK_SERVICE, service);
	decoder->next = LAYER_ETHERNET;
}

/* IEC 62439-3: path and size 2 | sequence 2. PRP has the same fields after the payload. They are
 * ignored there, because the length in the IP header excludes them. */
void layer_hsr(struct decoder *decoder)
{
	skip_tag(decoder, 4);
}

/* Cisco MetaData: version 1 | length 1, in units of 4 octets | options. */
void layer_cmd(struct decoder *decoder)
{
	cursor_skip(&decoder->at, 1);
	skip_tag(decoder, (size_t)cursor_u8(&decoder->at) * 4);
}

/* Cisco FabricPath: an Ethernet header with the switches' addresses, then tree and hops 2, and the
 * host's frame. */
void layer_fabric_path(struct decoder *decoder)
{
	cursor_skip(&decoder->at, 2);
	decoder->next = LAYER_ETHERNET;
}

/* Cisco's tag of fabrics with PTP: time 6. Copies of packets that leave such a fabric have it. */
void layer_ttag(struct decoder *decoder)
{
	skip_tag(decoder, 6);
}

/* Arista's tag of TAP aggregation: subtype 2 (1: time) | reserved 1 | format 4 bits | hardware 4
 * bits | time. */
void layer_arista(struct decoder *decoder)
{
	uint16_t subtype = cursor_u16(&decoder->at);
	uint16_t format = cursor_u16(&decoder->at) >> 4;
	if (subtype != 1 || (format != ARISTA_64_BITS && format != ARISTA_48_BITS)) {
		decoder_other(decoder, FRAME_BY_LINK_PROTOCOL);
		return;
	}
	skip_tag(decoder, format == ARISTA_64_BITS ? 8 : 6);
}

/* IEEE 802.1AE section 9.3: control 1 | short length 1 | packet number 4 | channel 8, optional. The
 * check value after the payload is ignored, because the length in the IP header excludes it. */
void layer_macsec(struct decoder *decoder)
{
	uint8_t control = cursor_u8(&decoder->at);
	if ((control & (MACSEC_ENCRYPTED | MACSEC_CHANGED)) != 0) {
		decoder_other(decoder, FRAME_BY_ENCRYPTED);
		return;
	}
	skip_tag(decoder, (control & MACSEC_SCI) != 0 ? 13 : 5);
}

/* RFC 6325 section 3.2: version 2 bits | reserved 2 | multi-destination 1 | options 5 bits, in
 * units of 4 octets | hops 6 bits | egress 2 | ingress 2, then a frame. */
void layer_trill(struct decoder *decoder)
{
	uint16_t head = cursor_u16(&decoder->at);
	if (head >> 14 != 0) {
		decoder_other(decoder, FRAME_BY_TUNNEL);
		return;
	}
	cursor_skip(&decoder->at, 4 + (size_t)(head >> 6 & 0x1f) * 4);
	decoder->next = LAYER_ETHERNET;
}

static void read_nsh_payload(struct decoder *decoder, uint8_t protocol)
{
	switch (protocol) {
	case NSH_IPV4:
	case NSH_IPV6:
		decoder->next = LAYER_IP;
		break;
	case NSH_ETHERNET:
		decoder->next = LAYER_ETHERNET;
		break;
	case NSH_NSH:
		decoder->next = LAYER_NSH;
		break;
	case NSH_MPLS:
		decoder->next = LAYER_MPLS;
		break;
	default:
		decoder_other(decoder, FRAME_BY_LINK_PROTOCOL);
	}
}

/* RFC 8300 section 2.2: version 2 bits | OAM 1 | unassigned 1 | hops 6 bits | length 6 bits, in
 * units of 4 octets with these | metadata type 1 | next protocol 1 | path 4 | metadata. */
void layer_nsh(struct decoder *decoder)
{
	uint16_t head = cursor_u16(&decoder->at);
	cursor_skip(&decoder->at, 1);
	uint8_t protocol = cursor_u8(&decoder->at);
	size_t length = (size_t)(head & 0x3f) * 4;
	if (head >> 14 != 0 || length < 8) {
		decoder_other(decoder, FRAME_BY_TUNNEL);
		return;
	}
	cursor_skip(&decoder->at, length - 4);
	read_nsh_payload(decoder, protocol);
}

/* Tags of switch chips, between the addresses and the type, or in front of the frame. */

void layer_brcm_tag(struct decoder *decoder)
{
	skip_tag(decoder, 12 + 4);
}

void layer_brcm_prepend(struct decoder *decoder)
{
	cursor_skip(&decoder->at, 4);
	decoder->next = LAYER_ETHERNET;
}

/* Marvell: command 2 bits | tagged 1 | device 5 | port 1 | priority, VLAN identifier 2. The tag
 * replaces the tag of 802.1Q, if the frame had one. */
static void read_dsa(struct decoder *decoder)
{
	uint8_t head = cursor_u8(&decoder->at);
	cursor_skip(&decoder->at, 1);
	uint16_t vlan = cursor_u16(&decoder->at);
	if ((head & DSA_TAGGED) != 0) {
		decoder_vlan(decoder, vlan);
	}
	skip_tag(decoder, 0);
}

void layer_dsa(struct decoder *decoder)
{
	cursor_skip(&decoder->at, 12);
	read_dsa(decoder);
}

/* The tag has an EtherType of its own in front, and two octets of zero. */
void layer_edsa(struct decoder *decoder)
{
	cursor_skip(&decoder->at, 12 + 2 + 2);
	read_dsa(decoder);
}
