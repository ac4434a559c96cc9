/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/intake/ports.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"

static bool parse_list(struct port_set *set, const char *list, size_t size, char *error,
                       size_t error_size)
{
	memset(set, 0, sizeof(*set));
	for (size_t at = 0; at <= size;) {
		char *end;
		unsigned long port = ascii_is_digit(list[at]) ? strtoul(list + at, &end, 10) : 0;
		if (port == 0 || port > 65535 || (size_t)(end - list) > size ||
		    ((size_t)(end - list) < size && *end != ',')) {
			(void)snprintf(error, error_size,
			               "'%.*s' is no list of ports (1 to 65535, "
			               "separated by commas)",
			               (int)size, list);
			return false;
		}
		set->bits[port / 8] |= (uint8_t)(1U << (port % 8));
		at = (size_t)(end - list) + 1;
	}
	return true;
}

static bool parse_protocol(struct ports *ports, const char *text, size_t size, char *error,
                           size_t error_size)
{
	if (size > 4 && strncmp(text, "dns=", 4) == 0) {
		return parse_list(&ports->dns, text + 4, size - 4, error, error_size);
	}
	if (size > 5 && strncmp(text, "smtp=", 5) == 0) {
		return parse_list(&ports->smtp, text + 5, size - 5, error, error_size);
	}
	(void)snprintf(error, error_size,
	               "'%.*s': expected dns=PORT[,PORT...] or smtp=PORT[,PORT...], "
	               "separated by ';'",
	               (int)size, text);
	return false;
}

bool ports_parse(struct ports *ports, const char *spec, char *error, size_t error_size)
{
	struct ports parsed = *ports;
	do {
		size_t size = strcspn(spec, ";");
		if (!parse_protocol(&parsed, spec, size, error, error_size)) {
			return false;
		}
		spec += size + (spec[size] == ';');
	} while (*spec != '\0');
	*ports = parsed;
	return true;
}
