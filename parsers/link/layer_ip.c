/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <sys/param.h>

#include "base/address.h"
#include "parsers/link/layers.h"

#define IPV4_MORE_FRAGMENTS 0x2000
#define IPV4_OFFSET         0x1fff
/* Options of IPv6 (RFC 8200, 4.2, and RFC 2675, 2). */
#define OPTION_PAD1  0
#define OPTION_JUMBO 0xc2

#define IPPROTO_ETHERIP 97
#define IPPROTO_L2TP    115
#define IPPROTO_MPLS_IP 137

/*
 * The rest of the datagram has `declared` octets. The cursor is limited to them, so that
 * link-layer padding is not payload; octets that are missing were not captured.
 */
static void fence(struct decoder *decoder, size_t declared)
{
	size_t left = cursor_left(&decoder->at);
	decoder->declared = declared;
	decoder->whole = left >= declared;
	decoder->at.size = decoder->at.pos + MIN(left, declared);
}

static void set_payload(struct decoder *decoder, enum frame_status status)
{
	struct frame *frame = decoder->frame;
	frame->size = cursor_left(&decoder->at);
	frame->cut = decoder->declared - frame->size;
	frame->payload = cursor_take(&decoder->at, frame->size);
	decoder_end(decoder, status);
}

/* version, length 1 | service 1 | total length 2 | id 2 | flags, offset 2 | time to live 1 |
 * protocol 1 | checksum 2 | source 4 | destination 4 | options */
static void read_ipv4(struct decoder *decoder)
{
	struct frame *frame = decoder->frame;
	struct cursor *at = &decoder->at;
	const uint8_t *fixed = cursor_take(at, IPV4_HEADER);
	if (fixed == NULL) {
		return;
	}
	size_t header = (size_t)(fixed[0] & 0x0f) * 4;
	size_t total = octets_u16(fixed + 2);
	uint16_t fragment = octets_u16(fixed + 6);
	frame->fragment.id = octets_u16(fixed + 4);
	frame->hops = fixed[8];
	frame->key.protocol = fixed[9];
	address_map_ipv4(&frame->key.src, fixed + 12);
	address_map_ipv4(&frame->key.dst, fixed + 16);
	/* The length is zero if the sender's network card will set it (segmentation offload), or if
	 * it is too large for the field (BIG TCP). */
	frame->unbounded = total == 0;
	if (total == 0) {
		total = IPV4_HEADER + cursor_left(at);
	}
	if (header < IPV4_HEADER || total < header) {
		decoder_end(decoder, FRAME_MALFORMED);
		return;
	}
	cursor_skip(at, header - IPV4_HEADER);
	fence(decoder, total - header);
	frame->fragment.more = (fragment & IPV4_MORE_FRAGMENTS) != 0;
	frame->fragment.offset = (fragment & IPV4_OFFSET) * 8U;
	decoder->next = LAYER_PROTOCOL;
	if (!at->failed && (frame->fragment.more || frame->fragment.offset > 0)) {
		set_payload(decoder, FRAME_FRAGMENT);
	}
}

/* The part that comes after an IPv6 extension header. */
enum chain { CHAIN_NEXT, CHAIN_END, CHAIN_FRAGMENT };

static enum chain read_fragment_header(struct frame *frame, struct cursor *at)
{
	frame->key.protocol = cursor_u8(at);
	cursor_skip(at, 1);
	uint16_t field = cursor_u16(at);
	frame->fragment.id = cursor_u32(at);
	frame->fragment.offset = field & 0xfff8;
	frame->fragment.more = (field & 1) != 0;
	/* An atomic fragment is a whole datagram, RFC 6946. */
	return frame->fragment.more || frame->fragment.offset > 0 ? CHAIN_FRAGMENT : CHAIN_NEXT;
}

static enum chain read_extension(struct frame *frame, struct cursor *at)
{
	uint8_t next;
	size_t length;

	switch (frame->key.protocol) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
		next = cursor_u8(at);
		length = ((size_t)cursor_u8(at) + 1) * 8;
		break;
	case IPPROTO_AH: /* counts in units of 4 octets, RFC 4302 section 2.2 */
		next = cursor_u8(at);
		length = ((size_t)cursor_u8(at) + 2) * 4;
		break;
	case IPPROTO_FRAGMENT:
		return read_fragment_header(frame, at);
	default:
		return CHAIN_END;
	}
	cursor_skip(at, length - 2);
	frame->key.protocol = next;
	return CHAIN_NEXT;
}

/* As in Linux, only the packet limits the chain, because each header has at least 8 octets. */
static enum chain read_extensions(struct frame *frame, struct cursor *at)
{
	enum chain chain = CHAIN_NEXT;
	while (chain == CHAIN_NEXT && !at->failed) {
		chain = read_extension(frame, at);
	}
	return chain;
}

/* Returns the length in the jumbo payload option (RFC 2675, 2) of the hop-by-hop header at the
 * cursor; 0 if it has no such option. */
static size_t jumbo_length(struct cursor at)
{
	cursor_skip(&at, 1);
	size_t size = (size_t)cursor_u8(&at) * 8 + 6;
	struct cursor options = cursor_fence(&at, size);
	while (cursor_left(&options) > 0) {
		uint8_t type = cursor_u8(&options);
		if (type == OPTION_PAD1) {
			continue;
		}
		uint8_t length = cursor_u8(&options);
		if (type == OPTION_JUMBO && length == 4) {
			return cursor_u32(&options);
		}
		cursor_skip(&options, length);
	}
	return 0;
}

/* version, class, flow 4 | length 2 | next header 1 | hops 1 | source 16 | destination 16 */
static void read_ipv6(struct decoder *decoder)
{
	struct frame *frame = decoder->frame;
	struct cursor *at = &decoder->at;
	const uint8_t *fixed = cursor_take(at, IPV6_HEADER);
	if (fixed == NULL) {
		return;
	}
	size_t length = octets_u16(fixed + 4);
	frame->hops = fixed[7];
	frame->key.protocol = fixed[6];
	memcpy(&frame->key.src, fixed + 8, 16);
	memcpy(&frame->key.dst, fixed + 24, 16);
	/* The length is zero in a jumbogram, or for the same reasons as in IPv4. */
	if (length == 0 && frame->key.protocol == IPPROTO_HOPOPTS) {
		length = jumbo_length(*at);
	}
	frame->unbounded = length == 0;
	if (length == 0) {
		length = cursor_left(at);
	}
	size_t start = at->pos;
	enum chain chain = read_extensions(frame, at);
	if (at->failed) {
		return;
	}
	size_t headers = at->pos - start;
	if (headers > length) {
		decoder_end(decoder, FRAME_MALFORMED);
		return;
	}
	fence(decoder, length - headers);
	decoder->next = LAYER_PROTOCOL;
	if (chain == CHAIN_FRAGMENT) {
		set_payload(decoder, FRAME_FRAGMENT);
	}
}

void layer_ip(struct decoder *decoder)
{
	if (cursor_left(&decoder->at) == 0) {
		decoder_end(decoder, FRAME_CUT);
		return;
	}
	decoder->frame->network = decoder->at.wire + decoder->at.pos;
	decoder->frame->network_size = cursor_left(&decoder->at);
	switch (decoder->frame->network[0] >> 4) {
	case 4:
		read_ipv4(decoder);
		break;
	case 6:
		read_ipv6(decoder);
		break;
	default:
		decoder_end(decoder, FRAME_MALFORMED);
	}
}

/* source port 2 | destination port 2 | length 2 | checksum 2. The checksum is not checked, because
 * a capture on the sender has it before the network card fills it in. */
static void read_udp(struct decoder *decoder)
{
	struct frame *frame = decoder->frame;
	size_t declared = decoder->declared;
	if (declared < UDP_HEADER) {
		decoder_end(decoder, FRAME_MALFORMED);
		return;
	}
	const uint8_t *header = cursor_take(&decoder->at, UDP_HEADER);
	if (header == NULL) {
		return;
	}
	frame->key.sport = octets_u16(header);
	frame->key.dport = octets_u16(header + 2);
	size_t length = octets_u16(header + 4);
	if (length == 0) {
		length = declared;
	}
	if (length < UDP_HEADER || length > declared) {
		decoder_end(decoder, FRAME_MALFORMED);
		return;
	}
	fence(decoder, length - UDP_HEADER);
	set_payload(decoder, FRAME_UDP);
}

/* source port 2 | destination port 2 | sequence 4 | acknowledgement 4 | header length 1 |
 * flags 1 | window 2 | checksum 2 | urgent pointer 2 | options */
static void read_tcp(struct decoder *decoder)
{
	struct frame *frame = decoder->frame;
	struct cursor *at = &decoder->at;
	if (decoder->declared < TCP_HEADER) {
		decoder_end(decoder, FRAME_MALFORMED);
		return;
	}
	const uint8_t *fixed = cursor_take(at, TCP_HEADER);
	if (fixed == NULL) {
		return;
	}
	frame->key.sport = octets_u16(fixed);
	frame->key.dport = octets_u16(fixed + 2);
	frame->tcp.seq = octets_u32(fixed + 4);
	frame->tcp.ack = octets_u32(fixed + 8);
	size_t header = (size_t)(fixed[12] >> 4) * 4;
	frame->tcp.flags = fixed[13];
	frame->tcp.window = octets_u16(fixed + 14);
	frame->tcp.urgent = octets_u16(fixed + 18);
	frame->tcp.header = fixed;
	if (header < TCP_HEADER || header > decoder->declared) {
		decoder_end(decoder, FRAME_MALFORMED);
		return;
	}
	cursor_skip(at, header - TCP_HEADER);
	decoder->declared -= header;
	if (!at->failed) {
		set_payload(decoder, FRAME_TCP);
	}
}

/* Skips AH, after which the payload is not encrypted (RFC 4302 section 2), or the extension headers
 * of a reassembled IPv6 datagram. No IP stack accepts another fragment in such a datagram. */
static void skip_extensions(struct decoder *decoder)
{
	size_t start = decoder->at.pos;
	enum chain chain = read_extensions(decoder->frame, &decoder->at);
	if (decoder->at.failed) {
		return;
	}
	decoder->declared -= decoder->at.pos - start;
	if (chain == CHAIN_FRAGMENT) {
		decoder_other(decoder, FRAME_BY_IP_PROTOCOL);
	}
}

void layer_protocol(struct decoder *decoder)
{
	switch (decoder->frame->key.protocol) {
	case IPPROTO_UDP:
		read_udp(decoder);
		break;
	case IPPROTO_TCP:
		read_tcp(decoder);
		break;
	case IPPROTO_IPIP:
	case IPPROTO_IPV6:
		decoder_tunnel(decoder, TUNNEL_IP, 0);
		decoder->next = LAYER_IP;
		break;
	case IPPROTO_AH:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
		skip_extensions(decoder);
		break;
	case IPPROTO_GRE:
		decoder->next = LAYER_GRE;
		break;
	case IPPROTO_ETHERIP:
		decoder->next = LAYER_ETHERIP;
		break;
	case IPPROTO_MPLS_IP:
		decoder->next = LAYER_MPLS_IP;
		break;
	case IPPROTO_L2TP:
		decoder->next = LAYER_L2TP_IP;
		break;
	default:
		decoder_other(decoder, FRAME_BY_IP_PROTOCOL);
	}
}

bool frame_is_carrier(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_UDP:
	case IPPROTO_TCP:
	case IPPROTO_IPIP:
	case IPPROTO_IPV6:
	case IPPROTO_AH:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
	case IPPROTO_GRE:
	case IPPROTO_ETHERIP:
	case IPPROTO_MPLS_IP:
	case IPPROTO_L2TP:
		return true;
	default:
		return false;
	}
}
