/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/link/frame.h"

#include "parsers/link/layers.h"

/*
 * The first header of each link type. The numbers are those of the registry of link types,
 * and those that libpcap gives on live captures where they differ.
 */
static const struct {
	int number;
	enum layer first;
} LINKS[] = {
	{ 1, LAYER_ETHERNET }, { 0, LAYER_NULL },  { 108, LAYER_LOOP },  { 113, LAYER_SLL },
	{ 276, LAYER_SLL2 },   { 12, LAYER_IP },   { 14, LAYER_IP },     { 101, LAYER_IP },
	{ 228, LAYER_IP },     { 229, LAYER_IP },  { 9, LAYER_PPP },     { 50, LAYER_PPP },
	{ 51, LAYER_PPPOE },   { 104, LAYER_PPP }, { 105, LAYER_80211 }, { 127, LAYER_RADIOTAP },
	{ 239, LAYER_NFLOG },
};

static const layer_step STEPS[LAYER_COUNT] = {
	[LAYER_ETHERNET] = layer_ethernet, [LAYER_ETHERTYPE] = layer_ethertype,
	[LAYER_LLC] = layer_llc,           [LAYER_NULL] = layer_null,
	[LAYER_LOOP] = layer_loop,         [LAYER_SLL] = layer_sll,
	[LAYER_SLL2] = layer_sll2,         [LAYER_PPP] = layer_ppp,
	[LAYER_PPPOE] = layer_pppoe,       [LAYER_RADIOTAP] = layer_radiotap,
	[LAYER_80211] = layer_80211,       [LAYER_NFLOG] = layer_nflog,
	[LAYER_MPLS] = layer_mpls,         [LAYER_IP] = layer_ip,
	[LAYER_PROTOCOL] = layer_protocol, [LAYER_GRE] = layer_gre,
	[LAYER_ETHERIP] = layer_etherip,   [LAYER_VXLAN] = layer_vxlan,
	[LAYER_GENEVE] = layer_geneve,     [LAYER_GTP] = layer_gtp,
	[LAYER_TEREDO] = layer_teredo,
};

static enum layer find_link(int number)
{
	for (size_t i = 0; i < sizeof(LINKS) / sizeof(LINKS[0]); i++) {
		if (LINKS[i].number == number) {
			return LINKS[i].first;
		}
	}
	return LAYER_END;
}

bool frame_link_known(int dlt)
{
	return find_link(dlt) != LAYER_END;
}

static enum frame_status run_steps(struct decoder *decoder, int *depth)
{
	while (decoder->next != LAYER_END) {
		if (++*depth > FRAME_LAYERS_MAX) {
			return FRAME_MALFORMED;
		}
		STEPS[decoder->next](decoder);
		if (decoder->at.failed) {
			return decoder->whole ? FRAME_MALFORMED : FRAME_CUT;
		}
	}
	return decoder->status;
}

/* A UDP port is only a hint at a tunnel: unless the payload decodes to a valid packet, the
 * outer datagram is the result. */
static enum frame_status decode_udp_tunnels(struct frame *frame, int *depth)
{
	enum layer tunnel;
	while ((tunnel = layer_udp_tunnel(frame)) != LAYER_END) {
		struct frame inner = *frame;
		struct decoder decoder = {
			.frame = &inner,
			.at = cursor_init(frame->payload, frame->size),
			.next = tunnel,
		};
		enum frame_status status = run_steps(&decoder, depth);
		if (status != FRAME_UDP && status != FRAME_TCP && status != FRAME_FRAGMENT) {
			break;
		}
		*frame = inner;
		if (status != FRAME_UDP) {
			return status;
		}
	}
	return FRAME_UDP;
}

enum frame_status frame_decode(struct frame *frame, int dlt, const uint8_t *bytes, size_t captured)
{
	int depth = 0;
	frame->encapsulation = (struct encapsulation){ .vlan = VLAN_NONE };
	struct decoder decoder = {
		.frame = frame,
		.at = cursor_init(bytes, captured),
		.next = find_link(dlt),
		.status = FRAME_OTHER,
	};
	enum frame_status status = run_steps(&decoder, &depth);
	return status == FRAME_UDP ? decode_udp_tunnels(frame, &depth) : status;
}

enum frame_status frame_decode_transport(struct frame *frame, const uint8_t *bytes, size_t size,
                                         size_t missing)
{
	int depth = 0;
	struct decoder decoder = {
		.frame = frame,
		.at = cursor_init(bytes, size),
		.declared = size + missing,
		.whole = missing == 0,
		.next = LAYER_PROTOCOL,
	};
	enum frame_status status = run_steps(&decoder, &depth);
	return status == FRAME_UDP ? decode_udp_tunnels(frame, &depth) : status;
}
