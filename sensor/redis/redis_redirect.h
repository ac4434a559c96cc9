/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Decides to which servers a Redis server may redirect. Private to redis_open.c.
 *
 * A server that was named by another server and not by the user may belong to an attacker. nsmx
 * connects to such a server only if its address is in a network of `redirect=`. Without that
 * option, nsmx also connects to the nodes that a cluster node lists, and to the master that a
 * sentinel names. Without TLS the password is only sent to the hosts in the URL and to hosts in the
 * networks of `redirect=`.
 */
#pragma once

#include <stdbool.h>

#include "sensor/redis/redis_private.h"

/*! \brief Returns whether the URL contains this host and port. */
bool redis_redirect_is_named(const struct redis_url *url, const struct redis_place *place);

/*! \brief Returns whether `reply`, the answer of `sender` to CLUSTER SLOTS, lists the server
 *         `place`. */
bool redis_redirect_is_listed(const redisReply *reply, const struct redis_place *sender,
                              const struct redis_place *place);

/*! \brief Returns whether the password may be sent over the connection to a server. */
bool redis_redirect_may_have_password(const struct redis *redis, const struct redis_place *place);
