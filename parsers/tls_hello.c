/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/tls_hello.h"

#include <stdbool.h>
#include <string.h>

#include "parsers/cursor.h"

enum {
	RECORD_HANDSHAKE = 22,
	RECORD_MAX = 16384, /* RFC 8446, 5.1 */
	HANDSHAKE_CLIENT_HELLO = 1,
	HANDSHAKE_HEADER = 4,
	EXTENSION_SERVER_NAME = 0,
	NAME_HOST = 0,
	NAME_MAX = 255,
};

void tls_hello_init(struct tls_hello *hello)
{
	hello->status = TLS_HELLO_MORE;
	hello->header_size = 0;
	hello->record_left = 0;
	hello->size = 0;
	hello->name_pos = 0;
	hello->name_size = 0;
}

/*! \brief Finds the host name in a server_name extension's body. */
static void read_server_name(struct tls_hello *hello, struct cursor *body)
{
	struct cursor list = cursor_fence(body, cursor_u16(body));

	while (cursor_left(&list) > 0) {
		uint8_t type = cursor_u8(&list);
		uint16_t size = cursor_u16(&list);
		const uint8_t *name = cursor_take(&list, size);
		if (name != NULL && type == NAME_HOST && size > 0 && size <= NAME_MAX) {
			hello->name_pos = (uint16_t)(name - hello->message);
			hello->name_size = size;
			return;
		}
	}
}

/*
 * A message longer than is kept fails somewhere in its extensions: what stood
 * before is used all the same.
 */
static void read_message(struct tls_hello *hello)
{
	struct cursor c = cursor_init(hello->message, hello->size);

	cursor_skip(&c, HANDSHAKE_HEADER);
	cursor_skip(&c, 2 + 32);         /* legacy_version, random */
	cursor_skip(&c, cursor_u8(&c));  /* legacy_session_id */
	cursor_skip(&c, cursor_u16(&c)); /* cipher_suites */
	cursor_skip(&c, cursor_u8(&c));  /* legacy_compression_methods */
	cursor_skip(&c, 2);              /* length of the extensions */
	while (cursor_left(&c) > 0 && hello->name_size == 0) {
		uint16_t type = cursor_u16(&c);
		struct cursor body = cursor_fence(&c, cursor_u16(&c));
		if (type == EXTENSION_SERVER_NAME) {
			read_server_name(hello, &body);
		}
	}
}

/*! \brief Octets of the message to keep, once its header has come. */
static size_t message_need(const struct tls_hello *hello)
{
	if (hello->size < HANDSHAKE_HEADER) {
		return HANDSHAKE_HEADER;
	}
	size_t need = (size_t)hello->message[1] << 16 | (size_t)hello->message[2] << 8 |
	              hello->message[3];
	need += HANDSHAKE_HEADER;
	return need < TLS_HELLO_MAX ? need : TLS_HELLO_MAX;
}

/*! \brief Takes octets of the record header; false when it is none of a handshake. */
static bool take_header(struct tls_hello *hello, uint8_t octet)
{
	hello->header[hello->header_size++] = octet;
	if (hello->header_size < sizeof(hello->header)) {
		return true;
	}
	hello->header_size = 0;
	hello->record_left = (uint16_t)(hello->header[3] << 8 | hello->header[4]);
	return hello->header[0] == RECORD_HANDSHAKE && hello->header[1] == 3 &&
	       hello->record_left > 0 && hello->record_left <= RECORD_MAX;
}

/*! \brief Takes octets of the message; how many were used. */
static size_t take_message(struct tls_hello *hello, const uint8_t *bytes, size_t size)
{
	size_t take = message_need(hello) - hello->size;

	if (take > size) {
		take = size;
	}
	if (take > hello->record_left) {
		take = hello->record_left;
	}
	memcpy(hello->message + hello->size, bytes, take);
	hello->size += (uint16_t)take;
	hello->record_left -= (uint16_t)take;
	if (hello->message[0] != HANDSHAKE_CLIENT_HELLO) {
		hello->status = TLS_HELLO_BAD;
	} else if (hello->size >= HANDSHAKE_HEADER && hello->size == message_need(hello)) {
		read_message(hello);
		hello->status = TLS_HELLO_DONE;
	}
	return take;
}

enum tls_hello_status tls_hello_feed(struct tls_hello *hello, const uint8_t *bytes, size_t size)
{
	while (size > 0 && hello->status == TLS_HELLO_MORE) {
		size_t used = 1;
		if (hello->record_left > 0) {
			used = take_message(hello, bytes, size);
		} else if (!take_header(hello, bytes[0])) {
			hello->status = TLS_HELLO_BAD;
		}
		bytes += used;
		size -= used;
	}
	return hello->status;
}

const char *tls_hello_name(const struct tls_hello *hello, size_t *size)
{
	*size = hello->name_size;
	return hello->name_size > 0 ? (const char *)hello->message + hello->name_pos : NULL;
}
