/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The URL of a history in ClickHouse, as given to --history.
 *
 *     clickhouse://[USER[:PASS]@]HOST[:PORT][,HOST[:PORT]...]/DB[?OPTIONS]
 *     clickhouses://...                                                      (TLS)
 *
 * The hosts are the shards of the history, in an order that must not change: each has a part of the
 * rows. The port is that of the HTTP interface: 8123, with TLS 8443. USER, PASS and the values of
 * options may be percent-encoded; an IPv6 address is written in []. If the URL has no password, the
 * environment variable NSMX_CLICKHOUSE_PASSWORD is used. With TLS the options ca=, cert=, tls-key=
 * and sni= are the same as in URLs of Redis.
 *
 * Ownership: the struct has no pointers. It contains the password; only `name` may be printed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*! \brief The greatest number of shards. */
#define CLICKHOUSE_SHARDS_MAX 32
#define CLICKHOUSE_ERROR_MAX  256

struct clickhouse_url {
	bool tls;
	char shards[CLICKHOUSE_SHARDS_MAX][300]; /*!< HOST:PORT */
	size_t shards_count;
	char user[256];      /*!< "": the user `default`. */
	char password[1024]; /*!< "": there is none. */
	char database[65];
	char ca[512];      /*!< The file of CA certificates; "": those of the system. */
	char cert[512];    /*!< The file of the client certificate; "": none. */
	char tls_key[512]; /*!< The file of the client certificate's private key. */
	char sni[256];     /*!< The expected name of the servers; "": the host. */
	char name[1024];   /*!< The URL without its password, for messages. */
};

/*! \brief Returns whether a value of --history is such a URL, and not the path of a folder. */
bool clickhouse_url_is(const char *text);

/*!
 * \brief Parses a URL.
 *
 * \param error  Receives the reason of a failure; it never contains the password.
 */
bool clickhouse_url_parse(struct clickhouse_url *url, const char *text,
                          char error[CLICKHOUSE_ERROR_MAX]);

/*! \brief Overwrites the password in the text of a URL with `x`, in place. Other texts are not
 *         changed. */
void clickhouse_url_conceal(char *text);

/*!
 * \brief Moves the password in the text of a URL to the environment variable
 *        NSMX_CLICKHOUSE_PASSWORD, where clickhouse_url_parse() finds it. The text can then be
 *        printed.
 */
bool clickhouse_url_take_password(char *text, char error[CLICKHOUSE_ERROR_MAX]);
