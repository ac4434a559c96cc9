/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The cleartext part of a TLS server's handshake: its version, and up to TLS 1.2
 *        the names in its certificate (RFC 5246, 7.4.2; RFC 5280, 4.2.1.6).
 *
 * A push reader of the server's first octets: ServerHello, then Certificate. In
 * TLS 1.3 the certificate is encrypted; a resumed session has no certificate.
 * Nothing is verified: the names are a claim.
 *
 * Ownership: the caller's struct holds all state, nothing is allocated.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "parsers/tls/tls_message.h"

/*! \brief Octets kept of a message; names in the rest of a longer Certificate are not read. */
#define TLS_CERTIFICATE_MAX 8192

enum tls_certificate_status {
	TLS_CERTIFICATE_MORE, /*!< More octets are needed. */
	TLS_CERTIFICATE_DONE, /*!< The names, if any, are known. */
	TLS_CERTIFICATE_BAD,  /*!< Not a TLS server. The version may be known. */
};

struct tls_certificate {
	enum tls_certificate_status status;
	uint16_t version;     /*!< As agreed: 0x0303 is TLS 1.2; 0: not known. */
	uint16_t name_pos;    /*!< Position of the subject's common name in `message`. */
	uint16_t name_size;   /*!< 0: it has no common name. */
	uint16_t others_pos;  /*!< Position of the content of subjectAltName. */
	uint16_t others_size; /*!< 0: it has no subjectAltName. */
	struct tls_message tls;
	uint8_t message[TLS_CERTIFICATE_MAX];
};

/*! \brief Starts at the first octet of the server's TLS stream. */
void tls_certificate_init(struct tls_certificate *certificate);

/*!
 * \brief Takes the next octets; those after the last message that is read are ignored.
 *
 * \return The status, which no longer changes once it is not TLS_CERTIFICATE_MORE.
 */
enum tls_certificate_status tls_certificate_feed(struct tls_certificate *certificate,
                                                 const uint8_t *bytes, size_t size);

/*!
 * \brief The server certificate's common name, the most specific one, as sent.
 *
 * \param size  Out: its octets; 0 without a name.
 *
 * \return A view that is valid until the next feed, or NULL.
 */
const char *tls_certificate_name(const struct tls_certificate *certificate, size_t *size);

/*!
 * \brief The next alternative name of type dNSName, as sent.
 *
 * \param walk  In: 0 for the first name; out: the position for the next call.
 * \param size  Out: the name's octets.
 *
 * \return A view that is valid until the next feed, NULL after the last name.
 */
const char *tls_certificate_other(const struct tls_certificate *certificate, uint16_t *walk,
                                  size_t *size);
