/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/dns/dns_service.h"

#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/ascii.h"
#include "base/text.h"

static const char *const KEYS[] = {
	"mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint",
};

#define KEYS_COUNT (sizeof(KEYS) / sizeof(KEYS[0]))

static char *put_text(char *at, const char *text)
{
	size_t size = strlen(text);
	memcpy(at, text, size);
	return at + size;
}

static char *put_key(unsigned key, char *at)
{
	return key < KEYS_COUNT ? put_text(at, KEYS[key]) : text_number(put_text(at, "key"), key);
}

/* Writes the separator before each element of a list but the first. */
static char *put_comma(char *at, const char *list)
{
	if (at > list) {
		*at++ = ',';
	}
	return at;
}

static char *put_keys(struct cursor *value, char *text)
{
	char *at = text;
	while (cursor_left(value) > 0) {
		at = put_comma(at, text);
		at = put_key(cursor_u16(value), at);
	}
	return at;
}

static char *put_octets(char *at, const uint8_t *octets, size_t count)
{
	for (size_t i = 0; octets != NULL && i < count; i++) {
		uint8_t octet = octets[i];
		/* Characters with a meaning in the presentation form are escaped. */
		if (octet > 0x20 && octet < 0x7f && strchr("\"\\,;()", octet) == NULL) {
			*at++ = (char)octet;
		} else {
			at = text_escape(at, octet);
		}
	}
	return at;
}

static char *put_protocols(struct cursor *value, char *text)
{
	char *at = text;
	while (cursor_left(value) > 0) {
		uint8_t length = cursor_u8(value);
		at = put_comma(at, text);
		at = put_octets(at, cursor_take(value, length), length);
	}
	return at;
}

static char *put_addresses(struct cursor *value, size_t octets, char *text)
{
	char *at = text;
	while (cursor_left(value) > 0) {
		const uint8_t *addr = cursor_take(value, octets);
		at = put_comma(at, text);
		if (addr != NULL) {
			at = octets == 4 ? text_ipv4(at, addr) : text_ipv6(at, addr);
		}
	}
	return at;
}

static char *put_value(unsigned key, struct cursor *value, char *at)
{
	size_t left = cursor_left(value);
	switch (key) {
	case DNS_SERVICE_MANDATORY:
		return put_keys(value, at);
	case DNS_SERVICE_ALPN:
		return put_protocols(value, at);
	case DNS_SERVICE_PORT:
		return text_number(at, cursor_u16(value));
	case DNS_SERVICE_IPV4HINT:
		return put_addresses(value, 4, at);
	case DNS_SERVICE_IPV6HINT:
		return put_addresses(value, 16, at);
	default:
		return put_octets(at, cursor_take(value, left), left);
	}
}

size_t dns_service_text(struct cursor *c, char *text)
{
	char *at = text;
	while (cursor_left(c) > 0) {
		unsigned key = cursor_u16(c);
		uint16_t length = cursor_u16(c);
		struct cursor value = cursor_fence(c, length);
		if (at > text) {
			*at++ = ' ';
		}
		at = put_key(key, at);
		if (length > 0) {
			*at++ = '=';
			at = put_value(key, &value, at);
		}
		if (value.failed || cursor_left(&value) > 0) {
			c->failed = true;
		}
	}
	return (size_t)(at - text);
}

bool dns_service_key_read(const char *text, size_t size, unsigned *key)
{
	char name[16], after;
	for (unsigned i = 0; i < KEYS_COUNT; i++) {
		if (strlen(KEYS[i]) == size && memcmp(KEYS[i], text, size) == 0) {
			*key = i;
			return true;
		}
	}
	if (size <= 3 || size >= sizeof(name) || !ascii_is_digit(text[3])) {
		return false;
	}
	memcpy(name, text, size);
	name[size] = '\0';
	return sscanf(name, "key%5u%c", key, &after) == 1 && *key <= UINT16_MAX;
}

void dns_service_hints_begin(struct dns_service_hints *hints, struct cursor parameters)
{
	*hints = (struct dns_service_hints){ .at = parameters, .octets = 4 };
}

bool dns_service_hints_next(struct dns_service_hints *hints, struct in6_addr *addr)
{
	for (;;) {
		if (cursor_left(&hints->value) >= hints->octets) {
			const uint8_t *octets = cursor_take(&hints->value, hints->octets);
			if (hints->octets == 4) {
				address_map_ipv4(addr, octets);
			} else {
				memcpy(addr, octets, sizeof(*addr));
			}
			return true;
		}
		if (cursor_left(&hints->at) == 0) {
			return false;
		}
		unsigned key = cursor_u16(&hints->at);
		uint16_t length = cursor_u16(&hints->at);
		struct cursor value = cursor_fence(&hints->at, length);
		if (key == DNS_SERVICE_IPV4HINT || key == DNS_SERVICE_IPV6HINT) {
			hints->value = value;
			hints->octets = key == DNS_SERVICE_IPV4HINT ? 4 : 16;
		}
	}
}
