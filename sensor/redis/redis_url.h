/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief An output target of the Redis family, as the user writes it.
 *
 *     redis://[USER[:PASS]@]HOST[:PORT][/DB][?OPTIONS]
 *     rediss://...                                     (TLS)
 *     redis+unix://[USER[:PASS]@]/SOCKET[?OPTIONS]
 *     redis+sentinel://[USER[:PASS]@]HOST[:PORT],.../MASTER[/DB][?OPTIONS]
 *     redis+cluster://[USER[:PASS]@]HOST[:PORT],...[?OPTIONS]
 *     rediss+sentinel://, rediss+cluster://            (the same with TLS)
 *
 * USER, PASS, HOST, SOCKET and the values of options may be percent-encoded; an
 * IPv6 address is written in []. A password without a user (`:PASS@`) is the default
 * user's. Without one in the URL, NSMX_REDIS_PASSWORD of the environment is used.
 *
 * `redirect=` has the networks to which sentinels and nodes of a cluster may redirect.
 *
 * `key=` is the key of hits. Log events always go to `nsmx:log`.
 *
 * In a cluster all keys of an output are in the hash slot of `key=`: the other keys
 * (log, position, the sensor's hash) get its hash tag as a suffix, which is the tag
 * of the key, `{...}`, or the whole key: `nsmx:log{nsmx:hits}`.
 *
 * Ownership: the struct has no pointers, may be copied and needs no free. It contains
 * the password; only `name` may be printed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/redis/redis_networks.h"

#define REDIS_URL_KEY_HITS "nsmx:hits"
#define REDIS_URL_KEY_LOG  "nsmx:log"
/*! \brief Bounds of `batch=` and `flush=` (ms) and `wait=`. */
#define REDIS_URL_BATCH_MAX 10000
#define REDIS_URL_FLUSH_MAX 60000
#define REDIS_URL_WAIT_MAX  100
/*! \brief Limit of sentinels or nodes of a cluster in a URL. */
#define REDIS_URL_PLACES_MAX 8

enum redis_url_scheme { REDIS_URL_TCP, REDIS_URL_TLS, REDIS_URL_UNIX };

/*! \brief The role of the servers in the URL. */
enum redis_url_layout {
	REDIS_URL_SINGLE,   /*!< The one to deliver to. */
	REDIS_URL_SENTINEL, /*!< Sentinels, which know the master. */
	REDIS_URL_CLUSTER,  /*!< Nodes of a cluster, any of them. */
};

/*! \brief Where a server listens for TCP or TLS. */
struct redis_place {
	char host[256]; /*!< Name or address, without []. */
	uint16_t port;
};

/*! \brief The type of the key that receives events. */
enum redis_url_form {
	REDIS_URL_STREAM,  /*!< XADD */
	REDIS_URL_LIST,    /*!< RPUSH */
	REDIS_URL_LPUSH,   /*!< LPUSH */
	REDIS_URL_CHANNEL, /*!< PUBLISH */
};

struct redis_url {
	enum redis_url_scheme scheme;
	enum redis_url_layout layout;
	struct redis_place places[REDIS_URL_PLACES_MAX]; /*!< TCP and TLS. */
	size_t place_count;
	char path[108];   /*!< Unix: the socket's path. */
	char master[256]; /*!< Sentinel: the name of the master. */
	char user[256];   /*!< Empty: the default user. */
	char password[1024];
	unsigned db;
	enum redis_url_form form;
	char key[512];
	char tag[516];     /*!< Cluster: what other keys end in; else empty. */
	char log_key[528]; /*!< Where log events go. */
	char field[256];
	uint64_t maxlen; /*!< 0: never trim. */
	unsigned batch;
	unsigned flush_ms;
	unsigned wait; /*!< Replicas that must have an event. */
	char ca[512];
	char cert[512];
	char tls_key[512];
	char sni[256];
	struct redis_networks redirect; /*!< Sentinel, Cluster; none: see redis_redirect.h. */
	char name[1024];                /*!< Printable: the target without its password. */
	uint64_t hash;                  /*!< Identifies the output: place, form, key. */
};

/*! \brief Whether an output target is one for `redis_url_parse()`. */
bool redis_url_is(const char *target);

/*!
 * \brief Parses a target.
 *
 * \param error  Receives, on failure, one line with the mistake and its remedy;
 *               it never contains the password.
 *
 * \retval 0        `*url` is complete, defaults included.
 * \retval -EINVAL  See `error`.
 */
int redis_url_parse(struct redis_url *url, const char *target, char *error, size_t error_size);

/*!
 * \brief Overwrites the password in the text of a target with `x`, in place.
 *
 * For the command line once it is parsed, so that no process title shows the
 * password. Leaves other targets unchanged.
 */
void redis_url_conceal(char *target);

/*! \brief Wipes user and password, in a process that does not connect to the server. */
void redis_url_forget(struct redis_url *url);

/*!
 * \brief Wipes the password of the environment, which /proc/PID/environ shows, and removes its
 *        variable. For the time after the last target is parsed.
 */
void redis_url_forget_environment(void);
