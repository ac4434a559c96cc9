/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What a TLS server says of itself in the clear: its version, and up to TLS 1.2
 *        the names in its certificate (RFC 5246, 7.4.2; RFC 5280, 4.2.1.6).
 *
 * A push reader of the server's first bytes: ServerHello, then Certificate. In
 * TLS 1.3 the certificate is encrypted, in a resumed session there is none.
 * Nothing is verified: the names are a claim.
 *
 * Ownership: the caller's struct holds all state, nothing is allocated.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "parsers/tls/tls_message.h"

/*! \brief Octets kept of a message; of a longer Certificate the names up to there are told. */
#define TLS_CERTIFICATE_MAX 8192

enum tls_certificate_status {
	TLS_CERTIFICATE_MORE, /*!< Feed on. */
	TLS_CERTIFICATE_DONE, /*!< All there is to know is known. */
	TLS_CERTIFICATE_BAD,  /*!< No TLS server. The version may be known. */
};

struct tls_certificate {
	enum tls_certificate_status status;
	uint16_t version;     /*!< As agreed: 0x0303 is TLS 1.2; 0: not known. */
	uint16_t name_pos;    /*!< Where the subject's common name stands. */
	uint16_t name_size;   /*!< 0: there is none. */
	uint16_t others_pos;  /*!< The content of subjectAltName. */
	uint16_t others_size; /*!< 0: there is none. */
	struct tls_message tls;
	uint8_t message[TLS_CERTIFICATE_MAX];
};

/*! \brief Starts at the first octet of the server's TLS stream. */
void tls_certificate_init(struct tls_certificate *certificate);

/*!
 * \brief Takes the next bytes; those behind what is wanted are passed over.
 *
 * \return The status, which no longer changes once it is not TLS_CERTIFICATE_MORE.
 */
enum tls_certificate_status tls_certificate_feed(struct tls_certificate *certificate,
                                                 const uint8_t *bytes, size_t size);

/*!
 * \brief The server certificate's common name, the most specific one, as sent.
 *
 * \param size  Out: its octets; 0 if there is none.
 *
 * \return A view that lives until the next feed, NULL if there is none.
 */
const char *tls_certificate_name(const struct tls_certificate *certificate, size_t *size);

/*!
 * \brief The next of its alternative names of type dNSName, as sent.
 *
 * \param walk  0 to begin with, then as it was left.
 * \param size  Out: the name's octets.
 *
 * \return A view that lives until the next feed, NULL at the end.
 */
const char *tls_certificate_other(const struct tls_certificate *certificate, uint16_t *walk,
                                  size_t *size);
