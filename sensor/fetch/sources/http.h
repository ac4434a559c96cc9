/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief GET requests of a feed, over HTTPS, with bounds.
 *
 * The server may be hostile. There is one limit of time and one of octets for all requests of a
 * feed together; octets are counted after unpacking. A request to a silent or slow server fails. At
 * most HTTP_REDIRECTIONS_MAX redirections are followed, and only to HTTPS, unless `plain` is set.
 * The token or password is not sent to another server.
 *
 * Ownership: http_close() frees everything. Not thread-safe.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/writer.h"

#define HTTP_REDIRECTIONS_MAX 5
#define HTTP_WHY_MAX          512
#define HTTP_TAG_MAX          256

/*! \brief How the server is reached. All texts are borrowed. */
struct http_access {
	const char *user;   /*!< NULL: none. */
	const char *token;  /*!< The token or password; NULL: none. */
	const char *header; /*!< The header field that has the token; NULL: Authorization. */
	const char *ca;     /*!< NULL: the certificates of the system. */
	bool plain;         /*!< HTTP without TLS is allowed. */
	uint64_t octets;    /*!< The largest size of all answers together, in octets. */
	uint64_t rate;      /*!< The largest number of octets that are received in a second. */
	int64_t until_ns;   /*!< CLOCK_MONOTONIC time at which the last request must have ended. */
};

struct http_request {
	const char *url;
	const char *accept;   /*!< NULL: anything. */
	const char *etag;     /*!< ETag of the last answer; NULL or "": not known. */
	const char *modified; /*!< Last-Modified of the last answer; NULL or "": not known. */
};

enum http_outcome {
	HTTP_GOT,
	HTTP_UNCHANGED, /*!< The content is that of the answer with `etag` or `modified`. */
	HTTP_MISSING,   /*!< 404 or 410; `why` has the reason. */
	HTTP_FAILED,    /*!< `why` has the reason. */
};

struct http_answer {
	struct writer body; /*!< Valid until the next request. */
	char etag[HTTP_TAG_MAX];
	char modified[HTTP_TAG_MAX];
	char type[HTTP_TAG_MAX];  /*!< Content-Type. */
	char added[HTTP_TAG_MAX]; /*!< X-TAXII-Date-Added-Last. */
	char why[HTTP_WHY_MAX];   /*!< One sentence, with the remedy. */
	bool is_over; /*!< The feed has no time or no octets left, so further requests fail. */
};

struct http;

/*!
 * \brief Opens a session.
 *
 * \param progress  Receives the number of octets so far; NULL: nobody needs it.
 *
 * \return NULL when out of memory.
 */
struct http *http_open(const struct http_access *access, _Atomic uint64_t *progress);

/*! \brief Gets a URL. The answer belongs to the session. */
enum http_outcome http_get(struct http *http, const struct http_request *request,
                           struct http_answer **answer);

/*! \brief Closes the session; NULL is ignored. */
void http_close(struct http *http);
