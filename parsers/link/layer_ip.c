/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "parsers/link/layers.h"

#define IPV4_HEADER         20
#define IPV4_MORE_FRAGMENTS 0x2000
#define IPV4_OFFSET         0x1fff
#define IPV6_HEADER         40

#define IPPROTO_ETHERIP 97
#define IPPROTO_MPLS_IP 137

#define UDP_HEADER 8
#define TCP_HEADER 20

/*
 * From here on the datagram has `declared` octets. The cursor is fenced to them,
 * so that link-layer padding is not payload; what is missing was not captured.
 */
static void fence(struct peel *peel, size_t declared)
{
	size_t left = cursor_left(&peel->at);
	peel->declared = declared;
	peel->whole = left >= declared;
	peel->at.size = peel->at.pos + (left < declared ? left : declared);
}

static void set_payload(struct peel *peel, enum frame_status status)
{
	struct frame *frame = peel->frame;
	frame->size = cursor_left(&peel->at);
	frame->cut = peel->declared - frame->size;
	frame->payload = cursor_take(&peel->at, frame->size);
	peel_end(peel, status);
}

static void map_ipv4(struct in6_addr *addr, const uint8_t *octets)
{
	memset(addr, 0, 10);
	memset(addr->s6_addr + 10, 0xff, 2);
	memcpy(addr->s6_addr + 12, octets, 4);
}

/* version, length 1 | service 1 | total length 2 | id 2 | flags, offset 2 | time to live 1 |
 * protocol 1 | checksum 2 | source 4 | destination 4 | options */
static void read_ipv4(struct peel *peel)
{
	struct frame *frame = peel->frame;
	struct cursor *at = &peel->at;
	const uint8_t *fixed = cursor_take(at, IPV4_HEADER);
	if (fixed == NULL) {
		return;
	}
	size_t header = (size_t)(fixed[0] & 0x0f) * 4;
	size_t total = octets_u16(fixed + 2);
	uint16_t fragment = octets_u16(fixed + 6);
	frame->fragment.id = octets_u16(fixed + 4);
	frame->protocol = fixed[9];
	map_ipv4(&frame->src, fixed + 12);
	map_ipv4(&frame->dst, fixed + 16);
	/* Zero: the sender's network card was to fill it in (segmentation offload). */
	if (total == 0) {
		total = IPV4_HEADER + cursor_left(at);
	}
	if (header < IPV4_HEADER || total < header) {
		peel_end(peel, FRAME_MALFORMED);
		return;
	}
	cursor_skip(at, header - IPV4_HEADER);
	fence(peel, total - header);
	frame->fragment.more = (fragment & IPV4_MORE_FRAGMENTS) != 0;
	frame->fragment.offset = (fragment & IPV4_OFFSET) * 8U;
	peel->next = LAYER_PROTOCOL;
	if (!at->failed && (frame->fragment.more || frame->fragment.offset > 0)) {
		set_payload(peel, FRAME_FRAGMENT);
	}
}

/* What an IPv6 extension header leads to. */
enum chain { CHAIN_NEXT, CHAIN_END, CHAIN_FRAGMENT };

static enum chain read_fragment_header(struct frame *frame, struct cursor *at)
{
	frame->protocol = cursor_u8(at);
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

	switch (frame->protocol) {
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
	frame->protocol = next;
	return CHAIN_NEXT;
}

/* version, class, flow 4 | length 2 | next header 1 | hops 1 | source 16 | destination 16 */
static void read_ipv6(struct peel *peel)
{
	struct frame *frame = peel->frame;
	struct cursor *at = &peel->at;
	const uint8_t *fixed = cursor_take(at, IPV6_HEADER);
	if (fixed == NULL) {
		return;
	}
	size_t length = octets_u16(fixed + 4);
	frame->protocol = fixed[6];
	memcpy(&frame->src, fixed + 8, 16);
	memcpy(&frame->dst, fixed + 24, 16);
	/* Zero: a jumbogram (RFC 2675), or segmentation offload as above. */
	if (length == 0) {
		length = cursor_left(at);
	}
	size_t start = at->pos;
	enum chain chain = CHAIN_NEXT;
	for (int i = 0; chain == CHAIN_NEXT && i <= FRAME_IPV6_HEADERS_MAX; i++) {
		chain = read_extension(frame, at);
	}
	if (at->failed) {
		return;
	}
	size_t headers = at->pos - start;
	if (chain == CHAIN_NEXT || headers > length) {
		peel_end(peel, FRAME_MALFORMED);
		return;
	}
	fence(peel, length - headers);
	peel->next = LAYER_PROTOCOL;
	if (chain == CHAIN_FRAGMENT) {
		set_payload(peel, FRAME_FRAGMENT);
	}
}

void layer_ip(struct peel *peel)
{
	if (cursor_left(&peel->at) == 0) {
		peel_end(peel, FRAME_CUT);
		return;
	}
	switch (peel->at.wire[peel->at.pos] >> 4) {
	case 4:
		read_ipv4(peel);
		break;
	case 6:
		read_ipv6(peel);
		break;
	default:
		peel_end(peel, FRAME_MALFORMED);
	}
}

/* source port 2 | destination port 2 | length 2 | checksum 2, which offloading leaves wrong
 * on a sender's own tap */
static void read_udp(struct peel *peel)
{
	struct frame *frame = peel->frame;
	size_t declared = peel->declared;
	if (declared < UDP_HEADER) {
		peel_end(peel, FRAME_MALFORMED);
		return;
	}
	const uint8_t *header = cursor_take(&peel->at, UDP_HEADER);
	if (header == NULL) {
		return;
	}
	frame->sport = octets_u16(header);
	frame->dport = octets_u16(header + 2);
	size_t length = octets_u16(header + 4);
	if (length == 0) {
		length = declared;
	}
	if (length < UDP_HEADER || length > declared) {
		peel_end(peel, FRAME_MALFORMED);
		return;
	}
	fence(peel, length - UDP_HEADER);
	set_payload(peel, FRAME_UDP);
}

/* source port 2 | destination port 2 | sequence 4 | acknowledgement 4 | header length 1 |
 * flags 1 | window 2 | checksum 2 | urgent pointer 2 | options */
static void read_tcp(struct peel *peel)
{
	struct frame *frame = peel->frame;
	struct cursor *at = &peel->at;
	if (peel->declared < TCP_HEADER) {
		peel_end(peel, FRAME_MALFORMED);
		return;
	}
	const uint8_t *fixed = cursor_take(at, TCP_HEADER);
	if (fixed == NULL) {
		return;
	}
	frame->sport = octets_u16(fixed);
	frame->dport = octets_u16(fixed + 2);
	frame->tcp.seq = octets_u32(fixed + 4);
	frame->tcp.ack = octets_u32(fixed + 8);
	size_t header = (size_t)(fixed[12] >> 4) * 4;
	frame->tcp.flags = fixed[13];
	frame->tcp.window = octets_u16(fixed + 14);
	if (header < TCP_HEADER || header > peel->declared) {
		peel_end(peel, FRAME_MALFORMED);
		return;
	}
	cursor_skip(at, header - TCP_HEADER);
	peel->declared -= header;
	if (!at->failed) {
		set_payload(peel, FRAME_TCP);
	}
}

/*
 * What authenticates the clear text behind it (RFC 4302 section 2), or options
 * of IPv6 that came in fragments.
 */
static void skip_extension(struct peel *peel)
{
	size_t start = peel->at.pos;
	(void)read_extension(peel->frame, &peel->at);
	if (!peel->at.failed) {
		peel->declared -= peel->at.pos - start;
	}
}

void layer_protocol(struct peel *peel)
{
	switch (peel->frame->protocol) {
	case IPPROTO_UDP:
		read_udp(peel);
		break;
	case IPPROTO_TCP:
		read_tcp(peel);
		break;
	case IPPROTO_IPIP:
	case IPPROTO_IPV6:
		peel_tunnel(peel, FRAME_TUNNEL_IP, 0);
		peel->next = LAYER_IP;
		break;
	case IPPROTO_AH:
	case IPPROTO_DSTOPTS:
		skip_extension(peel);
		break;
	case IPPROTO_GRE:
		peel->next = LAYER_GRE;
		break;
	case IPPROTO_ETHERIP:
		peel->next = LAYER_ETHERIP;
		break;
	case IPPROTO_MPLS_IP:
		peel->next = LAYER_MPLS;
		break;
	default:
		peel_end(peel, FRAME_OTHER);
	}
}
