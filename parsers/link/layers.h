/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Between the files of the frame decoder: one step for each header.
 *
 * A step reads its header, and says which comes next; frame.c runs the steps
 * until one is the last. No step calls another, so that depth is a count and
 * headers within headers cannot exhaust the stack.
 */
#pragma once

#include "base/cursor.h"
#include "parsers/link/frame.h"

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd

/*! \brief What the cursor stands at. */
enum layer {
	LAYER_ETHERNET,
	LAYER_ETHERTYPE, /*!< What `decoder.number`, an EtherType, says. */
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
	LAYER_PROTOCOL, /*!< What `frame.protocol`, an IP protocol, says. */
	LAYER_GRE,
	LAYER_ETHERIP,
	LAYER_VXLAN,
	LAYER_GENEVE,
	LAYER_GTP,
	LAYER_TEREDO,
	LAYER_END, /*!< `decoder.status` is the result. */
	LAYER_COUNT,
};

/*! \brief A decoding under way. */
struct decoder {
	struct frame *frame;
	struct cursor at; /*!< Fenced by what outer headers say of their length. */
	size_t declared;  /*!< Octets from the cursor on, by the IP header; more than captured: cut.
	                   */
	bool whole;       /*!< All declared octets were captured: running out of them is a lie. */
	enum layer next;
	uint16_t number;
	uint8_t tags;
	enum frame_status status;
};

/*! \brief A step. It may leave the cursor failed: frame.c says what that means. */
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

/*! \brief Notes a tunnel; the outermost one counts. */
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
 * \brief The tunnel that a UDP datagram's ports stand for.
 *
 * \return LAYER_END: none.
 */
enum layer layer_udp_tunnel(const struct frame *frame);
