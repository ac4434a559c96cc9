/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/tls/tls_message.h"

#include <string.h>
#include <sys/param.h>

enum {
	RECORD_MAX = 16384, /* RFC 8446, 5.1 */
};

void tls_message_init(struct tls_message *m)
{
	*m = (struct tls_message){ .bad = false };
}

void tls_message_next(struct tls_message *m)
{
	m->whole = false;
	m->size = 0;
}

/*! \brief Returns the number of octets of the message to store, as far as its header was read. */
static uint16_t message_need(const struct tls_message *m, const uint8_t *buffer, uint16_t max)
{
	if (m->size < TLS_MESSAGE_HEADER) {
		return TLS_MESSAGE_HEADER;
	}
	size_t need = (size_t)buffer[1] << 16 | (size_t)buffer[2] << 8 | buffer[3];
	need += TLS_MESSAGE_HEADER;
	return need < max ? (uint16_t)need : max;
}

static void take_header(struct tls_message *m, uint8_t octet)
{
	m->header[m->header_size++] = octet;
	if (m->header_size < sizeof(m->header)) {
		return;
	}
	m->header_size = 0;
	m->record_left = (uint16_t)(m->header[3] << 8 | m->header[4]);
	m->bad = m->header[0] != TLS_RECORD_HANDSHAKE || m->header[1] != TLS_RECORD_MAJOR ||
	         m->record_left == 0 || m->record_left > RECORD_MAX;
}

/*! \brief Takes octets of the message; returns how many were used. */
static size_t take_message(struct tls_message *m, uint8_t *buffer, uint16_t max,
                           const uint8_t *bytes, size_t size)
{
	size_t take = (size_t)message_need(m, buffer, max) - m->size;

	take = MIN(take, size);
	take = MIN(take, m->record_left);
	memcpy(buffer + m->size, bytes, take);
	m->size += (uint16_t)take;
	m->record_left -= (uint16_t)take;
	m->whole = m->size >= TLS_MESSAGE_HEADER && m->size == message_need(m, buffer, max);
	return take;
}

size_t tls_message_feed(struct tls_message *m, uint8_t *buffer, uint16_t max, const uint8_t *bytes,
                        size_t size)
{
	size_t used = 0;

	while (used < size && !m->whole && !m->bad) {
		if (m->record_left > 0) {
			used += take_message(m, buffer, max, bytes + used, size - used);
		} else {
			take_header(m, bytes[used++]);
		}
	}
	return used;
}
