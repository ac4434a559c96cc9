/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Service parameters of SVCB and HTTPS records (RFC 9460 sections 2.1 and 7).
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

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
 * \brief Writes all parameters in presentation form, not terminated.
 *
 * \param c  At the first parameter, after the target; fails when a parameter does not fit.
 *
 * \return Characters written: at most 8 for each octet read.
 */
size_t dns_service_text(struct cursor *c, char *text);

/*! \brief A walk through the address hints. */
struct dns_service_hints {
	struct cursor at;
	struct cursor value; /*!< Value of the current hint parameter. */
	size_t octets;       /*!< Octets of each address in `value`: 4 or 16. */
};

/*! \param parameters  A cursor at the first parameter, after the target. */
void dns_service_hints_begin(struct dns_service_hints *hints, struct cursor parameters);

/*! \return False when there is no further address. */
bool dns_service_hints_next(struct dns_service_hints *hints, struct in6_addr *addr);
