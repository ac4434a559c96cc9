/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The URL of a syslog receiver, as given to --output.
 *
 *     syslog://HOST[:PORT][?OPTIONS]        TCP (RFC 6587), port 514
 *     syslogs://HOST[:PORT][?OPTIONS]       TLS (RFC 5425), port 6514
 *     syslog+udp://HOST[:PORT][?OPTIONS]    UDP (RFC 5426), port 514
 *
 * OPTIONS: `as=cef` or `as=json`; `framing=octets` (RFC 6587, section 3.4.1) or
 * `framing=lines` (RFC 6587, section 3.4.2); `facility=0` to `facility=23`; for TLS `ca=`, `cert=`,
 * `tls-key=` and `sni=`, as in redis_url.h.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "sensor/redis/redis_url.h"
#include "sensor/syslog/syslog_message.h"

/*! \brief How the end of a message is found in a stream. */
enum syslog_framing { SYSLOG_OCTETS, SYSLOG_LINES };

struct syslog_url {
	/*! The host, the port and the files of TLS, in the form that transport.h takes. `scheme` is
	 * REDIS_URL_TCP also for UDP. */
	struct redis_url server;
	bool udp;
	enum syslog_form form;
	enum syslog_framing framing;
	unsigned facility;
	char name[512]; /*!< The URL with its port and form, for messages. */
	uint64_t hash;  /*!< Identifies the output. */
};

/*! \brief Returns whether a target of --output is a syslog URL. */
bool syslog_url_is(const char *target);

/*!
 * \brief Parses a URL.
 *
 * \param error  Receives, on failure, one line with the mistake and its remedy.
 *
 * \retval 0        `*url` is complete.
 * \retval -EINVAL  See `error`.
 */
int syslog_url_parse(struct syslog_url *url, const char *target, char *error, size_t error_size);
