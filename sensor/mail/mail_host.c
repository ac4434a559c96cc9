/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/mail/mail_host.h"

#include <idn2.h>
#include <string.h>

static bool may_convert(struct mail_host_budget *budget, size_t size)
{
	if (budget->used + size * MAIL_HOST_SHARE > MAIL_HOST_MOST * MAIL_HOST_SHARE) {
		return false;
	}
	budget->used += size * MAIL_HOST_SHARE;
	return true;
}

bool mail_host_read(struct mail_host_budget *budget, const char *text, size_t size,
                    struct dns_name *name, bool *unjudged)
{
	char *ascii = NULL;
	char host[DNS_NAME_TEXT_MAX];
	bool has_8bit = false, has_nul = false;
	*unjudged = false;
	if (size == 0 || size >= sizeof(host)) {
		return false;
	}
	for (size_t i = 0; i < size; i++) {
		has_8bit = has_8bit || (unsigned char)text[i] >= 0x80;
		has_nul = has_nul || text[i] == '\0';
		host[i] = text[i];
	}
	host[size] = '\0';
	/* A NUL would end the text that is converted. */
	if (!has_8bit || has_nul) {
		return dns_name_from_host(text, size, name) == DNS_NAME_OK;
	}
	*unjudged = !may_convert(budget, size);
	if (*unjudged || idn2_to_ascii_8z(host, &ascii, IDN2_NONTRANSITIONAL) != IDN2_OK) {
		/* The text is not a valid U-label, but rules may still match the labels above
		 * it. */
		return dns_name_from_host(text, size, name) == DNS_NAME_OK;
	}
	bool read = dns_name_from_host(ascii, strlen(ascii), name) == DNS_NAME_OK;
	idn2_free(ascii);
	return read;
}
