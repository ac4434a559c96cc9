/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The client, server, encapsulation, interface and time of a packet or session, as events
 *        report them.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/encapsulation.h"
#include "base/flow_key.h"
#include "base/network_id.h"

struct flow {
	struct flow_key key; /*!< Addresses and ports; the client is the source. */
	struct encapsulation encapsulation;
	/*! The interface on which the packet was captured; NULL for a packet from a file. */
	const char *interface;
	int64_t time_ns; /*!< Packet time, nanoseconds since 1970 UTC. */
	/*! This is one of two readings of the flow: retransmitted or overlapping octets differ from
	 * the first ones, so the flow can be read in two ways. */
	bool ambiguous;
	/*! The network if `--separate` is given, else NULL; borrowed. */
	const struct network_id *network;
};

/*! \brief Room for the text of a network. */
#define FLOW_NETWORK_MAX 96

/*! \brief Writes the labels of a network from the outermost to the innermost, for example
 *         "vlan 100.20 vxlan 5000". */
void flow_network_text(const struct network_id *network, char text[FLOW_NETWORK_MAX]);

/*! \brief Room for "1:" and a SHA-1 hash in base64, with the final NUL. */
#define FLOW_COMMUNITY_ID_MAX 32

/*!
 * \brief Writes the flow's Community ID (version 1, seed 0), as Zeek and Suricata do.
 *
 * \return False, with an empty text, if the hash cannot be computed.
 */
bool flow_community_id(const struct flow *flow, char text[FLOW_COMMUNITY_ID_MAX]);
