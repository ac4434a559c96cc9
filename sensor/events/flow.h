/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Who spoke to whom, over what, and when; and how addresses and times are written.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/encapsulation.h"
#include "base/flow_key.h"
#include "base/text.h"

struct flow {
	struct flow_key key; /*!< From client to server. */
	struct encapsulation encapsulation;
	const char *interface; /*!< Where it was captured; NULL: from a file. */
	int64_t time_ns;       /*!< Packet time, nanoseconds since 1970 UTC. */
};

/*!
 * \brief "2020-05-31T00:05:12.345678Z" and three digits more when they are not zero.
 *
 * \return Characters written, the final NUL not counted.
 */
#define FLOW_TIME_TEXT_MAX 48
size_t flow_time_text(int64_t time_ns, char text[FLOW_TIME_TEXT_MAX]);

bool flow_is_ipv4(const struct in6_addr *addr);

/*!
 * \brief Writes an address in canonical form (RFC 5952), IPv4 dotted.
 *
 * \return Characters written, the final NUL not counted.
 */
#define FLOW_ADDRESS_TEXT_MAX TEXT_ADDRESS_MAX
size_t flow_address_text(const struct in6_addr *addr, char text[FLOW_ADDRESS_TEXT_MAX]);

/*!
 * \brief Room for "1:" and the base64 text of a SHA-1 hash, the final NUL included.
 */
#define FLOW_COMMUNITY_ID_MAX 32

/*!
 * \brief Writes the flow's Community ID, version 1, seed 0: the same in every tool.
 *
 * \return False (and an empty text) when the hash cannot be computed.
 */
bool flow_community_id(const struct flow *flow, char text[FLOW_COMMUNITY_ID_MAX]);
