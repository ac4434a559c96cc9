/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/dns/dns_field.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/civil.h"
#include "base/text.h"
#include "parsers/dns/dns_codes.h"
#include "parsers/dns/dns_name_read.h"
#include "parsers/dns/dns_service.h"

/* A bitmap has up to 65,536 types, and an attacker can set them all. */
#define BITMAP_TYPES_MAX 256

static size_t put_escaped(char *text, const uint8_t *octets, size_t count)
{
	size_t size = 0;
	for (size_t i = 0; i < count; i++) {
		if (octets[i] < 0x20 || octets[i] >= 0x7f) {
			size = (size_t)(text_escape(text + size, octets[i]) - text);
			continue;
		}
		if (octets[i] == '"' || octets[i] == '\\') {
			text[size++] = '\\';
		}
		text[size++] = (char)octets[i];
	}
	return size;
}

static size_t put_quoted(char *text, const uint8_t *octets, size_t count)
{
	size_t size = 0;
	text[size++] = '"';
	size += put_escaped(text + size, octets, count);
	text[size++] = '"';
	return size;
}

static size_t put_string(struct cursor *c, char *text)
{
	uint8_t length = cursor_u8(c);
	const uint8_t *string = cursor_take(c, length);
	return string != NULL ? put_quoted(text, string, length) : 0;
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

static size_t put_word(struct cursor *c, char *text)
{
	uint8_t length = cursor_u8(c);
	const uint8_t *word = cursor_take(c, length);
	return word != NULL ? put_escaped(text, word, length) : 0;
}

static size_t put_rest_quoted(struct cursor *c, char *text)
{
	size_t left = cursor_left(c);
	const uint8_t *rest = cursor_take(c, left);
	return rest != NULL ? put_quoted(text, rest, left) : 0;
}

static size_t put_hex(char *text, const uint8_t *octets, size_t count)
{
	return (size_t)(text_hex(text, octets, count) - text);
}

/* Takes the rest of the RDATA. Digests and keys are never empty, so the cursor fails if the rest is
 * empty. */
static const uint8_t *take_rest(struct cursor *c, size_t *count)
{
	*count = cursor_left(c);
	return cursor_take(c, *count > 0 ? *count : 1);
}

static size_t put_rest_hex(struct cursor *c, char *text)
{
	size_t count;
	const uint8_t *rest = take_rest(c, &count);
	return rest != NULL ? put_hex(text, rest, count) : 0;
}

static size_t put_rest_base64(struct cursor *c, char *text)
{
	size_t count;
	const uint8_t *rest = take_rest(c, &count);
	return rest != NULL ? (size_t)EVP_EncodeBlock((uint8_t *)text, rest, (int)count) : 0;
}

/* RFC 5155 section 3.3: base32 with the extended hex alphabet, without padding. */
static size_t put_hash(struct cursor *c, char *text)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
	uint8_t length = cursor_u8(c);
	const uint8_t *hash = cursor_take(c, length);
	uint32_t bits = 0;
	unsigned have = 0;
	size_t size = 0;
	for (uint8_t i = 0; hash != NULL && i < length; i++) {
		bits = bits << 8 | hash[i];
		for (have += 8; have >= 5; have -= 5) {
			text[size++] = digits[bits >> (have - 5) & 31];
		}
	}
	if (have > 0) {
		text[size++] = digits[bits << (5 - have) & 31];
	}
	return size;
}

static size_t put_salt(struct cursor *c, char *text)
{
	uint8_t length = cursor_u8(c);
	const uint8_t *salt = cursor_take(c, length);
	if (length == 0) {
		text[0] = '-';
		return 1;
	}
	return salt != NULL ? put_hex(text, salt, length) : 0;
}

static size_t put_type(unsigned type, char *text)
{
	char room[DNS_CODE_TEXT_MAX];
	const char *name = dns_type_text((uint16_t)type, room);
	size_t size = strlen(name);
	memcpy(text, name, size);
	return size;
}

/* RFC 4034 section 4.1.2: windows in ascending order. */
static size_t put_bitmap(struct cursor *c, char *text)
{
	size_t size = 0;
	int last = -1;
	unsigned types = 0;
	while (cursor_left(c) > 0) {
		unsigned window = cursor_u8(c);
		unsigned octets = cursor_u8(c);
		const uint8_t *bits = cursor_take(c, octets);
		if (bits == NULL || (int)window <= last || octets == 0 || octets > 32) {
			c->failed = true;
			return 0;
		}
		last = (int)window;
		for (unsigned bit = 0; bit < octets * 8; bit++) {
			if ((bits[bit / 8] & 0x80U >> bit % 8) == 0) {
				continue;
			}
			if (++types > BITMAP_TYPES_MAX) {
				c->failed = true;
				return 0;
			}
			if (size > 0) {
				text[size++] = ' ';
			}
			size += put_type(window << 8 | bit, text + size);
		}
	}
	return size;
}

/* RFC 4034 section 3.2: YYYYMMDDHHmmSS. */
static size_t put_time(struct cursor *c, char *text)
{
	uint32_t seconds = cursor_u32(c);
	struct civil_date date = civil_from_days(seconds / CIVIL_SECONDS_PER_DAY);
	char *at = text_digits(text, date.year, 4);
	at = text_digits(at, date.month * 100 + date.day, 4);
	at = text_digits(at, seconds / 3600 % 24, 2);
	at = text_digits(at, seconds / 60 % 60 * 100 + seconds % 60, 4);
	return (size_t)(at - text);
}

static size_t put_name(struct cursor *c, const struct dns_message *message, char *text)
{
	struct dns_name name;
	return dns_name_read(c, message->size, &name, message->memo) == DNS_NAME_OK
	               ? dns_name_text(name.wire, text)
	               : 0;
}

static size_t put_number(uint32_t number, char *text)
{
	return (size_t)(text_number(text, number) - text);
}

static size_t put_ipv4(struct cursor *c, char *text)
{
	const uint8_t *address = cursor_take(c, 4);
	return address != NULL ? (size_t)(text_ipv4(text, address) - text) : 0;
}

static size_t put_ipv6(struct cursor *c, char *text)
{
	const uint8_t *address = cursor_take(c, 16);
	return address != NULL ? (size_t)(text_ipv6(text, address) - text) : 0;
}

size_t dns_field_text(struct cursor *c, const struct dns_message *message, char field, char *text)
{
	/* clang-format off */
	switch (field) {
	case 'n': return put_name(c, message, text);
	case '1': return put_number(cursor_u8(c), text);
	case '2': return put_number(cursor_u16(c), text);
	case '4': return put_number(cursor_u32(c), text);
	case 'a': return put_ipv4(c, text);
	case '6': return put_ipv6(c, text);
	case 's': return put_string(c, text);
	case 't': return put_strings(c, text);
	case 'g': return put_word(c, text);
	case 'v': return put_rest_quoted(c, text);
	case 'h': return put_rest_hex(c, text);
	case 'b': return put_rest_base64(c, text);
	case 'T': return put_type(cursor_u16(c), text);
	case 'D': return put_time(c, text);
	case 'S': return put_salt(c, text);
	case 'H': return put_hash(c, text);
	case 'M': return put_bitmap(c, text);
	default:  return dns_service_text(c, text);
	}
	/* clang-format on */
}
