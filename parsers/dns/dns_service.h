/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads the service parameters of SVCB and HTTPS records (RFC 9460 sections 2.1 and 7).
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

/*! \brief Numbers of parameters (RFC 9460 section 14.3.2). */
enum dns_service_key {
	DNS_SERVICE_MANDATORY = 0,
	DNS_SERVICE_ALPN = 1,
	DNS_SERVICE_NO_DEFAULT_ALPN = 2,
	DNS_SERVICE_PORT = 3,
	DNS_SERVICE_IPV4HINT = 4,
	DNS_SERVICE_ECH = 5,
	DNS_SERVICE_IPV6HINT = 6,
};

/*!
 * \brief Writes all parameters in presentation form, without a final NUL.
 *
 * \param c  A cursor at the first parameter, after the target. It fails when a parameter continues
 *           beyond the end of the record.
 *
 * \return The number of characters written, at most 8 for each octet read.
 */
size_t dns_service_text(struct cursor *c, char *text);

/*!
 * \brief Reads the name of a parameter, such as `alpn` or `key7`. \return False if the text is not
 *        such a name.
 */
bool dns_service_key_read(const char *text, size_t size, unsigned *key);

/*! \brief A walk over the addresses in the parameters ipv4hint and ipv6hint. */
struct dns_service_hints {
	struct cursor at; /*!< A cursor at the next parameter. */
	/*! A cursor at the addresses that are left in the current parameter. */
	struct cursor value;
	size_t octets; /*!< The number of octets of each address in `value`: 4 or 16. */
};

/*! \brief Starts a walk. \param parameters  A cursor at the first parameter, after the target. */
void dns_service_hints_begin(struct dns_service_hints *hints, struct cursor parameters);

/*! \brief Reads the next address. \return False when there is none. */
bool dns_service_hints_next(struct dns_service_hints *hints, struct in6_addr *addr);
