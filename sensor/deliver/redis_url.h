/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief An output target of the Redis family, as the user writes it.
 *
 *     redis://[USER[:PASS]@]HOST[:PORT][/DB][?OPTIONS]
 *     rediss://...                                     (TLS)
 *     redis+unix://[USER[:PASS]@]/SOCKET[?OPTIONS]
 *
 * USER, PASS, HOST, SOCKET and the values of options may be percent-encoded; an
 * IPv6 address stands in []. A password without a user (`:PASS@`) is the default
 * user's. Without one in the URL, NSMX_REDIS_PASSWORD of the environment is used.
 *
 * `key=` names where hits go. Log events go to `nsmx:log` whatever it says.
 *
 * Ownership: the struct owns all it holds and may be copied; nothing to free.
 * It holds the password: it is not for printing. `name` is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REDIS_URL_KEY_HITS "nsmx:hits"
#define REDIS_URL_KEY_LOG  "nsmx:log"
/*! \brief Bounds of `batch=` and `flush=` (ms) and `wait=`. */
#define REDIS_URL_BATCH_MAX 10000
#define REDIS_URL_FLUSH_MAX 60000
#define REDIS_URL_WAIT_MAX  100

enum redis_url_scheme { REDIS_URL_TCP, REDIS_URL_TLS, REDIS_URL_UNIX };

/*! \brief What the events become in Redis. */
enum redis_url_form {
	REDIS_URL_STREAM,  /*!< XADD */
	REDIS_URL_LIST,    /*!< RPUSH */
	REDIS_URL_LPUSH,   /*!< LPUSH */
	REDIS_URL_CHANNEL, /*!< PUBLISH */
};

struct redis_url {
	enum redis_url_scheme scheme;
	char host[256]; /*!< TCP and TLS: name or address, without []. */
	uint16_t port;
	char path[108]; /*!< Unix: the socket's path. */
	char user[256]; /*!< Empty: the default user. */
	char password[1024];
	unsigned db;
	enum redis_url_form form;
	char key[512];
	char field[256];
	uint64_t maxlen; /*!< 0: never trim. */
	unsigned batch;
	unsigned flush_ms;
	unsigned wait; /*!< Replicas that must have an event. */
	char ca[512];
	char cert[512];
	char tls_key[512];
	char sni[256];
	char name[1024]; /*!< Printable: the target without its password. */
	uint64_t hash;   /*!< Of what tells one output from another: place, form, key. */
};

/*! \brief Whether an output target is one for `redis_url_parse()`. */
bool redis_url_is(const char *target);

/*!
 * \brief Parses a target.
 *
 * \param error  Receives, on failure, one line that says what is wrong and what
 *               would be right; it never contains the password.
 *
 * \retval 0         `*url` is complete, defaults included.
 * \retval -EINVAL   See `error`.
 * \retval -ENOTSUP  Recognised, but not built in yet (rediss://).
 */
int redis_url_parse(struct redis_url *url, const char *target, char *error, size_t error_size);

/*!
 * \brief Overwrites the password in a target's own text with `x`, in place.
 *
 * For the words of the command line once they are parsed, so that no process
 * title shows it. Does nothing to other targets.
 */
void redis_url_conceal(char *target);
