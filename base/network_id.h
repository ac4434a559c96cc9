/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Identifies the network of a packet by the tags and tunnels of the packet (`--separate`).
 *
 * Different networks may use the same addresses. A network is identified by the VLAN identifiers of
 * a packet and the identifiers of its tunnels, from the outermost to the innermost. A tag with
 * identifier 0 carries only a priority (IEEE 802.1Q section 9.6), and does not separate networks. A
 * tunnel without an identifier does not separate them either.
 *
 * Limits: only the outermost NETWORK_VLANS_MAX tags and the outermost NETWORK_TUNNELS_MAX tunnels
 * count. The struct has no padding, so that its octets can be hashed and compared.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/encapsulation.h"

#define NETWORK_VLANS_MAX   5
#define NETWORK_TUNNELS_MAX 2

#define NETWORK_VLAN_BITS 12
#define NETWORK_VLAN_MASK 0xfffU

/*!
 * \brief The value of `vlans` for all further networks when the limit on the number of networks is
 *        reached.
 */
#define NETWORK_OTHERS UINT64_MAX

/*!
 * \brief The kind of an element of `tunnels` that is a service identifier of IEEE 802.1ah. Service
 *        identifiers separate networks, as tunnels do, and are therefore elements of `tunnels`.
 */
#define NETWORK_SERVICE TUNNEL_KINDS

struct network_id {
	/*! The VLAN tags, each in 12 bits. The innermost tag is in the lowest bits. 0: there is no
	 * tag. */
	uint64_t vlans;
	/*! The tunnels, the outermost one first. The upper 32 bits of an element are the kind of
	 * the tunnel, the lower 32 bits are its identifier. 0: there is no tunnel. */
	uint64_t tunnels[NETWORK_TUNNELS_MAX];
};

_Static_assert(sizeof(struct network_id) == 24, "struct network_id has no padding");

/*! \brief The kinds of labels that separate networks. Each kind is a bit of a mask. */
enum network_kinds { NETWORK_BY_VLAN = 1, NETWORK_BY_TUNNEL = 2 };

/*! \brief Returns true for a packet without tags and tunnels. */
static inline bool network_id_is_none(const struct network_id *id)
{
	return (id->vlans | id->tunnels[0] | id->tunnels[1]) == 0;
}

/*! \brief Adds a VLAN tag inside the existing ones. */
static inline void network_id_add_vlan(struct network_id *id, uint16_t vlan)
{
	unsigned number = vlan & NETWORK_VLAN_MASK;
	if (number != 0 && id->vlans >> (NETWORK_VLAN_BITS * (NETWORK_VLANS_MAX - 1)) == 0) {
		id->vlans = id->vlans << NETWORK_VLAN_BITS | number;
	}
}

/*! \brief Adds a tunnel inside the existing ones. \param kind enum tunnel_kind. */
static inline void network_id_add_tunnel(struct network_id *id, unsigned kind, uint32_t number)
{
	unsigned place = id->tunnels[0] != 0;
	if (number != 0 && id->tunnels[place] == 0) {
		id->tunnels[place] = (uint64_t)kind << 32 | number;
	}
}
