/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/bench/dns_builder.h"

#include <string.h>
#include <strings.h>

#define HEADER_SIZE 12
#define POINTER     0xc000

void dns_begin(struct dns_builder *dns, uint16_t id, uint16_t flags)
{
	dns->size = 0;
	dns->over = false;
	dns->names = 0;
	memset(dns->counts, 0, sizeof(dns->counts));
	dns_put16(dns, id);
	dns_put16(dns, flags);
	dns_put32(dns, 0);
	dns_put32(dns, 0);
}

void dns_put(struct dns_builder *dns, const void *bytes, size_t size)
{
	if (size > sizeof(dns->wire) - dns->size) {
		dns->over = true;
		return;
	}
	memcpy(dns->wire + dns->size, bytes, size);
	dns->size += size;
}

void dns_put16(struct dns_builder *dns, uint16_t value)
{
	const uint8_t bytes[] = { (uint8_t)(value >> 8), (uint8_t)value };
	dns_put(dns, bytes, sizeof(bytes));
}

void dns_put32(struct dns_builder *dns, uint32_t value)
{
	dns_put16(dns, (uint16_t)(value >> 16));
	dns_put16(dns, (uint16_t)value);
}

/* Names */

static uint16_t find(const struct dns_builder *dns, const char *name)
{
	for (unsigned i = 0; i < dns->names; i++) {
		if (strcasecmp(dns->known[i].text, name) == 0) {
			return dns->known[i].at;
		}
	}
	return 0;
}

static void remember(struct dns_builder *dns, const char *name)
{
	if (dns->names < DNS_NAMES) {
		dns->known[dns->names].at = (uint16_t)dns->size;
		strncpy(dns->known[dns->names].text, name, NAMES_MAX - 1);
		dns->known[dns->names++].text[NAMES_MAX - 1] = '\0';
	}
}

void dns_put_name(struct dns_builder *dns, const char *name, bool shrink)
{
	while (name[0] != '\0') {
		uint16_t at = shrink ? find(dns, name) : 0;
		if (at != 0) {
			dns_put16(dns, POINTER | at);
			return;
		}
		remember(dns, name);
		uint8_t length = (uint8_t)strcspn(name, ".");
		dns_put(dns, &length, 1);
		dns_put(dns, name, length);
		name += length + (name[length] == '.');
	}
	dns_put(dns, "", 1);
}

void dns_question(struct dns_builder *dns, const char *name, uint16_t type)
{
	dns_put_name(dns, name, true);
	dns_put16(dns, type);
	dns_put16(dns, 1);
	dns->counts[DNS_QUESTION]++;
}

/* Records */

static void begin_record(struct dns_builder *dns, enum dns_part part)
{
	dns->part = part;
	dns->record = dns->size;
}

void dns_record(struct dns_builder *dns, enum dns_part part, const char *owner, uint16_t type,
                uint32_t ttl)
{
	begin_record(dns, part);
	dns_put_name(dns, owner, true);
	dns_put16(dns, type);
	dns_put16(dns, 1);
	dns_put32(dns, ttl);
	dns_put16(dns, 0);
	dns->data = dns->size;
}

/* Pointers may lead to nothing but what stays in the message. */
static void forget_record(struct dns_builder *dns)
{
	dns->over = false;
	dns->size = dns->record;
	while (dns->names > 0 && dns->known[dns->names - 1].at >= dns->record) {
		dns->names--;
	}
}

void dns_record_end(struct dns_builder *dns)
{
	if (dns->over) {
		forget_record(dns);
		return;
	}
	size_t size = dns->size - dns->data;
	dns->wire[dns->data - 2] = (uint8_t)(size >> 8);
	dns->wire[dns->data - 1] = (uint8_t)size;
	dns->counts[dns->part]++;
}

void dns_opt(struct dns_builder *dns, bool dnssec_ok)
{
	begin_record(dns, DNS_ADDITIONAL);
	dns_put(dns, "", 1);
	dns_put16(dns, DNS_OPT);
	dns_put16(dns, 1232);
	dns_put32(dns, dnssec_ok ? 0x8000 : 0);
	dns_put16(dns, 0);
	dns->data = dns->size;
	dns_record_end(dns);
}

void dns_end(struct dns_builder *dns)
{
	for (int i = 0; i < 4; i++) {
		dns->wire[HEADER_SIZE - 8 + 2 * i] = (uint8_t)(dns->counts[i] >> 8);
		dns->wire[HEADER_SIZE - 7 + 2 * i] = (uint8_t)dns->counts[i];
	}
}
