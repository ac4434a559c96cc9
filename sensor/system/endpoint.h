/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A TCP address at which a server listens, written ADDR:PORT: `127.0.0.1:9153`,
 *        `[::1]:9153`, or `:9153` for all addresses of the host. ADDR cannot be a host name,
 *        because resolving it could need the network.
 */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

struct endpoint {
	struct sockaddr_storage address;
	socklen_t size; /*!< Octets of `address`; 0: there is no endpoint. */
};

/*! \brief Parses ADDR:PORT. \return False when the text has another form. */
bool endpoint_parse(struct endpoint *endpoint, const char *text);

/*! \brief Room for ADDR:PORT with brackets, and a final NUL. */
#define ENDPOINT_TEXT_MAX 64

/*! \brief Writes an endpoint as ADDR:PORT. endpoint_parse() reads the same endpoint from it. */
void endpoint_text(const struct endpoint *endpoint, char text[ENDPOINT_TEXT_MAX]);

/*!
 * \brief Opens a listening TCP socket. \return Its descriptor, which the caller closes; -1 with
 *        errno set on failure.
 */
int endpoint_listen(const struct endpoint *endpoint);
