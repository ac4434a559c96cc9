/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/report/formats/value_form.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/ascii.h"
#include "sensor/report/formats/report_out.h"

#define LABEL_MAX 63
#define HOST_MAX  253

static bool is_host(const char *text, size_t size)
{
	size_t label = 0;
	for (size_t i = 0; i < size; i++) {
		bool part = ascii_is_alphanumeric(text[i]) || text[i] == '-' || text[i] == '_';
		if (!part && (text[i] != '.' || label == 0)) {
			return false;
		}
		label = part ? label + 1 : 0;
		if (label > LABEL_MAX) {
			return false;
		}
	}
	return label > 0 && size <= HOST_MAX;
}

static bool is_mailbox(const char *text, size_t size)
{
	const char *at = memrchr(text, '@', size);
	if (at == NULL || at == text) {
		return false;
	}
	for (const char *c = text; c < at; c++) {
		if ((unsigned char)*c <= ' ' || *c == 0x7f ||
		    strchr("<>()[]:;,@\\\"", *c) != NULL) {
			return false;
		}
	}
	return is_host(at + 1, size - (size_t)(at + 1 - text));
}

enum value_form value_form(const struct report_text *value)
{
	struct in6_addr addr;
	if (!report_text_is_set(value) || strlen(value->text) != value->size) {
		return VALUE_OTHER;
	}
	if (inet_pton(AF_INET, value->text, &addr) == 1) {
		return VALUE_IPV4;
	}
	if (inet_pton(AF_INET6, value->text, &addr) == 1) {
		return VALUE_IPV6;
	}
	if (is_host(value->text, value->size)) {
		return VALUE_HOST;
	}
	return is_mailbox(value->text, value->size) ? VALUE_MAILBOX : VALUE_OTHER;
}
