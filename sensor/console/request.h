/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads what a client of the console asks for: the target of an HTTP request (RFC 9112,
 *        3.2.1), as it was sent.
 *
 * Paths: `/`, `/incidents`, `/incidents/ID`, `/lookup?q=QUERY`, `/login` and `/logout` are pages;
 * `/pdns/query/QUERY` is the API of CIRCL; `/dnsdb/v2/...` is the API of DNSDB, version 2, and
 * `/lookup/rrset/...` and `/lookup/rdata/...` its version 1. docs/console.md describes them.
 *
 * Limits: CONSOLE_TARGET_MAX octets of a target; CONSOLE_LIMIT_MAX rows of an answer, after at most
 * CONSOLE_OFFSET_MAX others.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/dns_name.h"
#include "history/query.h"

#define CONSOLE_TARGET_MAX    4096
#define CONSOLE_TEXT_MAX      1024
#define CONSOLE_LIMIT_MAX     50000
#define CONSOLE_LIMIT_DEFAULT 10000
#define CONSOLE_OFFSET_MAX    100000

enum console_page {
	CONSOLE_INCIDENTS,
	CONSOLE_INCIDENT, /*!< `text` is its id. */
	CONSOLE_LOOKUP,   /*!< `text` is the query of `nsmx history`; empty: only the form. */
	CONSOLE_LOGIN,
	CONSOLE_LOGOUT,
	CONSOLE_CIRCL, /*!< `text` is the query of `nsmx history`. */
	CONSOLE_DNSDB,
	CONSOLE_DNSDB_PING,
	CONSOLE_DNSDB_RATE,
};

struct console_request {
	enum console_page page;
	char text[CONSOLE_TEXT_MAX];
	/*! The query of CONSOLE_DNSDB or CONSOLE_CIRCL. For CONSOLE_DNSDB, `query.kind` is set; for
	 * CONSOLE_CIRCL, all kinds of history_query_parts() are queried. */
	struct history_query query;
	size_t offset;             /*!< The number of rows to skip before the first one. */
	struct dns_name bailiwick; /*!< A `size` of 0: any bailiwick. */
	bool rdata;                /*!< The query is for data of records, not for their owners. */
	bool framed;               /*!< Version 2: with the framing of its streams. */
	bool summarize;            /*!< The answer has only the sum of all records. */
	bool dates;                /*!< Times are dates (ISO 8601). */
	bool logged_in;            /*!< By a cookie; set by the caller. */
	bool still;                /*!< The page is not refreshed. */
};

/*!
 * \brief Reads a target.
 *
 * \param now_s   The time to which negative times are relative, in seconds since 1970.
 * \param reason  Receives why the target is refused.
 *
 * \return The status of HTTP: 200, or the one with which the request is refused.
 */
unsigned console_request_read(struct console_request *request, const char *target, uint64_t now_s,
                              const char **reason);

/*!
 * \brief Decodes a part of a target or of a form (RFC 3986, 2.1).
 *
 * \param plus  A plus sign is a blank, as in forms.
 *
 * \return The number of octets in `text`, which are followed by NUL; -1 if the part is invalid, has
 *         NUL, or is too long.
 */
int console_decode(const char *part, size_t size, bool plus, char *text, size_t room);

/*! \brief Finds a parameter in `name=value&...` and decodes it. \return False if it is not there,
 * or is invalid. */
bool console_parameter(const char *parameters, const char *name, char *text, size_t room);
