/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/dns/dns_field_read.h"

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <string.h>

#include "base/ascii.h"
#include "base/dns_name.h"
#include "parsers/dns/dns_codes.h"
#include "parsers/dns/dns_service.h"

#define STRING_MAX 255
/* The size of a bitmap with all 65,536 types, in octets. */
#define BITMAP_OCTETS 8192
#define WINDOW_OCTETS 32
#define BASE64_MAX    8192

static void put_u8(struct writer *out, unsigned octet)
{
	writer_char(out, (char)octet);
}

static void skip(struct dns_text *text, size_t size)
{
	text->at += size;
	text->size -= size;
}

static void skip_blanks(struct dns_text *text)
{
	while (text->size > 0 && ascii_is_blank(text->at[0])) {
		skip(text, 1);
	}
}

void dns_text_trim(struct dns_text *text)
{
	skip_blanks(text);
	while (text->size > 0 && ascii_is_blank(text->at[text->size - 1]) &&
	       (text->size == 1 || text->at[text->size - 2] != '\\')) {
		text->size--;
	}
}

bool dns_text_take_word(struct dns_text *text, struct dns_text *word)
{
	size_t size = 0;
	while (size < text->size && !ascii_is_blank(text->at[size])) {
		size += text->at[size] == '\\' && size + 1 < text->size ? 2 : 1;
	}
	*word = (struct dns_text){ text->at, size };
	skip(text, size);
	skip_blanks(text);
	return size > 0;
}

void dns_text_take_rest(struct dns_text *text, struct dns_text *rest)
{
	*rest = *text;
	skip(text, text->size);
}

bool dns_text_number(const struct dns_text *word, uint64_t high, uint64_t *number)
{
	*number = 0;
	for (size_t i = 0; i < word->size; i++) {
		if (!ascii_is_digit(word->at[i]) || *number > high) {
			return false;
		}
		*number = *number * 10 + (uint64_t)(word->at[i] - '0');
	}
	return word->size > 0 && *number <= high;
}

/* Writes the octets of a text, and resolves escapes. */
static bool put_octets(const struct dns_text *text, struct writer *out)
{
	bool escaped;
	for (size_t at = 0; at < text->size;) {
		int octet = dns_text_octet(text->at, text->size, &at, &escaped);
		if (octet < 0) {
			return false;
		}
		put_u8(out, (unsigned)octet);
	}
	return true;
}

/* Writes the number of octets, then the octets. */
static bool put_counted(const struct dns_text *text, struct writer *out)
{
	uint8_t octets[STRING_MAX];
	struct writer string;
	writer_init(&string, (char *)octets, sizeof(octets));
	if (!put_octets(text, &string) || string.failed) {
		return false;
	}
	put_u8(out, (unsigned)writer_size(&string));
	writer_put(out, string.start, writer_size(&string));
	return true;
}

bool dns_text_put_string(const struct dns_text *word, struct writer *out)
{
	return put_counted(word, out);
}

bool dns_text_put_address(const struct dns_text *word, int family, struct writer *out)
{
	char text[INET6_ADDRSTRLEN] = "";
	uint8_t address[16];
	if (word->size >= sizeof(text)) {
		return false;
	}
	memcpy(text, word->at, word->size);
	if (inet_pton(family, text, address) != 1) {
		return false;
	}
	writer_put(out, (const char *)address, family == AF_INET ? 4 : 16);
	return true;
}

/* Takes a text in quotation marks, or a word. */
static bool take_quoted(struct dns_text *text, struct dns_text *inside)
{
	size_t size = 1;
	if (text->size == 0 || text->at[0] != '"') {
		return dns_text_take_word(text, inside);
	}
	while (size < text->size && text->at[size] != '"') {
		size += text->at[size] == '\\' ? 2 : 1;
	}
	if (size >= text->size) {
		return false;
	}
	*inside = (struct dns_text){ text->at + 1, size - 1 };
	skip(text, size + 1);
	skip_blanks(text);
	return true;
}

bool dns_text_read_string(struct dns_text *text, struct writer *out)
{
	struct dns_text inside;
	return take_quoted(text, &inside) && put_counted(&inside, out);
}

/* Writes a text in as many character-strings as it needs. */
static bool put_text(const struct dns_text *text, struct writer *out)
{
	bool escaped;
	size_t at = 0;
	do {
		uint8_t octets[STRING_MAX];
		size_t size = 0;
		for (; at < text->size && size < sizeof(octets); size++) {
			int octet = dns_text_octet(text->at, text->size, &at, &escaped);
			if (octet < 0) {
				return false;
			}
			octets[size] = (uint8_t)octet;
		}
		put_u8(out, (unsigned)size);
		writer_put(out, (const char *)octets, size);
	} while (at < text->size);
	return true;
}

bool dns_text_read_strings(struct dns_text *text, struct writer *out)
{
	if (text->size == 0 || text->at[0] != '"') {
		struct dns_text rest;
		dns_text_take_rest(text, &rest);
		return put_text(&rest, out);
	}
	while (text->size > 0) {
		if (!dns_text_read_string(text, out)) {
			return false;
		}
	}
	return true;
}

bool dns_text_read_quoted(struct dns_text *text, struct writer *out)
{
	struct dns_text inside;
	return take_quoted(text, &inside) && put_octets(&inside, out);
}

static bool put_hex(const struct dns_text *text, struct writer *out)
{
	unsigned octet = 0, digits = 0;
	for (size_t i = 0; i < text->size; i++) {
		int value = ascii_hex_value(text->at[i]);
		if (ascii_is_blank(text->at[i])) {
			continue;
		}
		if (value < 0) {
			return false;
		}
		octet = octet << 4 | (unsigned)value;
		if (++digits % 2 == 0) {
			put_u8(out, octet & 0xff);
		}
	}
	return digits > 0 && digits % 2 == 0;
}

bool dns_text_read_hex(struct dns_text *text, struct writer *out)
{
	struct dns_text rest;
	dns_text_take_rest(text, &rest);
	return put_hex(&rest, out);
}

bool dns_text_put_salt(const struct dns_text *word, struct writer *out)
{
	uint8_t octets[STRING_MAX];
	struct writer salt;
	writer_init(&salt, (char *)octets, sizeof(octets));
	bool is_empty = word->size == 1 && word->at[0] == '-';
	if (!is_empty && (!put_hex(word, &salt) || salt.failed)) {
		return false;
	}
	put_u8(out, (unsigned)writer_size(&salt));
	writer_put(out, salt.start, writer_size(&salt));
	return true;
}

static bool put_base64(const struct dns_text *text, struct writer *out)
{
	uint8_t digits[BASE64_MAX], octets[BASE64_MAX];
	size_t size = 0, padding = 0;
	for (size_t i = 0; i < text->size; i++) {
		if (ascii_is_blank(text->at[i])) {
			continue;
		}
		if (size == sizeof(digits)) {
			return false;
		}
		padding += text->at[i] == '=';
		digits[size++] = (uint8_t)text->at[i];
	}
	int decoded = size % 4 == 0 && size > 0 && padding <= 2
	                      ? EVP_DecodeBlock(octets, digits, (int)size)
	                      : -1;
	if (decoded < (int)padding) {
		return false;
	}
	writer_put(out, (const char *)octets, (size_t)decoded - padding);
	return true;
}

bool dns_text_read_base64(struct dns_text *text, struct writer *out)
{
	struct dns_text rest;
	dns_text_take_rest(text, &rest);
	return put_base64(&rest, out);
}

static bool read_type(const struct dns_text *word, uint16_t *type)
{
	char name[DNS_CODE_TEXT_MAX];
	if (word->size >= sizeof(name)) {
		return false;
	}
	memcpy(name, word->at, word->size);
	name[word->size] = '\0';
	return dns_type_read(name, type);
}

static void put_window(const uint8_t bits[WINDOW_OCTETS], unsigned window, struct writer *out)
{
	unsigned octets = WINDOW_OCTETS;
	while (octets > 0 && bits[octets - 1] == 0) {
		octets--;
	}
	if (octets > 0) {
		put_u8(out, window);
		put_u8(out, octets);
		writer_put(out, (const char *)bits, octets);
	}
}

bool dns_text_read_bitmap(struct dns_text *text, struct writer *out)
{
	uint8_t bits[BITMAP_OCTETS] = { 0 };
	struct dns_text word;
	uint16_t type;
	while (dns_text_take_word(text, &word)) {
		if (!read_type(&word, &type)) {
			return false;
		}
		bits[type / 8] |= (uint8_t)(0x80 >> type % 8);
	}
	for (unsigned window = 0; window < BITMAP_OCTETS / WINDOW_OCTETS; window++) {
		put_window(bits + (size_t)window * WINDOW_OCTETS, window, out);
	}
	return true;
}

/* These functions read service parameters. */

/* Takes the next element of a list that is separated by commas. */
static void take_element(struct dns_text *list, struct dns_text *element)
{
	const char *comma = list->size > 0 ? memchr(list->at, ',', list->size) : NULL;
	size_t size = comma != NULL ? (size_t)(comma - list->at) : list->size;
	*element = (struct dns_text){ list->at, size };
	skip(list, comma != NULL ? size + 1 : size);
}

static bool put_service_key(const struct dns_text *word, struct writer *out)
{
	unsigned key;
	if (!dns_service_key_read(word->at, word->size, &key)) {
		return false;
	}
	writer_u16(out, key);
	return true;
}

static bool put_element(unsigned key, const struct dns_text *element, struct writer *out)
{
	switch (key) {
	case DNS_SERVICE_MANDATORY:
		return put_service_key(element, out);
	case DNS_SERVICE_ALPN:
		return put_counted(element, out);
	case DNS_SERVICE_IPV4HINT:
		return dns_text_put_address(element, AF_INET, out);
	default:
		return dns_text_put_address(element, AF_INET6, out);
	}
}

static bool put_list(unsigned key, struct dns_text list, struct writer *out)
{
	struct dns_text element;
	bool more = true;
	while (more) {
		more = list.size > 0 && memchr(list.at, ',', list.size) != NULL;
		take_element(&list, &element);
		if (!put_element(key, &element, out)) {
			return false;
		}
	}
	return true;
}

/* Reads the value of ech, which is base64 (RFC 9848 section 4). dns_presentation.h writes its
 * octets with escapes instead; such a value has at least one escape. */
static bool put_ech(const struct dns_text *value, struct writer *out)
{
	bool escaped = memchr(value->at, '\\', value->size) != NULL;
	return (!escaped && put_base64(value, out)) || put_octets(value, out);
}

static bool put_value(unsigned key, const struct dns_text *value, struct writer *out)
{
	uint64_t port;
	switch (key) {
	case DNS_SERVICE_MANDATORY:
	case DNS_SERVICE_ALPN:
	case DNS_SERVICE_IPV4HINT:
	case DNS_SERVICE_IPV6HINT:
		return put_list(key, *value, out);
	case DNS_SERVICE_PORT:
		if (!dns_text_number(value, UINT16_MAX, &port)) {
			return false;
		}
		writer_u16(out, (unsigned)port);
		return true;
	case DNS_SERVICE_ECH:
		return put_ech(value, out);
	default:
		return put_octets(value, out);
	}
}

/* Removes quotation marks around a value. */
static void unquote(struct dns_text *value)
{
	if (value->size >= 2 && value->at[0] == '"' && value->at[value->size - 1] == '"') {
		skip(value, 1);
		value->size--;
	}
}

/* Writes a parameter, `KEY` or `KEY=VALUE`. */
static bool put_parameter(const struct dns_text *word, struct writer *out)
{
	uint8_t octets[BASE64_MAX];
	struct writer wire;
	const char *equals = memchr(word->at, '=', word->size);
	size_t size = equals != NULL ? (size_t)(equals - word->at) : word->size;
	unsigned key;
	writer_init(&wire, (char *)octets, sizeof(octets));
	if (!dns_service_key_read(word->at, size, &key)) {
		return false;
	}
	if (equals != NULL) {
		struct dns_text value = { equals + 1, word->size - size - 1 };
		unquote(&value);
		if (!put_value(key, &value, &wire) || wire.failed) {
			return false;
		}
	}
	writer_u16(out, key);
	writer_u16(out, (unsigned)writer_size(&wire));
	writer_put(out, wire.start, writer_size(&wire));
	return true;
}

bool dns_text_read_service(struct dns_text *text, struct writer *out)
{
	struct dns_text word;
	while (dns_text_take_word(text, &word)) {
		if (!put_parameter(&word, out)) {
			return false;
		}
	}
	return true;
}
