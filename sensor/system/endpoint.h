/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief ADDR:PORT to listen at: `127.0.0.1:9153`, `[::1]:9153`, or `:9153` for every address
 *        of the host. ADDR is never a name, which could need the network to resolve.
 */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

struct endpoint {
	struct sockaddr_storage address;
	socklen_t size; /*!< 0: no endpoint. */
};

/*! \return False when the text is no endpoint. */
bool endpoint_parse(struct endpoint *endpoint, const char *text);

/*! \return A listening TCP socket, which the caller closes; -1 with errno set on failure. */
int endpoint_listen(const struct endpoint *endpoint);
