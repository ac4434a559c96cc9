/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Who may use the console: the token, the cookie of a browser, and the checks against pages
 *        of others in the same browser.
 *
 * Without a token, the console listens at a loopback address only, and accepts only requests whose
 * Host header is that of a loopback address. In an attack by DNS rebinding, the host name of an
 * attacker's page points to this address, but the Host header has that host name. With a token, a
 * client must prove that it knows the token. A page of others cannot use the cookie, which is bound
 * to the host and has SameSite=Strict.
 *
 * The SHA-256 hashes of tokens are compared in constant time. A cookie consists of the time at
 * which it expires and the HMAC of this time, so no sessions are kept. The key of the HMAC is
 * chosen at random when the console starts.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/system/endpoint.h"

#define ACCESS_HASH_SIZE  32
#define ACCESS_TOKEN_MIN  16 /*!< Octets of a token. */
#define ACCESS_TOKEN_MAX  512
#define ACCESS_COOKIE_S   43200 /*!< A browser must log in again after so many seconds. */
#define ACCESS_COOKIE_MAX 96
#define ACCESS_COOKIE     "nsmx"

struct access {
	bool has_token;
	uint8_t token[ACCESS_HASH_SIZE]; /*!< The SHA-256 of the token. */
	uint8_t key[ACCESS_HASH_SIZE];   /*!< The key of cookies. */
	struct endpoint endpoint;        /*!< Where the console listens. */
};

/*!
 * \brief Reads the token from the first line of a file, and chooses a random key for cookies.
 *
 * \param path  NULL: there is no token, so `endpoint` must have a loopback address.
 *
 * \return False after a failure, which was logged.
 */
bool access_open(struct access *access, const struct endpoint *endpoint, const char *path);

/*! \brief Whether a text is the token. */
bool access_has_token(const struct access *access, const char *text);

/*! \brief Writes a cookie that is valid for ACCESS_COOKIE_S seconds. */
void access_write_cookie(const struct access *access, uint64_t now_s,
                         char cookie[ACCESS_COOKIE_MAX]);

/*! \brief Whether a cookie was written by access_write_cookie(), and is still valid. */
bool access_has_cookie(const struct access *access, uint64_t now_s, const char *cookie);

/*! \brief Whether a request with this Host header may be answered. NULL: it has none. */
bool access_has_host(const struct access *access, const char *host);

/*! \brief Whether a request with this Origin header comes from a page of this host. NULL: it has no
 *         such header, like requests of programs and of links; the result is then true. */
bool access_has_origin(const char *origin, const char *host);
