/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/mail/mail_certificate.h"

#include <stdbool.h>
#include <stdlib.h>

static bool begin(struct mail_certificate *certificate, struct memory_share *texts)
{
	size_t size = sizeof(*certificate->read);
	if (texts != NULL && !memory_budget_take(texts, size)) {
		return false;
	}
	certificate->read = malloc(size);
	if (certificate->read != NULL) {
		tls_certificate_init(certificate->read);
	} else if (texts != NULL) {
		memory_budget_give(texts, size);
	}
	return certificate->read != NULL;
}

enum mail_certificate_state mail_certificate_feed(struct mail_certificate *certificate,
                                                  struct memory_share *texts, const uint8_t *bytes,
                                                  size_t size)
{
	if (certificate->read == NULL && !begin(certificate, texts)) {
		return MAIL_CERTIFICATE_NO_ROOM;
	}
	return tls_certificate_feed(certificate->read, bytes, size) == TLS_CERTIFICATE_MORE
	               ? MAIL_CERTIFICATE_MORE
	               : MAIL_CERTIFICATE_READ;
}

void mail_certificate_keep(const struct mail_certificate *certificate,
                           struct transcript *transcript)
{
	size_t size;
	uint16_t walk = 0;
	const char *name = tls_certificate_name(certificate->read, &size);
	if (name != NULL) {
		transcript_keep(transcript, &transcript->certificate_name, name, size);
	}
	while ((name = tls_certificate_other(certificate->read, &walk, &size)) != NULL) {
		transcript_add_certificate_name(transcript, name, size);
	}
	transcript->tls_version = certificate->read->version;
}

void mail_certificate_end(struct mail_certificate *certificate, struct memory_share *texts)
{
	if (certificate->read != NULL && texts != NULL) {
		memory_budget_give(texts, sizeof(*certificate->read));
	}
	free(certificate->read);
	certificate->read = NULL;
}
