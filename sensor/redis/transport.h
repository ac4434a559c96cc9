/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A byte stream to a server, TCP, TLS or unix socket, with time-outs.
 *
 * Blocking for the caller, non-blocking underneath: each wait ends when nothing
 * has moved for TRANSPORT_TIMEOUT_MS, or when the deadline is reached; a peer that is
 * slow but alive is waited for. Looking up a host's name waits as long as the
 * system's resolver does. With TLS the caller ignores SIGPIPE; otherwise it is
 * never raised.
 *
 * Errors: negative errno values; -ETIMEDOUT, -ECONNRESET when the peer closed,
 * -EADDRNOTAVAIL when a name has no address, -EKEYREJECTED when TLS needs
 * somebody to change something. `why` says more, or is empty.
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
	int64_t deadline_ns; /*!< Of CLOCK_MONOTONIC, over all waits; 0: none. */
	int hangup_fd;       /*!< A pipe: when it has ended, the deadline is... */
	int64_t grace_ns;    /*!< ...so much later. -1: no such pipe. */
	int64_t hung_up_ns;  /*!< When its end was noticed; 0: not yet. */
	struct tls *tls;     /*!< NULL: none. */
	char why[TLS_WHY_MAX];
};

/*!
 * \brief Connects in the way of a target. TCP: keep-alive, no delay.
 *
 * \param place  Where to, with TCP and TLS.
 */
int transport_open(struct transport *transport, const struct redis_url *url,
                   const struct redis_place *place);

/*! \brief Closes; a closed link may be opened again. */
void transport_close(struct transport *transport);

/*! \brief Writes all `size` bytes; 0 or an error. */
int transport_write(struct transport *transport, const char *bytes, size_t size);

/*! \brief Reads what there is; the number of bytes (at least 1) or an error. */
ssize_t transport_read(struct transport *transport, char *bytes, size_t size);
