/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads the server name in a TLS ClientHello (RFC 8446, 4.1.2; RFC 6066, 3).
 *
 * The caller feeds the client's first octets, in pieces of any size. The message may also be
 * divided into TLS records at any octet.
 *
 * Ownership: all state is in the caller's struct; nothing is allocated.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "parsers/tls/tls_message.h"

/*!
 * \brief The largest number of octets of the message that are stored. The rest of a longer message
 *        is not read.
 */
#define TLS_HELLO_MAX 4096

enum tls_hello_status {
	TLS_HELLO_MORE, /*!< More octets are needed. */
	TLS_HELLO_DONE, /*!< The message was read. The name is known if the message has one. */
	TLS_HELLO_BAD,  /*!< The octets are not a ClientHello. */
};

struct tls_hello {
	enum tls_hello_status status;
	struct tls_message tls;
	uint16_t name_pos;  /*!< Position of the name in `message`. */
	uint16_t name_size; /*!< The size of the name in octets; 0: the message has no name. */
	uint8_t message[TLS_HELLO_MAX];
};

/*! \brief Starts at the first octet of a TLS stream. */
void tls_hello_init(struct tls_hello *hello);

/*!
 * \brief Takes the next octets. Octets after the message are ignored.
 *
 * \return The status. Unless it is TLS_HELLO_MORE, further calls do not change it.
 */
enum tls_hello_status tls_hello_feed(struct tls_hello *hello, const uint8_t *bytes, size_t size);

/*!
 * \brief Returns the first host_name in the server_name extension as sent.
 *
 * \param size  Receives the number of octets of the name, 1 to 255; 0 if there is no name.
 *
 * \return A view that is valid as long as `hello`, or NULL if there is no name.
 */
const char *tls_hello_name(const struct tls_hello *hello, size_t *size);
