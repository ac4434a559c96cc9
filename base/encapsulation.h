/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What carried a packet: the outermost VLAN tag and the outermost tunnel.
 *
 * Inner tags and tunnels are decoded but not kept. Equal addresses in different
 * encapsulations may belong to different networks. The struct has no padding: it can be
 * hashed and compared as octets.
 */
#pragma once

#include <stdint.h>

#define VLAN_NONE (-1)

enum tunnel_kind {
	TUNNEL_NONE,
	TUNNEL_IP, /*!< IPv4 or IPv6 in either. */
	TUNNEL_GRE,
	TUNNEL_ERSPAN,
	TUNNEL_ETHERIP,
	TUNNEL_VXLAN,
	TUNNEL_GENEVE,
	TUNNEL_GTP,
	TUNNEL_TEREDO,
};

struct encapsulation {
	uint32_t tunnel_id; /*!< GRE key, ERSPAN session, VNI or TEID; 0 where not used. */
	uint16_t tunnel;    /*!< enum tunnel_kind */
	int16_t vlan;       /*!< VLAN identifier, or VLAN_NONE. */
};

_Static_assert(sizeof(struct encapsulation) == 8, "struct encapsulation has no padding");
