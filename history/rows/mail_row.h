/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Rows of mail: which server took mail for a domain, what a mail server has shown, and
 * single mails.
 *
 * Keys can come from a file or from another process, so every octet is checked.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"
#include "base/dns_name.h"

/*! \brief The largest local part and the largest host name of a greeting, in octets; longer ones
 * are cut. */
#define HISTORY_LOCAL_MAX 255
/*! \brief Octets of the hash of a certificate's key: SHA-256. */
#define HISTORY_HASH_SIZE 32

/*! \brief What a mail server has shown. The numbers are stored in files. */
enum history_fact {
	HISTORY_BANNER = 0, /*!< The host name in its greeting, in lower case. */
	/*! One octet: 1 if its reply to EHLO offered STARTTLS (RFC 3207), 2 if the offer was
	 * overwritten, else 0. */
	HISTORY_STARTTLS = 1,
	/*! One octet: 1 if TLS began in a session; 0 if a recipient was named without TLS. */
	HISTORY_TLS = 2,
	/*! The SHA-256 hash of the SubjectPublicKeyInfo of its certificate (RFC 5280, 4.1). */
	HISTORY_CERTIFICATE_KEY = 3,
	HISTORY_FACTS,
};

/*! \brief A mailbox; its parts are views. */
struct history_mailbox {
	/*! The domain in wire format and lower case; the root if the mailbox has no domain, or if
	 * it has an address literal in place of a domain. */
	const uint8_t *domain;
	uint8_t domain_size;
	/*! The local part as sent, but with ASCII letters in lower case. If the domain is the root,
	 * `local` is the whole mailbox. */
	const uint8_t *local;
	uint8_t local_size;
};

/*!
 * \brief Returns whether a mailbox has a local part, as rules compare it: a quoted local part
 *        equals the unquoted one (RFC 5321, 4.1.2).
 *
 * \param local  The local part, folded by mailbox_local_fold().
 */
bool history_mailbox_has(const struct history_mailbox *mailbox, const uint8_t *local, size_t size);

/*! \brief A row of mail without its value. The kind of its key determines which members are set. */
struct history_mail {
	struct in6_addr server; /*!< Set in all kinds of rows. IPv4 addresses are v4-mapped. */
	/*! A row of kind HISTORY_KEY_MAIL has only the domain. */
	struct history_mailbox recipient;

	/* HISTORY_KEY_SERVER */
	enum history_fact fact;
	const uint8_t *data; /*!< See enum history_fact. */
	uint8_t data_size;

	/* HISTORY_KEY_RECIPIENT */
	struct history_mailbox
	        sender;         /*!< A null sender has the root as domain and no local part. */
	uint64_t time_s;        /*!< The time of the RCPT command, in seconds since 1970 UTC. */
	struct in6_addr client; /*!< The client; for a connection from a proxy, the one that the
	                           proxy has named. */
	uint16_t reply_code;    /*!< The last reply to the recipient; 0: none was seen. */
	bool content;           /*!< Content of the mail was transferred, whole or in part. */
	bool tls;               /*!< The mail was sent after STARTTLS. */
};

/*! \brief Room for any key of a row of mail, in octets. */
#define HISTORY_MAIL_KEY_MAX (1 + 2 * (DNS_NAME_MAX + 1 + HISTORY_LOCAL_MAX) + 8 + 2 * 16 + 3)

/*! \brief Writes a key. `kind` is one of the kinds for mail. \return The octets written. */
size_t history_mail_key(const struct history_mail *mail, int kind,
                        uint8_t key[HISTORY_MAIL_KEY_MAX]);

/*!
 * \brief Reads the rest of a key after its first octet, which is `kind`.
 *
 * \param owner, sender  Memory for the domains.
 *
 * \return False if the octets are not exactly the rest of a key.
 */
bool history_mail_key_read(struct cursor *c, int kind, struct history_mail *mail,
                           uint8_t owner[DNS_NAME_MAX], uint8_t sender[DNS_NAME_MAX]);

/*!
 * \brief Writes a mailbox in the form that keys of the kinds HISTORY_KEY_RECIPIENT and
 * HISTORY_KEY_SENDER contain.
 *
 * \return The octets written, at most DNS_NAME_MAX + 1 + HISTORY_LOCAL_MAX.
 */
size_t history_mailbox_key(const struct history_mailbox *mailbox, uint8_t *key);
