/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The outermost VLAN tag and the outermost tunnel of a packet.
 *
 * Inner tags and tunnels are decoded but not stored. Equal addresses in different
 * encapsulations may belong to different networks. The struct has no padding, so that its
 * octets can be hashed and compared.
 */
#pragma once

#include <stdint.h>

#define VLAN_NONE (-1)

/*!
 * \brief The kinds of tunnels. The columns are the last part of the enumerator, and the name in
 *        events and options.
 */
/* clang-format off */
#define TUNNELS(X) \
	X(IP, "ip") /* IPv4 or IPv6 in IPv4 or IPv6 */ \
	X(GRE, "gre") X(ERSPAN, "erspan") X(ETHERIP, "etherip") X(VXLAN, "vxlan") \
	X(GENEVE, "geneve") X(GTP, "gtp") X(TEREDO, "teredo") X(VXLAN_GPE, "vxlan-gpe") \
	X(TZSP, "tzsp") X(L2TP, "l2tp") X(LISP, "lisp") X(CAPWAP, "capwap") \
	X(MPLS, "mpls") /* MPLS in IP or UDP */ \
	X(GUE, "gue") X(HP_ERM, "hp-erm")
/* clang-format on */

enum tunnel_kind {
	TUNNEL_NONE,
#define X(name, text) TUNNEL_##name,
	TUNNELS(X)
#undef X
	        TUNNEL_KINDS,
};

struct encapsulation {
	/*! The GRE key, ERSPAN session, VNI, TEID or L2TP session; 0: there is none. */
	uint32_t tunnel_id;
	uint16_t tunnel; /*!< enum tunnel_kind */
	int16_t vlan;    /*!< VLAN identifier, or VLAN_NONE. */
};

_Static_assert(sizeof(struct encapsulation) == 8, "struct encapsulation has no padding");
