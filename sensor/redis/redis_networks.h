/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The networks of `redirect=`, to which Sentinel and Cluster may redirect.
 *
 * Limit: REDIS_NETWORKS_MAX networks.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define REDIS_NETWORKS_MAX 16
/*! \brief Room for the text of them all, NUL included. */
#define REDIS_NETWORKS_TEXT_MAX                                                                    \
	(REDIS_NETWORKS_MAX * sizeof("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/128,"))

struct redis_networks {
	size_t count;
	struct {
		struct in6_addr addr; /*!< IPv4 as v4-mapped. */
		unsigned bits;        /*!< Of the 128. */
	} networks[REDIS_NETWORKS_MAX];
};

/*!
 * \brief Adds networks, or addresses, with commas between them: `192.0.2.0/24,2001:db8::1`.
 *
 * \return False: one is no network, or there are too many.
 */
bool redis_networks_add(struct redis_networks *networks, const char *text);

/*! \brief Whether an address is in one of the networks. */
bool redis_networks_have(const struct redis_networks *networks, const struct sockaddr *address);

/*! \brief Whether two addresses are the same, regardless of their ports. */
bool redis_networks_same(const struct sockaddr *one, const struct sockaddr *other);
