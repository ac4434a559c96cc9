/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The URL of a Redis server, Sentinel group or cluster, as given to --output.
 *
 *     redis://[USER[:PASS]@]HOST[:PORT][/DB][?OPTIONS]
 *     rediss://...                                     (TLS)
 *     redis+unix://[USER[:PASS]@]/SOCKET[?OPTIONS]
 *     redis+sentinel://[USER[:PASS]@]HOST[:PORT],.../MASTER[/DB][?OPTIONS]
 *     redis+cluster://[USER[:PASS]@]HOST[:PORT],...[?OPTIONS]
 *     rediss+sentinel://, rediss+cluster://            (the same with TLS)
 *
 * USER, PASS, HOST, SOCKET and the values of options may be percent-encoded; an IPv6 address is
 * written in []. A password without a user (`:PASS@`) is used for the user `default`. If the URL
 * has no password, the environment variable NSMX_REDIS_PASSWORD is used.
 *
 * The option `redirect=` sets the networks to which sentinels and nodes of a cluster may redirect.
 * The option `key=` sets the key that receives hits. Log events always go to `nsmx:log`. The option
 * `rows=` sets the stream that receives rows of the history; without it they are not sent.
 *
 * In a cluster, all keys of an output must be in the hash slot of `key=`. The names of the other
 * keys (log events, position, the sensor's hash) therefore end in a hash tag `{...}`. This is the
 * hash tag in `key=`, or, if there is none, the whole value of `key=`, as in `nsmx:log{nsmx:hits}`.
 *
 * Ownership: the struct has no pointers. It may be copied and need not be freed. It contains the
 * password; only `name` may be printed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/redis/redis_networks.h"

/*! \brief The default of `key=`, the key of log events, and the default key of incidents. */
#define REDIS_URL_KEY_HITS      "nsmx:hits"
#define REDIS_URL_KEY_LOG       "nsmx:log"
#define REDIS_URL_KEY_INCIDENTS "nsmx:incidents"
/*! \brief The usual key of the stream with rows of the history, and the name of the field that
 *         contains the rows of an entry. */
#define REDIS_URL_KEY_ROWS   "nsmx:rows"
#define REDIS_URL_FIELD_ROWS "rows"
/*! \brief The largest values of `batch=` (records), `flush=` (ms) and `wait=` (replicas). */
#define REDIS_URL_BATCH_MAX 10000
#define REDIS_URL_FLUSH_MAX 60000
#define REDIS_URL_WAIT_MAX  100
/*! \brief The largest number of sentinels or cluster nodes in a URL. */
#define REDIS_URL_PLACES_MAX 8

/*! \brief The kind of connection to the servers. */
enum redis_url_scheme { REDIS_URL_TCP, REDIS_URL_TLS, REDIS_URL_UNIX };

/*! \brief The role of the servers in the URL. */
enum redis_url_layout {
	REDIS_URL_SINGLE,   /*!< One server, which receives the events. */
	REDIS_URL_SENTINEL, /*!< Sentinels, which are asked for the master. */
	REDIS_URL_CLUSTER,  /*!< Some nodes of a cluster. */
};

/*! \brief The host and port at which a server listens for TCP or TLS. */
struct redis_place {
	char host[256]; /*!< Name or address, without []. */
	uint16_t port;
};

/*! \brief The type of the key that receives events, and the command that adds them. */
enum redis_url_form {
	REDIS_URL_STREAM,  /*!< XADD */
	REDIS_URL_LIST,    /*!< RPUSH */
	REDIS_URL_LPUSH,   /*!< LPUSH */
	REDIS_URL_CHANNEL, /*!< PUBLISH */
};

/*! \brief A parsed URL. Texts are terminated by NUL. */
struct redis_url {
	enum redis_url_scheme scheme;
	enum redis_url_layout layout;
	/*! The servers; there are none for REDIS_URL_UNIX. */
	struct redis_place places[REDIS_URL_PLACES_MAX];
	size_t place_count;
	char path[108];      /*!< REDIS_URL_UNIX: path of the socket. */
	char master[256];    /*!< REDIS_URL_SENTINEL: name of the master. */
	char user[256];      /*!< The user; empty: the user `default`. */
	char password[1024]; /*!< The password; empty: there is none. */
	unsigned db;
	enum redis_url_form form;
	char key[512];
	/*! REDIS_URL_CLUSTER: the hash tag with which the other keys end; else empty. */
	char tag[516];
	char log_key[528];        /*!< The key of log events. */
	char incidents_key[1028]; /*!< The key of incidents. */
	/*! The form of incidents: that of `as=`, but the default key is a stream, not a list. */
	enum redis_url_form incidents_form;
	/*! The key of the stream that receives rows of the history; empty: none does. */
	char rows_key[1028];
	char field[256]; /*!< For streams, the name of the field that has the event. */
	/*! The number of entries to which a stream or list is trimmed; 0: it is not trimmed. */
	uint64_t maxlen;
	unsigned batch;    /*!< The number of records in a full batch. */
	unsigned flush_ms; /*!< Time after which a batch is sent although it is not full. */
	/*! The number of replicas that must have an event before it counts as delivered. */
	unsigned wait;
	/*! The file or folder of CA certificates; empty: those of the system are used. */
	char ca[512];
	char cert[512];    /*!< The file of the client certificate; empty: none. */
	char tls_key[512]; /*!< The file of the client certificate's private key. */
	/*! The name that the server's certificate must have; empty: that of the host. */
	char sni[256];
	/*! Sentinel and cluster: the networks of `redirect=`; see redis_redirect.h. */
	struct redis_networks redirect;
	char name[1024]; /*!< The URL without its password, for messages. */
	uint64_t hash;   /*!< Identifies the output: a hash of servers, form and key. */
};

/*!
 * \brief Returns whether a target of --output is a Redis URL, which redis_url_parse() can parse.
 */
bool redis_url_is(const char *target);

/*!
 * \brief Parses a Redis URL.
 *
 * \param error  Receives, on failure, one line with the mistake and its remedy; it never contains
 *               the password.
 *
 * \retval 0        `*url` is complete, including the defaults.
 * \retval -EINVAL  See `error`.
 */
int redis_url_parse(struct redis_url *url, const char *target, char *error, size_t error_size);

/*!
 * \brief Overwrites the password in the text of a URL with `x`, in place.
 *
 * Call it for the arguments of the command line when they have been parsed, because ps(1) shows
 * these arguments. A target that is not a URL is not changed.
 */
void redis_url_conceal(char *target);

/*! \brief Wipes user and password, in a process that does not connect to the server. */
void redis_url_forget(struct redis_url *url);

/*!
 * \brief Wipes the password in the environment, which /proc/PID/environ shows, and removes the
 *        variable. Call it after the last target was parsed.
 */
void redis_url_forget_environment(void);
