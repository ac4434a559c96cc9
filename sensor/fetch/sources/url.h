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

/*! \brief Returns whether scheme, host and port of two URLs are equal, so that the token or
 *         password may be sent to both. */
bool url_is_same_origin(const char *a, const char *b);

/*! \brief Returns whether a text can be the name of a header field (RFC 9110, section 5.1). */
bool url_is_header(const char *name);

/*!
 * \brief Copies a URL, with the percent-encoded token in place of each `{token}`.
 *
 * \param token  NULL: the URL is copied unchanged.
 *
 * \return False if there is no room.
 */
bool url_expand(const char *url, const char *token, char expanded[URL_MAX]);
