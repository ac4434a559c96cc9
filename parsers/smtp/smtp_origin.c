/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/smtp/smtp_origin.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>
#include <sys/param.h>

#include "base/address.h"
#include "base/ascii.h"
#include "base/cursor.h"

/* The header of version 2:
 *
 *     0            12          13               14      16
 *     | signature  | version   | family         | size  | addresses | TLVs |
 *                    command     transport
 */
static const uint8_t SIGNATURE[] = "\r\n\r\n\0\r\nQUIT\n";
#define SIGNATURE_SIZE (sizeof(SIGNATURE) - 1)
#define HEAD_SIZE      (SIGNATURE_SIZE + 4)
#define ADDRESSES_MAX  36 /* Two IPv6 addresses and two ports. */

enum { VERSION_2 = 2, COMMAND_PROXY = 1, FAMILY_IPV4 = 1, FAMILY_IPV6 = 2 };

/*!
 * \brief Reads the source address and the source port. The header contains the source address, the
 *        destination address, the source port and the destination port.
 */
static void read_addresses(struct cursor *c, uint8_t family, struct smtp_origin *origin)
{
	bool ipv4 = family == FAMILY_IPV4;
	size_t size = ipv4 ? 4 : 16;
	const uint8_t *source = cursor_take(c, size);

	cursor_skip(c, size);
	uint16_t port = cursor_u16(c);
	cursor_skip(c, sizeof(port));
	if (c->failed) {
		return;
	}
	if (ipv4) {
		address_map_ipv4(&origin->addr, source);
	} else {
		memcpy(&origin->addr, source, size);
	}
	origin->port = port;
}

enum smtp_origin_result smtp_origin_read_binary(const uint8_t *octets, size_t size,
                                                struct smtp_origin *origin, uint32_t *length)
{
	struct cursor c = cursor_init(octets, size);

	*origin = (struct smtp_origin){ .port = 0 };
	if (memcmp(octets, SIGNATURE, MIN(size, SIGNATURE_SIZE)) != 0) {
		return SMTP_ORIGIN_NONE;
	}
	cursor_skip(&c, SIGNATURE_SIZE);
	uint8_t command = cursor_u8(&c);
	uint8_t family = cursor_u8(&c) >> 4;
	uint32_t rest = cursor_u16(&c);
	if (c.failed || cursor_left(&c) < MIN(rest, ADDRESSES_MAX)) {
		return SMTP_ORIGIN_MORE;
	}
	if (command >> 4 != VERSION_2) {
		return SMTP_ORIGIN_NONE;
	}
	struct cursor addresses = cursor_fence(&c, MIN(rest, ADDRESSES_MAX));
	if ((command & 0xf) == COMMAND_PROXY && (family == FAMILY_IPV4 || family == FAMILY_IPV6)) {
		read_addresses(&addresses, family, origin);
	}
	*length = HEAD_SIZE + rest;
	return SMTP_ORIGIN_DONE;
}

/*! \brief Takes the next word; it is empty at the end. */
static struct smtp_text next_word(struct smtp_text *rest)
{
	while (rest->size > 0 && ascii_is_blank(rest->text[0])) {
		rest->text++;
		rest->size--;
	}
	struct smtp_text word = { rest->text, 0 };
	while (word.size < rest->size && !ascii_is_blank(word.text[word.size])) {
		word.size++;
	}
	rest->text += word.size;
	rest->size -= word.size;
	return word;
}

/*!
 * \brief Removes a prefix in upper or lower case. Returns false if the text does not begin with the
 *        prefix.
 */
static bool take_prefix(struct smtp_text *text, const char *prefix)
{
	size_t size = strlen(prefix);

	if (text->size < size || strncasecmp(text->text, prefix, size) != 0) {
		return false;
	}
	text->text += size;
	text->size -= size;
	return true;
}

static bool read_address(struct smtp_text word, struct in6_addr *addr)
{
	char text[INET6_ADDRSTRLEN];
	struct in_addr ipv4;

	if (word.size >= sizeof(text) || memchr(word.text, '\0', word.size) != NULL) {
		return false;
	}
	memcpy(text, word.text, word.size);
	text[word.size] = '\0';
	if (inet_pton(AF_INET, text, &ipv4) == 1) {
		address_map_ipv4(addr, (const uint8_t *)&ipv4);
		return true;
	}
	return inet_pton(AF_INET6, text, addr) == 1;
}

/*! \brief Reads a port in decimal. Returns 0 if the word is not a port. */
static uint16_t read_port(struct smtp_text word)
{
	uint32_t port = 0;

	for (size_t i = 0; i < word.size; i++) {
		if (i == 5 || !ascii_is_digit(word.text[i])) {
			return 0;
		}
		port = port * 10 + (uint32_t)(word.text[i] - '0');
	}
	return port <= UINT16_MAX ? (uint16_t)port : 0;
}

bool smtp_origin_read_line(struct smtp_text line, struct smtp_origin *origin)
{
	(void)next_word(&line);
	struct smtp_text family = next_word(&line);
	struct smtp_text source = next_word(&line);
	(void)next_word(&line);
	origin->port = read_port(next_word(&line));
	bool known =
	        family.size == 4 && (take_prefix(&family, "TCP4") || take_prefix(&family, "TCP6"));
	return known && origin->port != 0 && read_address(source, &origin->addr);
}

/*!
 * \brief Copies a value and decodes xtext (RFC 3461, 4), in which "+" and two hex digits represent
 *        an octet.
 */
static size_t decode_xtext(struct smtp_text value, char *to, size_t max)
{
	size_t size = 0;

	for (size_t i = 0; i < value.size && size < max; i++) {
		char c = value.text[i];
		bool escaped = c == '+' && i + 2 < value.size &&
		               ascii_hex_value(value.text[i + 1]) >= 0 &&
		               ascii_hex_value(value.text[i + 2]) >= 0;
		if (escaped) {
			c = (char)(ascii_hex_value(value.text[i + 1]) << 4 |
			           ascii_hex_value(value.text[i + 2]));
			i += 2;
		}
		to[size++] = c;
	}
	return size;
}

static void read_attribute(struct smtp_text word, struct smtp_xclient *x)
{
	/* "[UNAVAILABLE]" or "[TEMPUNAVAIL]" may be in place of a value. */
	if (take_prefix(&word, "ADDR=")) {
		(void)take_prefix(&word, "IPV6:");
		x->known = read_address(word, &x->origin.addr);
	} else if (take_prefix(&word, "PORT=")) {
		x->origin.port = read_port(word);
	} else if (take_prefix(&word, "HELO=") && word.size > 0 && word.text[0] != '[') {
		x->helo_size = decode_xtext(word, x->helo, sizeof(x->helo));
	}
}

void smtp_origin_read_xclient(struct smtp_text line, struct smtp_xclient *xclient)
{
	struct smtp_text word;

	*xclient = (struct smtp_xclient){ .known = false };
	(void)next_word(&line);
	while ((word = next_word(&line)).size > 0) {
		read_attribute(word, xclient);
	}
}
