/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The process of the console that serves clients, by libmicrohttpd. It has the sockets of
 *        clients and of the processes that answer queries, and may open nothing.
 *
 * Limits: there are FRONT_CONNECTIONS_MAX connections, each with FRONT_MEMORY octets for a request.
 * A request must be complete within FRONT_REQUEST_S seconds, however slowly its octets come. A
 * client must take an answer within FRONT_ANSWER_S seconds. While the answers that clients have not
 * yet taken have FRONT_HELD_MAX octets or more together, further queries wait. If a query waits for
 * this reason, one client is disconnected: of those that have had FRONT_SHARE_S seconds to take
 * their answers, the one with the largest answer. A query occupies one of the processes that
 * answer.
 */
#pragma once

#include <stddef.h>

#include "sensor/console/access.h"

#define FRONT_CONNECTIONS_MAX 256
#define FRONT_MEMORY          ((size_t)16 << 10)
#define FRONT_REQUEST_S       10
#define FRONT_ANSWER_S        60
#define FRONT_SHARE_S         5
#define FRONT_HELD_MAX        ((size_t)64 << 20)
#define FRONT_SERVERS_MAX     4

/*!
 * \brief Serves clients until the process is killed.
 *
 * \param listener  The listening socket.
 * \param servers   Sockets to the processes that answer: the first one has the events.
 */
void front_serve(const struct access *access, int listener, const int *servers, size_t count);
