/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief TLS (1.2 or later) over a connected, non-blocking socket.
 *
 * The server's certificate is always verified: by ca= (a file, or a folder as
 * `openssl rehash` makes it), else by the authorities that the system trusts. It
 * must be for sni= if that is given, else for the host that was connected to, a
 * name or an address. Files are read at each connection, so that renewed ones
 * are taken up.
 *
 * Nothing here waits: -EAGAIN says for what (POLLIN or POLLOUT) the caller has
 * to. The caller ignores SIGPIPE.
 *
 * Errors: -EKEYREJECTED is for a person (a certificate that one side does not
 * accept, a file that cannot be read); other negative errno values may pass. In
 * both cases `why` says more, or is empty.
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
 * \param host  What was connected to.
 * \param why   Of TLS_WHY_MAX octets, borrowed until `tls_close()`.
 */
int tls_open(struct tls **out, int fd, const struct redis_url *url, const char *host, char *why);

/*! \brief Ends a session, telling the peer if that needs no waiting. NULL is nothing. */
void tls_close(struct tls *tls);

/*! \brief Goes on with the handshake: 0 when it is done, -EAGAIN, or an error. */
int tls_handshake(struct tls *tls, short *events);

/*! \brief Whether the server's verdict on our certificate is still to come (TLS 1.3). */
bool tls_is_judged_later(const struct tls *tls);

/*! \brief Reads what has come behind the handshake: 0, or the error that it tells. */
int tls_verdict(struct tls *tls);

/*! \brief Bytes read or written (at least 1), -EAGAIN, or an error. */
ssize_t tls_read(struct tls *tls, char *bytes, size_t size, short *events);
ssize_t tls_write(struct tls *tls, const char *bytes, size_t size, short *events);
