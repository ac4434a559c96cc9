/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/text.h"
#include "parsers/dns/dns.h"
#include "parsers/dns/dns_codes.h"
#include "parsers/dns/dns_field.h"
#include "parsers/dns/dns_name_read.h"

/*
 * The layout of RDATA, with a letter for each field:
 *   n  a domain name, possibly compressed
 *   1  an 8-bit number    2  a 16-bit number    4  a 32-bit number
 *   a  an IPv4 address    6  an IPv6 address
 *   s  a character-string t  one or more of them, to the end
 *   g  a character-string that is a bare word (CAA's tag)
 *   T  a type             D  a time (RRSIG)     M  a bitmap of types (NSEC)
 *   S  a salt, and H a hash, with their lengths (NSEC3)
 *   P  service parameters (SVCB)
 * and, to the end: v quoted text, h hex digits, b base64.
 */
static const char *const LAYOUTS[] = {
	[DNS_TYPE_A] = "a",          [DNS_TYPE_NS] = "n",
	[DNS_TYPE_CNAME] = "n",      [DNS_TYPE_SOA] = "nn44444",
	[DNS_TYPE_PTR] = "n",        [DNS_TYPE_HINFO] = "ss",
	[DNS_TYPE_MX] = "2n",        [DNS_TYPE_TXT] = "t",
	[DNS_TYPE_RP] = "nn",        [DNS_TYPE_AFSDB] = "2n",
	[DNS_TYPE_AAAA] = "6",       [DNS_TYPE_SRV] = "222n",
	[DNS_TYPE_NAPTR] = "22sssn", [DNS_TYPE_KX] = "2n",
	[DNS_TYPE_DNAME] = "n",      [DNS_TYPE_DS] = "211h",
	[DNS_TYPE_SSHFP] = "11h",    [DNS_TYPE_RRSIG] = "T114DD2nb",
	[DNS_TYPE_NSEC] = "nM",      [DNS_TYPE_DNSKEY] = "211b",
	[DNS_TYPE_NSEC3] = "112SHM", [DNS_TYPE_NSEC3PARAM] = "112S",
	[DNS_TYPE_TLSA] = "111h",    [DNS_TYPE_SMIMEA] = "111h",
	[DNS_TYPE_CDS] = "211h",     [DNS_TYPE_CDNSKEY] = "211b",
	[DNS_TYPE_OPENPGPKEY] = "b", [DNS_TYPE_CSYNC] = "42M",
	[DNS_TYPE_ZONEMD] = "411h",  [DNS_TYPE_SVCB] = "2nP",
	[DNS_TYPE_HTTPS] = "2nP",    [DNS_TYPE_SPF] = "t",
	[DNS_TYPE_URI] = "22v",      [DNS_TYPE_CAA] = "1gv",
};

const char *dns_rdata_layout(uint16_t type)
{
	return type < sizeof(LAYOUTS) / sizeof(LAYOUTS[0]) ? LAYOUTS[type] : NULL;
}

/* Returns a cursor over the message up to the end of the RDATA. It begins at the message, because
 * compression pointers lead out of the RDATA. */
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
	const char *fields = entry->rdata != NULL ? dns_rdata_layout(entry->type) : NULL;
	size_t numbers = 0;
	if (fields == NULL) {
		return 0;
	}
	while (fields[numbers] == '2') {
		numbers++;
	}
	if (fields[numbers] != 'n') {
		return 0;
	}
	struct cursor c = rdata_cursor(message, entry);
	cursor_skip(&c, 2 * numbers);
	return dns_name_read(&c, message->size, name, message->memo) == DNS_NAME_OK ? 1
	                                                                            : DNS_BAD_RDATA;
}

bool dns_rdata_is_name(const struct dns_message *message, const struct dns_entry *entry,
                       struct dns_name *name)
{
	const char *fields = entry->rdata != NULL ? dns_rdata_layout(entry->type) : NULL;
	if (fields == NULL || fields[0] != 'n' || fields[1] != '\0') {
		return false;
	}
	struct cursor c = rdata_cursor(message, entry);
	return dns_name_read(&c, message->size, name, message->memo) == DNS_NAME_OK &&
	       cursor_left(&c) == 0;
}

bool dns_rdata_address(const struct dns_entry *entry, struct in6_addr *addr)
{
	if (entry->type == DNS_TYPE_A && entry->rdata_size == 4) {
		address_map_ipv4(addr, entry->rdata);
		return true;
	}
	if (entry->type == DNS_TYPE_AAAA && entry->rdata_size == 16) {
		memcpy(addr, entry->rdata, 16);
		return true;
	}
	return false;
}

void dns_rdata_service(const struct dns_message *message, const struct dns_entry *entry,
                       struct cursor *parameters)
{
	struct dns_name target;
	*parameters = rdata_cursor(message, entry);
	cursor_skip(parameters, 2);
	(void)dns_name_read(parameters, message->size, &target, message->memo);
}

size_t dns_rdata_generic_text(const struct dns_entry *entry, char *text)
{
	size_t size = (size_t)sprintf(text, "\\# %u", entry->rdata_size);
	if (entry->rdata_size > 0) {
		text[size++] = ' ';
	}
	char *end = text_hex(text + size, entry->rdata, entry->rdata_size);
	*end = '\0';
	return (size_t)(end - text);
}

size_t dns_rdata_text(const struct dns_message *message, const struct dns_entry *entry, char *text)
{
	const char *fields = dns_rdata_layout(entry->type);
	if (fields == NULL || entry->rdata == NULL) {
		return dns_rdata_generic_text(entry, text);
	}
	struct cursor c = rdata_cursor(message, entry);
	size_t size = 0;
	for (const char *field = fields; *field != '\0'; field++) {
		/* An empty list of parameters or types is omitted together with its blank. */
		size_t blank = size > 0 ? 1 : 0;
		size_t written = dns_field_text(&c, message, *field, text + size + blank);
		if (written == 0) {
			continue;
		}
		if (blank > 0) {
			text[size] = ' ';
		}
		size += blank + written;
	}
	if (c.failed || cursor_left(&c) > 0) {
		return dns_rdata_generic_text(entry, text);
	}
	text[size] = '\0';
	return size;
}

/* Returns the size of a field in octets. It is called only for fields before the last name of the
 * RDATA. */
static size_t field_size(const struct cursor *c, char field)
{
	switch (field) {
	case '1':
		return 1;
	case '2':
	case 'T':
		return 2;
	case '4':
	case 'D':
		return 4;
	default: /* a character-string: an octet with its length, and that number of octets */
		return cursor_left(c) > 0 ? 1u + c->wire[c->pos] : 1;
	}
}

static bool copy_octets(struct cursor *c, size_t size, uint8_t *data, size_t room, size_t *used)
{
	const uint8_t *octets = cursor_take(c, size);
	if (octets == NULL || size > room - *used) {
		return false;
	}
	memcpy(data + *used, octets, size);
	*used += size;
	return true;
}

static bool copy_name(struct cursor *c, const struct dns_message *message, uint8_t *data,
                      size_t room, size_t *used)
{
	struct dns_name name;
	if (dns_name_read(c, message->size, &name, message->memo) != DNS_NAME_OK ||
	    name.size > room - *used) {
		return false;
	}
	memcpy(data + *used, name.wire, name.size);
	*used += name.size;
	return true;
}

int dns_rdata_canonical(const struct dns_message *message, const struct dns_entry *entry,
                        uint8_t *data, size_t room)
{
	const char *fields = dns_rdata_layout(entry->type);
	const char *last = fields != NULL ? strrchr(fields, 'n') : NULL;
	struct cursor c = rdata_cursor(message, entry);
	size_t used = 0;
	for (const char *field = fields; last != NULL && field <= last; field++) {
		bool good = *field == 'n'
		                    ? copy_name(&c, message, data, room, &used)
		                    : copy_octets(&c, field_size(&c, *field), data, room, &used);
		if (!good) {
			return -1;
		}
	}
	return copy_octets(&c, cursor_left(&c), data, room, &used) ? (int)used : -1;
}
