/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The steps of the frame decoder, one for each header. Private to this room.
 *
 * A step reads its header and sets the next one; frame.c runs the steps until the last.
 * No step calls another: depth is a counter, so nested headers cannot exhaust the stack.
 */
#pragma once

#include "base/cursor.h"
#include "parsers/link/frame.h"

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd

/*! \brief The header at the cursor. */
enum layer {
	LAYER_ETHERNET,
	LAYER_ETHERTYPE, /*!< By the EtherType in `decoder.number`. */
	LAYER_LLC,
	LAYER_NULL,
	LAYER_LOOP,
	LAYER_SLL,
	LAYER_SLL2,
	LAYER_PPP,
	LAYER_PPPOE,
	LAYER_RADIOTAP,
	LAYER_80211,
	LAYER_NFLOG,
	LAYER_MPLS,
	LAYER_IP,       /*!< IPv4 or IPv6, by the version in its first octet. */
	LAYER_PROTOCOL, /*!< By the IP protocol in the frame's key. */
	LAYER_GRE,
	LAYER_ETHERIP,
	LAYER_VXLAN,
	LAYER_GENEVE,
	LAYER_GTP,
	LAYER_TEREDO,
	LAYER_END, /*!< `decoder.status` is the result. */
	LAYER_COUNT,
};

/*! \brief The state of one decoding. */
struct decoder {
	struct frame *frame;
	struct cursor at; /*!< Limited to the length that outer headers declare. */
	size_t declared;  /*!< Octets after the cursor, by the IP header; may exceed the capture. */
	bool whole;       /*!< All of them were captured, so a short read is malformed, not cut. */
	enum layer next;
	uint16_t number;
	uint8_t tags;
	enum frame_status status;
};

/*! \brief A step. It may leave the cursor failed: frame.c sets the status then. */
typedef void (*layer_step)(struct decoder *decoder);

static inline void decoder_end(struct decoder *decoder, enum frame_status status)
{
	decoder->next = LAYER_END;
	decoder->status = status;
}

static inline void decoder_ethertype(struct decoder *decoder, uint16_t ethertype)
{
	bool ip = ethertype == ETHERTYPE_IPV4 || ethertype == ETHERTYPE_IPV6;
	decoder->next = ip ? LAYER_IP : LAYER_ETHERTYPE;
	decoder->number = ethertype;
}

/*! \brief Notes a tunnel; the outermost one is kept. */
static inline void decoder_tunnel(struct decoder *decoder, enum tunnel_kind tunnel, uint32_t id)
{
	struct encapsulation *encapsulation = &decoder->frame->encapsulation;
	if (encapsulation->tunnel == TUNNEL_NONE) {
		encapsulation->tunnel = (uint16_t)tunnel;
		encapsulation->tunnel_id = id;
	}
}

/* layer_link.c */
void layer_ethernet(struct decoder *decoder);
void layer_ethertype(struct decoder *decoder);
void layer_llc(struct decoder *decoder);
void layer_null(struct decoder *decoder);
void layer_loop(struct decoder *decoder);
void layer_sll(struct decoder *decoder);
void layer_sll2(struct decoder *decoder);
void layer_ppp(struct decoder *decoder);
void layer_pppoe(struct decoder *decoder);
void layer_nflog(struct decoder *decoder);
void layer_mpls(struct decoder *decoder);

/* layer_wlan.c */
void layer_radiotap(struct decoder *decoder);
void layer_80211(struct decoder *decoder);

/* layer_ip.c */
void layer_ip(struct decoder *decoder);
void layer_protocol(struct decoder *decoder);

/* layer_tunnel.c */
void layer_gre(struct decoder *decoder);
void layer_etherip(struct decoder *decoder);
void layer_vxlan(struct decoder *decoder);
void layer_geneve(struct decoder *decoder);
void layer_gtp(struct decoder *decoder);
void layer_teredo(struct decoder *decoder);

/*!
 * \brief The tunnel that a UDP datagram's ports suggest, or LAYER_END.
 */
enum layer layer_udp_tunnel(const struct frame *frame);
