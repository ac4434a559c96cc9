/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/dns/dns_service.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/ascii.h"

static const char *const KEYS[] = {
	"mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint",
};

#define KEYS_COUNT (sizeof(KEYS) / sizeof(KEYS[0]))

static size_t put_key(unsigned key, char *text)
{
	return key < KEYS_COUNT ? (size_t)sprintf(text, "%s", KEYS[key])
	                        : (size_t)sprintf(text, "key%u", key);
}

static size_t put_keys(struct cursor *value, char *text)
{
	size_t size = 0;
	while (cursor_left(value) > 0) {
		size += size > 0 ? (size_t)sprintf(text + size, ",") : 0;
		size += put_key(cursor_u16(value), text + size);
	}
	return size;
}

static size_t put_octets(char *text, const uint8_t *octets, size_t count)
{
	size_t size = 0;
	for (size_t i = 0; octets != NULL && i < count; i++) {
		uint8_t octet = octets[i];
		/* Characters with a meaning in the presentation form are escaped. */
		bool bare = octet > 0x20 && octet < 0x7f && strchr("\"\\,;()", octet) == NULL;
		size += (size_t)sprintf(text + size, bare ? "%c" : "\\%03u", octet);
	}
	return size;
}

static size_t put_protocols(struct cursor *value, char *text)
{
	size_t size = 0;
	while (cursor_left(value) > 0) {
		uint8_t length = cursor_u8(value);
		size += size > 0 ? (size_t)sprintf(text + size, ",") : 0;
		size += put_octets(text + size, cursor_take(value, length), length);
	}
	return size;
}

static size_t put_addresses(struct cursor *value, int family, size_t octets, char *text)
{
	size_t size = 0;
	while (cursor_left(value) > 0) {
		const uint8_t *addr = cursor_take(value, octets);
		size += size > 0 ? (size_t)sprintf(text + size, ",") : 0;
		if (addr != NULL &&
		    inet_ntop(family, addr, text + size, INET6_ADDRSTRLEN) != NULL) {
			size += strlen(text + size);
		}
	}
	return size;
}

static size_t put_value(unsigned key, struct cursor *value, char *text)
{
	size_t left = cursor_left(value);
	switch (key) {
	case DNS_SERVICE_MANDATORY:
		return put_keys(value, text);
	case DNS_SERVICE_ALPN:
		return put_protocols(value, text);
	case DNS_SERVICE_PORT:
		return (size_t)sprintf(text, "%u", cursor_u16(value));
	case DNS_SERVICE_IPV4HINT:
		return put_addresses(value, AF_INET, 4, text);
	case DNS_SERVICE_IPV6HINT:
		return put_addresses(value, AF_INET6, 16, text);
	default:
		return put_octets(text, cursor_take(value, left), left);
	}
}

size_t dns_service_text(struct cursor *c, char *text)
{
	size_t size = 0;
	while (cursor_left(c) > 0) {
		unsigned key = cursor_u16(c);
		uint16_t length = cursor_u16(c);
		struct cursor value = cursor_fence(c, length);
		size += size > 0 ? (size_t)sprintf(text + size, " ") : 0;
		size += put_key(key, text + size);
		if (length > 0) {
			text[size++] = '=';
			size += put_value(key, &value, text + size);
		}
		if (value.failed || cursor_left(&value) > 0) {
			c->failed = true;
		}
	}
	return size;
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
