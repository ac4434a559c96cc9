/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/dns/dns_stream.h"

#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "parsers/dns/dns.h"
#include "parsers/dns/dns_resync.h"

#define PREFIX DNS_STREAM_PREFIX

void dns_stream_init(struct dns_stream *stream, bool synced, enum dns_stream_kind kind)
{
	*stream = (struct dns_stream){ .kind = kind, .lost = !synced, .searches = !synced };
}

void dns_stream_clear(struct dns_stream *stream)
{
	free(stream->buffer);
	stream->buffer = NULL;
	stream->have = stream->room = 0;
}

static void lose(struct dns_stream *stream)
{
	dns_stream_clear(stream);
	stream->lost = stream->searches = true;
}

size_t dns_stream_memory(const struct dns_stream *stream)
{
	if (stream->searches) {
		return stream->room;
	}
	return stream->buffer != NULL ? octets_u16(stream->prefix) + 1U : 0;
}

/* Returns the number of octets that are still needed for the prefix or, once the length is known,
 * for the message. */
static size_t wanted(const struct dns_stream *stream)
{
	return stream->have < PREFIX ? PREFIX - stream->have
	                             : PREFIX + octets_u16(stream->prefix) - stream->have;
}

static bool collect(struct dns_stream *stream, const uint8_t *bytes, size_t size)
{
	if (stream->have < PREFIX) {
		memcpy(stream->prefix + stream->have, bytes, size);
	} else {
		if (stream->buffer == NULL) {
			stream->buffer = malloc(octets_u16(stream->prefix) + 1U);
		}
		if (stream->buffer == NULL) {
			lose(stream);
			return false;
		}
		memcpy(stream->buffer + stream->have - PREFIX, bytes, size);
	}
	stream->have += size;
	return true;
}

/* Assembles a message. `lost` receives the number of octets of a message for which there is no
 * memory. \return The number of octets used. */
static size_t collect_message(struct dns_stream *stream, const uint8_t *bytes, size_t size,
                              dns_stream_message_t message, void *user, size_t *lost)
{
	size_t used = 0;
	while (used < size) {
		size_t part = wanted(stream) < size - used ? wanted(stream) : size - used;
		if (!collect(stream, bytes + used, part)) {
			*lost = PREFIX + size - used;
			return size;
		}
		used += part;
		if (stream->have >= PREFIX && wanted(stream) == 0) {
			if (stream->buffer != NULL) {
				message(user, stream->buffer, stream->have - PREFIX, false);
			}
			dns_stream_clear(stream);
			break;
		}
	}
	return used;
}

static size_t feed_in_step(struct dns_stream *stream, const uint8_t *bytes, size_t size,
                           dns_stream_message_t message, void *user)
{
	size_t lost = 0;
	for (size_t at = 0; at < size;) {
		size_t left = size - at;
		bool whole = stream->have == 0 && left >= PREFIX &&
		             left - PREFIX >= octets_u16(bytes + at);
		if (!whole) {
			at += collect_message(stream, bytes + at, left, message, user, &lost);
			continue;
		}
		size_t length = octets_u16(bytes + at);
		if (length > 0) {
			message(user, bytes + at + PREFIX, length, false);
		}
		at += PREFIX + length;
	}
	return lost;
}

size_t dns_stream_feed(struct dns_stream *stream, const uint8_t *bytes, size_t size,
                       dns_stream_message_t message, void *user)
{
	if (stream->skip > 0) {
		size_t part = MIN(size, stream->skip);
		stream->skip -= (uint32_t)part;
		bytes += part;
		size -= part;
	}
	if (size == 0) {
		return 0;
	}
	if (stream->searches) {
		return dns_resync_feed(stream, bytes, size, message, user);
	}
	return feed_in_step(stream, bytes, size, message, user);
}

size_t dns_stream_gap(struct dns_stream *stream, size_t size, dns_stream_message_t message,
                      void *user)
{
	if (stream->skip == 0 && stream->searches) {
		return dns_resync_gap(stream, size, message, user);
	}
	bool begun = stream->skip == 0 && stream->have >= PREFIX;
	size_t rest = begun ? wanted(stream) : stream->skip;
	if (!begun && rest == 0 && size == 0) {
		return 0;
	}
	if (begun && stream->have >= PREFIX + DNS_HEADER_SIZE) {
		message(user, stream->buffer, stream->have - PREFIX, true);
	}
	dns_stream_clear(stream);
	stream->skip = rest > size ? (uint32_t)(rest - size) : 0;
	if (rest < size) {
		lose(stream);
	}
	return 0;
}
