/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads the certificate of a server. The memory for this is allocated with the first octets,
 *        and freed by mail_certificate_end(). Private to sensor/mail/.
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
	/*! Reading has ended, also if the octets are not those of a TLS server. `read` stays set
	 * until mail_certificate_end(). */
	MAIL_CERTIFICATE_READ,
	MAIL_CERTIFICATE_NO_ROOM, /*!< Out of memory, or `texts` is exhausted. */
};

/*! \brief Reads octets of TLS. \param texts  The budget that the memory is taken from; NULL: no
 *         limit. */
enum mail_certificate_state mail_certificate_feed(struct mail_certificate *certificate,
                                                  struct memory_share *texts, const uint8_t *bytes,
                                                  size_t size);

/*! \brief Adds the names in a certificate, and the version of TLS, to a transcript. */
void mail_certificate_keep(const struct mail_certificate *certificate,
                           struct transcript *transcript);

/*! \brief Frees the memory. */
void mail_certificate_end(struct mail_certificate *certificate, struct memory_share *texts);
