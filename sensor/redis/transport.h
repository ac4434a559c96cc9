/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A byte stream to a server, TCP, TLS or unix socket, with time-outs.
 *
 * Calls block, on a non-blocking socket: each wait ends when no byte was transferred for
 * TRANSPORT_TIMEOUT_MS, or at the deadline; a slow peer is waited for. The look-up of a
 * host's name has the time-out of the system's resolver. With TLS the caller ignores
 * SIGPIPE; without it SIGPIPE is never raised.
 *
 * Errors: negative errno values; -ETIMEDOUT, -ECONNRESET when the peer closed,
 * -EADDRNOTAVAIL when a name has no address, -EKEYREJECTED when TLS needs
 * a change of configuration. `why` has details, or is empty.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sensor/redis/redis_url.h"
#include "sensor/redis/tls.h"

#define TRANSPORT_TIMEOUT_MS 5000

struct transport {
	int fd;              /*!< -1: not connected. */
	int64_t deadline_ns; /*!< Deadline of all waits, on CLOCK_MONOTONIC; 0: none. */
	int hangup_fd;       /*!< A pipe; when it is closed, the deadline is... */
	int64_t grace_ns;    /*!< ...this much later. hangup_fd -1: no pipe. */
	int64_t hung_up_ns;  /*!< The time at which that was noticed; 0: not yet. */
	struct tls *tls;     /*!< NULL: none. */
	char why[TLS_WHY_MAX];
};

/*!
 * \brief Connects to a target. TCP: keep-alive, no delay.
 *
 * \param place  The server, with TCP and TLS.
 * \param only   NULL, or the networks in which its address must be: else -ENONET.
 */
int transport_open(struct transport *transport, const struct redis_url *url,
                   const struct redis_place *place, const struct redis_networks *only);

/*! \brief Closes; a closed transport may be opened again. */
void transport_close(struct transport *transport);

/*! \brief Writes all `size` bytes; 0 or an error. */
int transport_write(struct transport *transport, const char *bytes, size_t size);

/*! \brief Reads the available bytes; their number (at least 1) or an error. */
ssize_t transport_read(struct transport *transport, char *bytes, size_t size);
