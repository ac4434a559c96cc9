/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "parsers/dns.h"
#include "parsers/dns_codes.h"

/*
 * How RDATA is laid out, a letter a field:
 *   n  a domain name, possibly compressed
 *   2  a 16-bit number    4  a 32-bit number
 *   a  an IPv4 address    6  an IPv6 address
 *   t  one or more character-strings, to the end
 */
struct layout {
	uint16_t type;
	const char *fields;
};

static const struct layout LAYOUTS[] = {
	{ DNS_TYPE_A, "a" },         { DNS_TYPE_NS, "n" },   { DNS_TYPE_CNAME, "n" },
	{ DNS_TYPE_SOA, "nn44444" }, { DNS_TYPE_PTR, "n" },  { DNS_TYPE_MX, "2n" },
	{ DNS_TYPE_TXT, "t" },       { DNS_TYPE_AAAA, "6" }, { DNS_TYPE_SRV, "222n" },
	{ DNS_TYPE_DNAME, "n" },     { DNS_TYPE_SPF, "t" },
};

static const char *find_layout(uint16_t type)
{
	for (size_t i = 0; i < sizeof(LAYOUTS) / sizeof(LAYOUTS[0]); i++) {
		if (LAYOUTS[i].type == type) {
			return LAYOUTS[i].fields;
		}
	}
	return NULL;
}

/* A cursor that ends with the RDATA, but starts with the message: compression
 * pointers lead back into it. */
static struct cursor rdata_cursor(const struct dns_message *message, const struct dns_entry *entry)
{
	size_t start = (size_t)(entry->rdata - message->wire);
	struct cursor c = cursor_init(message->wire, start + entry->rdata_size);
	cursor_seek(&c, start);
	return c;
}

int dns_rdata_name(const struct dns_message *message, const struct dns_entry *entry,
                   struct dns_name *name)
{
	const char *field = entry->rdata != NULL ? find_layout(entry->type) : NULL;
	if (field == NULL || strchr(field, 'n') == NULL) {
		return 0;
	}
	struct cursor c = rdata_cursor(message, entry);
	for (; *field == '2'; field++) {
		cursor_skip(&c, 2);
	}
	return dns_name_read(&c, name) == DNS_NAME_OK ? 1 : DNS_BAD_RDATA;
}

bool dns_rdata_address(const struct dns_entry *entry, struct in6_addr *addr)
{
	if (entry->type == DNS_TYPE_A && entry->rdata_size == 4) {
		memset(addr, 0, 10);
		memset(addr->s6_addr + 10, 0xff, 2);
		memcpy(addr->s6_addr + 12, entry->rdata, 4);
		return true;
	}
	if (entry->type == DNS_TYPE_AAAA && entry->rdata_size == 16) {
		memcpy(addr, entry->rdata, 16);
		return true;
	}
	return false;
}

static size_t put_string(struct cursor *c, char *text)
{
	uint8_t length = cursor_u8(c);
	const uint8_t *string = cursor_take(c, length);
	size_t size = 0;
	if (string == NULL) {
		return 0;
	}
	text[size++] = '"';
	for (uint8_t i = 0; i < length; i++) {
		uint8_t octet = string[i];
		if (octet < 0x20 || octet >= 0x7f) {
			size += (size_t)sprintf(text + size, "\\%03u", octet);
			continue;
		}
		if (octet == '"' || octet == '\\') {
			text[size++] = '\\';
		}
		text[size++] = (char)octet;
	}
	text[size++] = '"';
	return size;
}

static size_t put_strings(struct cursor *c, char *text)
{
	size_t size = put_string(c, text);
	while (cursor_left(c) > 0) {
		text[size++] = ' ';
		size += put_string(c, text + size);
	}
	return size;
}

static size_t put_name(struct cursor *c, char *text)
{
	struct dns_name name;
	return dns_name_read(c, &name) == DNS_NAME_OK ? dns_name_text(name.wire, text) : 0;
}

static size_t put_address(struct cursor *c, int family, size_t octets, char *text)
{
	const uint8_t *address = cursor_take(c, octets);
	if (address == NULL || inet_ntop(family, address, text, INET6_ADDRSTRLEN) == NULL) {
		return 0;
	}
	return strlen(text);
}

static size_t put_field(struct cursor *c, char field, char *text)
{
	switch (field) {
	case 'n':
		return put_name(c, text);
	case '2':
		return (size_t)sprintf(text, "%u", cursor_u16(c));
	case '4':
		return (size_t)sprintf(text, "%u", cursor_u32(c));
	case 'a':
		return put_address(c, AF_INET, 4, text);
	case '6':
		return put_address(c, AF_INET6, 16, text);
	default:
		return put_strings(c, text);
	}
}

static size_t put_unknown(const struct dns_entry *entry, char *text)
{
	static const char digits[] = "0123456789abcdef";
	size_t size = (size_t)sprintf(text, "\\# %u", entry->rdata_size);
	if (entry->rdata_size > 0) {
		text[size++] = ' ';
	}
	for (uint16_t i = 0; i < entry->rdata_size; i++) {
		text[size++] = digits[entry->rdata[i] >> 4];
		text[size++] = digits[entry->rdata[i] & 0xf];
	}
	text[size] = '\0';
	return size;
}

size_t dns_rdata_text(const struct dns_message *message, const struct dns_entry *entry, char *text)
{
	const char *fields = find_layout(entry->type);
	if (fields == NULL || entry->rdata == NULL) {
		return put_unknown(entry, text);
	}
	struct cursor c = rdata_cursor(message, entry);
	size_t size = 0;
	for (const char *field = fields; *field != '\0'; field++) {
		if (field != fields) {
			text[size++] = ' ';
		}
		size += put_field(&c, *field, text + size);
	}
	if (c.failed || cursor_left(&c) > 0) {
		return put_unknown(entry, text);
	}
	text[size] = '\0';
	return size;
}
