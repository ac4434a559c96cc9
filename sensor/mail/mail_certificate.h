/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads the certificate of a server, in memory that is only used meanwhile. Private to
 *        sensor/mail/.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/memory/memory_budget.h"
#include "parsers/tls/tls_certificate.h"
#include "sensor/flow/transcript.h"

/*! \brief The certificate of a session. All zeros: none was read yet. */
struct mail_certificate {
	struct tls_certificate *read; /*!< NULL unless the certificate is being read. */
};

enum mail_certificate_state {
	MAIL_CERTIFICATE_MORE,
	MAIL_CERTIFICATE_READ,    /*!< `read` is set until mail_certificate_end(). */
	MAIL_CERTIFICATE_NO_ROOM, /*!< Out of memory. */
};

/*! \brief Reads octets of TLS. \param texts  The share of the memory; NULL: no limit. */
enum mail_certificate_state mail_certificate_feed(struct mail_certificate *certificate,
                                                  struct memory_share *texts, const uint8_t *bytes,
                                                  size_t size);

/*! \brief Adds the names and the version of a certificate to a transcript. */
void mail_certificate_keep(const struct mail_certificate *certificate,
                           struct transcript *transcript);

/*! \brief Frees the memory. */
void mail_certificate_end(struct mail_certificate *certificate, struct memory_share *texts);
