/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/tls/tls_hello.h"

#include "base/cursor.h"

enum {
	CLIENT_HELLO = 1,
	EXTENSION_SERVER_NAME = 0,
	NAME_HOST = 0,
	NAME_MAX = 255,
};

void tls_hello_init(struct tls_hello *hello)
{
	hello->status = TLS_HELLO_MORE;
	tls_message_init(&hello->tls);
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
 * A message that does not fit in the buffer ends within its extensions. The extensions that are
 * complete are used nevertheless.
 */
static void read_message(struct tls_hello *hello)
{
	struct cursor c = cursor_init(hello->message, hello->tls.size);

	cursor_skip(&c, TLS_MESSAGE_HEADER);
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

enum tls_hello_status tls_hello_feed(struct tls_hello *hello, const uint8_t *bytes, size_t size)
{
	if (hello->status != TLS_HELLO_MORE) {
		return hello->status;
	}
	(void)tls_message_feed(&hello->tls, hello->message, TLS_HELLO_MAX, bytes, size);
	if (hello->tls.bad || (hello->tls.size > 0 && hello->message[0] != CLIENT_HELLO)) {
		hello->status = TLS_HELLO_BAD;
	} else if (hello->tls.whole) {
		read_message(hello);
		hello->status = TLS_HELLO_DONE;
	}
	return hello->status;
}

const char *tls_hello_name(const struct tls_hello *hello, size_t *size)
{
	*size = hello->name_size;
	return hello->name_size > 0 ? (const char *)hello->message + hello->name_pos : NULL;
}
