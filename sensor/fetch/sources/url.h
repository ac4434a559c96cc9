/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief URLs of feeds: checks, and a form without secrets for messages. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define URL_SHOWN_MAX 512
#define URL_ERROR_MAX 512
#define URL_MAX       4096

/*! \brief Whether a feed may have this URL. \return False, and the reason in `error`. */
bool url_check(const char *url, bool plain, char error[URL_ERROR_MAX]);

/*! \brief Writes the URL without user and password, and with `?...` in place of its query. */
void url_show(const char *url, char shown[URL_SHOWN_MAX]);

/*! \brief Whether the scheme is https, or http if `plain`. */
bool url_is_allowed(const char *url, bool plain);

/*! \brief Whether scheme, host and port of two URLs are equal, so that both may have the secret. */
bool url_is_same_origin(const char *a, const char *b);

/*! \brief Whether a text is the name of a header field (RFC 9110 section 5.1). */
bool url_is_header(const char *name);

/*!
 * \brief Puts the token, percent-encoded, in place of each `{token}`.
 *
 * \param token  NULL: there is none, and the URL is copied.
 *
 * \return False if there is no room.
 */
bool url_expand(const char *url, const char *token, char expanded[URL_MAX]);
