/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A byte stream to a server over TCP, TLS or a Unix socket, with time-outs.
 *
 * Calls block until they are done. They fail when no byte was transferred for TRANSPORT_TIMEOUT_MS
 * (or `patience_ms`), or when the deadline has passed. The look-up of a host name instead has the
 * time-out of the system's resolver. With TLS the caller must ignore SIGPIPE; without TLS SIGPIPE
 * is never raised.
 *
 * Errors: negative errno values. -ETIMEDOUT: a time-out or the deadline; -ECONNRESET: the peer has
 * closed the connection; -EADDRNOTAVAIL: a host name has no address; -EKEYREJECTED: the
 * configuration of TLS must change. `why` contains details or is empty.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sensor/redis/redis_url.h"
#include "sensor/redis/tls.h"

#define TRANSPORT_TIMEOUT_MS 5000

struct transport {
	int fd;              /*!< The socket; -1: there is no connection. */
	int64_t deadline_ns; /*!< CLOCK_MONOTONIC time at which all waits end; 0: none. */
	int64_t patience_ms; /*!< Replaces TRANSPORT_TIMEOUT_MS; 0: it does not. */
	int hangup_fd;       /*!< Read end of a pipe; -1: none. */
	/*! All waits end this long after the write end of the pipe was closed. */
	int64_t grace_ns;
	/*! CLOCK_MONOTONIC time at which the closed pipe was noticed; 0: not yet. */
	int64_t hung_up_ns;
	struct tls *tls;       /*!< NULL: the connection does not use TLS. */
	char why[TLS_WHY_MAX]; /*!< Details of the last error. */
};

/*!
 * \brief Connects to a server. TCP connections use keep-alive and TCP_NODELAY.
 *
 * \param place  The server; unused for a Unix socket, whose path is in `url`.
 * \param only   One of these networks must contain the server's address; NULL: any address is
 *               accepted.
 *
 * \return 0 or an error; -ENONET if the address is in none of `only`.
 */
int transport_open(struct transport *transport, const struct redis_url *url,
                   const struct redis_place *place, const struct redis_networks *only);

/*!
 * \brief Prepares to send datagrams of UDP to a host, each by one transport_write().
 *
 * The first write succeeds even if nothing receives it; a later one may then return -ECONNREFUSED.
 */
int transport_open_udp(struct transport *transport, const struct redis_place *place);

/*! \brief Closes the connection; transport_open() may open it again. */
void transport_close(struct transport *transport);

/*! \brief Writes all `size` bytes; returns 0 or an error. */
int transport_write(struct transport *transport, const char *bytes, size_t size);

/*!
 * \brief Waits until the kernel of the peer has acknowledged all octets that were written.
 *
 * The program at the other end may not have read them yet.
 *
 * \return 0 or an error; -ECONNRESET also if the peer has ended the connection, in which case it
 *         may have dropped the last octets.
 */
int transport_confirm(struct transport *transport);

/*! \brief Returns the number of octets that the peer has not acknowledged, or an error. */
int transport_unconfirmed(const struct transport *transport);

/*! \brief Waits for bytes and reads up to `size`; returns their number (at least 1) or an error. */
ssize_t transport_read(struct transport *transport, char *bytes, size_t size);
