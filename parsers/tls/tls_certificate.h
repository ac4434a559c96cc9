/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads the version of TLS that a server chose and, if it is TLS 1.2 or older, the names and
 *        the key in its certificate (RFC 5246, 7.4.2; RFC 5280, 4.2.1.6).
 *
 * The caller feeds the server's octets. The parser reads the messages ServerHello and Certificate.
 * In TLS 1.3 the certificate is encrypted; a resumed session has no certificate. The certificate is
 * not verified, so its names may be false.
 *
 * Ownership: all state is in the caller's struct; nothing is allocated.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "parsers/tls/tls_message.h"

/*!
 * \brief The largest number of octets of a message that are stored. Names in the rest of a longer
 *        Certificate message are not read.
 */
#define TLS_CERTIFICATE_MAX 8192

enum tls_certificate_status {
	TLS_CERTIFICATE_MORE, /*!< More octets are needed. */
	/*! The messages were read. The names are known if the server sent a certificate in the
	 * clear. */
	TLS_CERTIFICATE_DONE,
	/*! The octets do not begin with a valid ServerHello. `version` is 0. */
	TLS_CERTIFICATE_BAD,
};

struct tls_certificate {
	enum tls_certificate_status status;
	uint16_t version; /*!< The version that the server chose, 0x0303 for TLS 1.2; 0: unknown. */
	uint16_t name_pos; /*!< Position of the subject's common name in `message`. */
	/*! The size of the name in octets; 0: the subject has no common name. */
	uint16_t name_size;
	uint16_t others_pos; /*!< Position of the content of subjectAltName. */
	/*! The size of the content of subjectAltName in octets; 0: there is no subjectAltName. */
	uint16_t others_size;
	uint16_t key_pos; /*!< Position of the subjectPublicKeyInfo. */
	/*! The size of the subjectPublicKeyInfo in octets; 0: the key was not seen, or is not
	 * complete. */
	uint16_t key_size;
	struct tls_message tls;
	uint8_t message[TLS_CERTIFICATE_MAX];
};

/*! \brief Starts at the first octet of the server's TLS stream. */
void tls_certificate_init(struct tls_certificate *certificate);

/*!
 * \brief Takes the next octets. Octets after the Certificate message are ignored.
 *
 * \return The status. Unless it is TLS_CERTIFICATE_MORE, further calls do not change it.
 */
enum tls_certificate_status tls_certificate_feed(struct tls_certificate *certificate,
                                                 const uint8_t *bytes, size_t size);

/*!
 * \brief Returns the common name in the server's certificate as sent. If there are several, it is
 *        the most specific one.
 *
 * \param size  Receives the number of octets of the name; 0 if there is no name.
 *
 * \return A view that is valid until the next tls_certificate_feed(), or NULL if there is no name.
 */
const char *tls_certificate_name(const struct tls_certificate *certificate, size_t *size);

/*!
 * \brief Returns the subjectPublicKeyInfo of the server's certificate (RFC 5280, 4.1.2.7) as sent:
 *        its tag, length and content.
 *
 * \param size  Receives the number of its octets; 0 if there is no key.
 *
 * \return A view that is valid until the next tls_certificate_feed(), or NULL if there is no key.
 */
const uint8_t *tls_certificate_key(const struct tls_certificate *certificate, size_t *size);

/*!
 * \brief Returns the next alternative name of type dNSName as sent.
 *
 * \param walk  Set it to 0 for the first name; each call sets it to the position of the next name.
 * \param size  Receives the number of octets of the name.
 *
 * \return A view that is valid until the next tls_certificate_feed(), or NULL after the last name.
 */
const char *tls_certificate_other(const struct tls_certificate *certificate, uint16_t *walk,
                                  size_t *size);
