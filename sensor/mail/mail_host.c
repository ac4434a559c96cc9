/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/mail/mail_host.h"

#include <idn2.h>
#include <string.h>

#include "base/text.h"

static bool may_convert(struct mail_host_budget *budget, size_t size)
{
	if (budget->used + size * MAIL_HOST_SHARE > MAIL_HOST_MOST * MAIL_HOST_SHARE) {
		return false;
	}
	budget->used += size * MAIL_HOST_SHARE;
	return true;
}

/* Returns true if the text has octets from 0x80 on. A NUL would end the text that is converted. */
static bool needs_conversion(const char *text, size_t size)
{
	bool has_8bit = false;
	if (text_plain(text, size) == size) {
		return false; /* as most names are */
	}
	for (size_t i = 0; i < size; i++) {
		has_8bit = has_8bit || (unsigned char)text[i] >= 0x80;
	}
	return has_8bit && memchr(text, '\0', size) == NULL;
}

bool mail_host_read(struct mail_host_budget *budget, const char *text, size_t size,
                    struct dns_name *name, bool *unjudged)
{
	char *ascii = NULL;
	char host[DNS_NAME_TEXT_MAX];
	*unjudged = false;
	if (size == 0 || size >= sizeof(host)) {
		return false;
	}
	if (!needs_conversion(text, size)) {
		return dns_name_from_host(text, size, name) == DNS_NAME_OK;
	}
	memcpy(host, text, size);
	host[size] = '\0';
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
