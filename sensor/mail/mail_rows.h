/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Makes rows of the history from SMTP sessions.
 *
 * A mail is a transaction with at least one recipient. Each domain of its recipients gets one
 * sighting at the server. Facts about the server, such as its banner and the key in its
 * certificate, are added when they are seen.
 *
 * Limits: recipients that a transcript does not store have no rows, and are counted as dropped
 * rows.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "history/table.h"
#include "parsers/tls/tls_certificate.h"
#include "sensor/flow/flow.h"
#include "sensor/flow/transcript.h"
#include "sensor/mail/mail_host.h"

struct mail_rows {
	struct history_table *table; /*!< Borrowed; NULL: no rows of mail are kept. */
	bool mailboxes;              /*!< A row for each recipient is added. */
	struct mail_host_budget hosts;
};

/*!
 * \brief Adds a fact that the server of a session has shown.
 *
 * \param size  Octets of `data`; those beyond HISTORY_LOCAL_MAX are left out. If it is 0, nothing
 *              is added.
 */
void mail_rows_fact(const struct mail_rows *rows, const struct flow *flow, enum history_fact fact,
                    const uint8_t *data, size_t size);

/*! \brief Adds a row for the host name that is in the server's greeting. */
void mail_rows_banner(const struct mail_rows *rows, const struct flow *flow, struct smtp_text name);

/*! \brief Computes the SHA-256 hash of the key in a certificate. \return False if the key was not
 *         seen. */
bool mail_rows_hash(const struct tls_certificate *certificate, uint8_t hash[HISTORY_HASH_SIZE]);

/*! \brief Adds the hash of the key in the server's certificate, if the key was seen. */
void mail_rows_certificate(const struct mail_rows *rows, const struct flow *flow,
                           const struct tls_certificate *certificate);

/*!
 * \brief Adds the current mail of a transcript. Call it when the replies to the mail have been
 *        seen.
 *
 * \param content  Content of this mail was transferred, whole or in part.
 */
void mail_rows_mail(struct mail_rows *rows, const struct flow *flow,
                    const struct transcript *transcript, bool content);
