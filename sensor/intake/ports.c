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
			(void)snprintf(
			        error, error_size,
			        "'%.*s' is not a list of ports (1 to 65535, separated by commas)",
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

/* The tunnels that UDP may carry. */
static const struct {
	const char *name;
	enum tunnel_kind kind;
} TUNNEL_NAMES[] = {
#define X(name, text) { text, TUNNEL_##name },
	TUNNELS(X)
#undef X
};

static bool is_over_udp(enum tunnel_kind kind)
{
	return kind != TUNNEL_IP && kind != TUNNEL_ERSPAN && kind != TUNNEL_ETHERIP;
}

static enum tunnel_kind find_tunnel(const char *name, size_t size)
{
	for (size_t i = 0; i < sizeof(TUNNEL_NAMES) / sizeof(TUNNEL_NAMES[0]); i++) {
		if (strlen(TUNNEL_NAMES[i].name) == size &&
		    strncmp(TUNNEL_NAMES[i].name, name, size) == 0 &&
		    is_over_udp(TUNNEL_NAMES[i].kind)) {
			return TUNNEL_NAMES[i].kind;
		}
	}
	return TUNNEL_NONE;
}

static void list_tunnels(char *list, size_t room)
{
	size_t size = 0;
	list[0] = '\0';
	for (size_t i = 0; i < sizeof(TUNNEL_NAMES) / sizeof(TUNNEL_NAMES[0]); i++) {
		if (is_over_udp(TUNNEL_NAMES[i].kind) && size < room) {
			size += (size_t)snprintf(list + size, room - size, "%s%s",
			                         size > 0 ? ", " : "", TUNNEL_NAMES[i].name);
		}
	}
}

static bool refuse_tunnel(const char *item, size_t size, char *error, size_t error_size)
{
	char names[256];
	list_tunnels(names, sizeof(names));
	(void)snprintf(error, error_size,
	               "'%.*s': expected TUNNEL=PORT[,PORT...], where TUNNEL is one of %s",
	               (int)size, item, names);
	return false;
}

static bool add_tunnel_port(struct tunnel_ports *ports, enum tunnel_kind kind, const char *text,
                            size_t size, char *error, size_t error_size)
{
	char *end = NULL;
	unsigned long port = ascii_is_digit(text[0]) ? strtoul(text, &end, 10) : 0;
	if (port == 0 || port > 65535 || (size_t)(end - text) != size) {
		(void)snprintf(error, error_size, "'%.*s' is not a port (1 to 65535)", (int)size,
		               text);
		return false;
	}
	if (ports->count == TUNNEL_PORTS_MAX) {
		(void)snprintf(error, error_size, "more than %d ports", TUNNEL_PORTS_MAX);
		return false;
	}
	ports->extra[ports->count].port = (uint16_t)port;
	ports->extra[ports->count++].tunnel = (uint16_t)kind;
	return true;
}

bool ports_parse_tunnels(struct tunnel_ports *ports, const char *spec, char *error,
                         size_t error_size)
{
	struct tunnel_ports parsed = *ports;
	enum tunnel_kind kind = TUNNEL_NONE;
	for (const char *item = spec;; item++) {
		size_t size = strcspn(item, ",;");
		const char *equals = memchr(item, '=', size);
		if (equals != NULL) {
			kind = find_tunnel(item, (size_t)(equals - item));
		}
		if (kind == TUNNEL_NONE) {
			return refuse_tunnel(item, size, error, error_size);
		}
		const char *port = equals != NULL ? equals + 1 : item;
		if (!add_tunnel_port(&parsed, kind, port, (size_t)(item + size - port), error,
		                     error_size)) {
			return false;
		}
		item += size;
		if (*item == '\0') {
			*ports = parsed;
			return true;
		}
	}
}
