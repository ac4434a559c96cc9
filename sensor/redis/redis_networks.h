/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The networks of the option `redirect=`, to which sentinels and cluster nodes may redirect.
 *
 * Limit: REDIS_NETWORKS_MAX networks.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define REDIS_NETWORKS_MAX 16
/*! \brief Room for the text of all networks, NUL included. */
#define REDIS_NETWORKS_TEXT_MAX                                                                    \
	(REDIS_NETWORKS_MAX * sizeof("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/128,"))

struct redis_networks {
	size_t count;
	struct {
		struct in6_addr addr; /*!< The address; an IPv4 address is v4-mapped. */
		unsigned bits;        /*!< Prefix length, 0 to 128. */
	} networks[REDIS_NETWORKS_MAX];
};

/*!
 * \brief Adds networks or addresses that are separated by commas: `192.0.2.0/24,2001:db8::1`.
 *
 * \return False if a part is not a network, or if there are more than REDIS_NETWORKS_MAX networks.
 */
bool redis_networks_add(struct redis_networks *networks, const char *text);

/*! \brief Returns whether an address is in one of the networks. */
bool redis_networks_have(const struct redis_networks *networks, const struct sockaddr *address);

/*! \brief Returns whether two addresses are equal; ports are not compared. */
bool redis_networks_same(const struct sockaddr *one, const struct sockaddr *other);
