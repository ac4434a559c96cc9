/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief TLS (1.2 or later) over a connected, non-blocking socket.
 *
 * The server's certificate is always verified: by ca= (a file, or a folder as
 * `openssl rehash` makes it), else by the CA certificates of the system. It
 * must be for sni= if that is given, else for the host of the connection, a name or
 * an address. Files are read at each connection, so that renewed ones are used.
 *
 * No function blocks: with -EAGAIN, `events` is POLLIN or POLLOUT, for which the caller
 * waits. The caller ignores SIGPIPE.
 *
 * Errors: -EKEYREJECTED needs a change of configuration (a certificate that one side
 * does not accept, a file that cannot be read); other negative errno values may be
 * temporary. In both cases `why` has details, or is empty.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "sensor/redis/redis_url.h"

#define TLS_WHY_MAX 256

struct tls;

/*!
 * \brief Prepares a session on `fd` (borrowed).
 *
 * \param host  The host of the connection.
 * \param why   Of TLS_WHY_MAX octets, borrowed until `tls_close()`.
 */
int tls_open(struct tls **out, int fd, const struct redis_url *url, const char *host, char *why);

/*! \brief Ends a session, with a close_notify if it can be sent at once. NULL is allowed. */
void tls_close(struct tls *tls);

/*! \brief Continues the handshake: 0 when it is done, -EAGAIN, or an error. */
int tls_handshake(struct tls *tls, short *events);

/*! \brief Whether the server's verdict on our certificate is still to come (TLS 1.3). */
bool tls_verdict_is_pending(const struct tls *tls);

/*! \brief Reads the records that follow the handshake: 0, or the error in an alert. */
int tls_verdict(struct tls *tls);

/*! \brief Bytes read or written (at least 1), -EAGAIN, or an error. */
ssize_t tls_read(struct tls *tls, char *bytes, size_t size, short *events);
ssize_t tls_write(struct tls *tls, const char *bytes, size_t size, short *events);
