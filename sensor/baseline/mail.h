/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Learned baselines of mail: which servers take the mail of a domain, their greetings,
 *        whether they offer STARTTLS, whether sessions use TLS, and the keys of their certificates.
 *
 * The table has each server under a name of its own, which is made of its address (servers.h). What
 * a server has shown belongs to the server. The owner of a change is the domain to which the mail
 * is sent. With TLS, this domain is encrypted, so the owner of a change of a certificate is the
 * name of the server.
 */
#pragma once

#include <netinet/in.h>

#include "history/rows/mail_row.h"
#include "sensor/baseline/baseline.h"

/*! \brief What a session has shown when a recipient was named. All pointers are borrowed. */
struct baseline_mail {
	const uint8_t *domain; /*!< The domain of the recipient, in wire format. */
	size_t domain_size;
	const struct in6_addr *server;
	const struct in6_addr *client;
	const char *banner; /*!< The host name in the greeting; NULL: it was not seen. */
	size_t banner_size;
	bool offer_seen;  /*!< A reply to EHLO was seen. */
	bool offered;     /*!< The reply offered STARTTLS. */
	bool overwritten; /*!< The reply had another keyword in place of STARTTLS. */
	bool tls;         /*!< The session has TLS. */
};

/*! \brief Returns true if a rule learns something about mail. */
bool baseline_learns_mail(const struct baseline *baseline);

/*! \brief Reports what is new about a mail, and learns it. */
void baseline_mail(struct baseline *baseline, const struct baseline_mail *mail, int64_t time_ns,
                   baseline_emit_t emit, void *ctx);

/*! \brief Learns what the server of a session with TLS has shown. `domain` is not used. */
void baseline_mail_server(struct baseline *baseline, const struct baseline_mail *mail,
                          int64_t time_ns);

/*!
 * \brief Learns the key of a server's certificate. Reports the key if the server is known, but with
 *        other keys only.
 *
 * \param name  The name of the server, which is the owner of the change.
 * \param key   The SHA-256 hash of the SubjectPublicKeyInfo.
 */
void baseline_certificate(struct baseline *baseline, const struct in6_addr *server,
                          const struct dns_name *name, const uint8_t key[HISTORY_HASH_SIZE],
                          int64_t time_ns, baseline_emit_t emit, void *ctx);
