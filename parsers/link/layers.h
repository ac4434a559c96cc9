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
	LAYER_ETHERTYPE, /*!< What `peel.number`, an EtherType, says. */
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
	LAYER_END, /*!< `peel.status` is the result. */
	LAYER_COUNT,
};

/*! \brief A decoding under way. */
struct peel {
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
typedef void (*layer_step)(struct peel *peel);

static inline void peel_end(struct peel *peel, enum frame_status status)
{
	peel->next = LAYER_END;
	peel->status = status;
}

static inline void peel_ethertype(struct peel *peel, uint16_t ethertype)
{
	bool ip = ethertype == ETHERTYPE_IPV4 || ethertype == ETHERTYPE_IPV6;
	peel->next = ip ? LAYER_IP : LAYER_ETHERTYPE;
	peel->number = ethertype;
}

/*! \brief Notes a tunnel; the outermost one counts. */
static inline void peel_tunnel(struct peel *peel, enum frame_tunnel tunnel, uint32_t id)
{
	if (peel->frame->tunnel == FRAME_TUNNEL_NONE) {
		peel->frame->tunnel = tunnel;
		peel->frame->tunnel_id = id;
	}
}

/* layer_link.c */
void layer_ethernet(struct peel *peel);
void layer_ethertype(struct peel *peel);
void layer_llc(struct peel *peel);
void layer_null(struct peel *peel);
void layer_loop(struct peel *peel);
void layer_sll(struct peel *peel);
void layer_sll2(struct peel *peel);
void layer_ppp(struct peel *peel);
void layer_pppoe(struct peel *peel);
void layer_nflog(struct peel *peel);
void layer_mpls(struct peel *peel);

/* layer_wlan.c */
void layer_radiotap(struct peel *peel);
void layer_80211(struct peel *peel);

/* layer_ip.c */
void layer_ip(struct peel *peel);
void layer_protocol(struct peel *peel);

/* layer_tunnel.c */
void layer_gre(struct peel *peel);
void layer_etherip(struct peel *peel);
void layer_vxlan(struct peel *peel);
void layer_geneve(struct peel *peel);
void layer_gtp(struct peel *peel);
void layer_teredo(struct peel *peel);

/*!
 * \brief The tunnel that a UDP datagram's ports stand for.
 *
 * \return LAYER_END: none.
 */
enum layer layer_udp_tunnel(const struct frame *frame);
