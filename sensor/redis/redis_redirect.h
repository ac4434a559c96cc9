/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Where a server may redirect to. For redis_open.c alone.
 *
 * A server that was named by another one, not by the user, may be the attacker's. It is connected
 * to if its address is in a network of `redirect=`. Without that option, Cluster may name the
 * nodes that it lists, and a sentinel the master. The password is sent in clear only to hosts in
 * the URL and to networks of `redirect=`.
 */
#pragma once

#include <stdbool.h>

#include "sensor/redis/redis_private.h"

/*! \brief Whether the URL names this host and port. */
bool redis_redirect_is_named(const struct redis_url *url, const struct redis_place *place);

/*! \brief Whether a reply to CLUSTER SLOTS lists a place; `sender` has sent it. */
bool redis_redirect_is_listed(const redisReply *reply, const struct redis_place *sender,
                              const struct redis_place *place);

/*! \brief Whether the password may be sent over the connection to a place. */
bool redis_redirect_may_have_password(const struct redis *redis, const struct redis_place *place);
