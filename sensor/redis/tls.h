/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief TLS (1.2 or later) over a connected, non-blocking socket.
 *
 * The server's certificate is always verified. The CA certificates are those of `ca=` (a file, or a
 * folder made by `openssl rehash`), or, without `ca=`, those of the system. The certificate must be
 * issued for the name in `sni=`, or, without `sni=`, for the host of the connection, which may be a
 * name or an address. The files are read for each connection, so that renewed files are used.
 *
 * No function blocks. If a function returns -EAGAIN, `events` is POLLIN or POLLOUT; the caller
 * waits for this event and calls again. The caller must ignore SIGPIPE.
 *
 * Errors: -EKEYREJECTED means that the configuration must change (a certificate that one side does
 * not accept, a file that cannot be read); other negative errno values may be temporary. In both
 * cases `why` contains details or is empty.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "sensor/redis/redis_url.h"

/*! \brief Room for the text of an error, NUL included. */
#define TLS_WHY_MAX 256

struct tls;

/*!
 * \brief Creates a session on the socket `fd`, which is borrowed. The call sends nothing yet.
 *
 * \param host  The host of the connection.
 * \param why   A buffer of TLS_WHY_MAX octets for the text of errors, borrowed until `tls_close()`.
 *
 * \return 0 or an error.
 */
int tls_open(struct tls **out, int fd, const struct redis_url *url, const char *host, char *why);

/*!
 * \brief Ends a session and frees it. The call sends close_notify if that is possible at once. NULL
 * is allowed.
 */
void tls_close(struct tls *tls);

/*! \brief Continues the handshake; returns 0 when it is complete, -EAGAIN, or an error. */
int tls_handshake(struct tls *tls, short *events);

/*!
 * \brief Returns true while the server can still reject the client certificate. In TLS 1.3 the
 *        server decides this after the handshake.
 */
bool tls_verdict_is_pending(const struct tls *tls);

/*!
 * \brief Reads the records after the handshake; returns 0, or an error if one of them is an alert.
 */
int tls_verdict(struct tls *tls);

/*! \brief Reads up to `size` bytes; returns their number (at least 1), -EAGAIN, or an error. */
ssize_t tls_read(struct tls *tls, char *bytes, size_t size, short *events);
/*! \brief Writes up to `size` bytes; returns their number (at least 1), -EAGAIN, or an error. */
ssize_t tls_write(struct tls *tls, const char *bytes, size_t size, short *events);
