/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief ADDR:PORT, a place to listen: `127.0.0.1:9153`, `[::1]:9153`, or `:9153` for
 *        every address of the machine. Addresses only: a name could need the network.
 */
#pragma once

#include <stdbool.h>
#include <sys/socket.h>

struct endpoint {
	struct sockaddr_storage address;
	socklen_t size; /*!< 0: none. */
};

/*! \brief False when the text is no endpoint. */
bool endpoint_parse(struct endpoint *endpoint, const char *text);

/*! \brief A listening TCP socket; -1 with errno set. The caller closes it. */
int endpoint_listen(const struct endpoint *endpoint);
