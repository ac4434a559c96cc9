/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "parsers/dns/dns_stream.h"

#include <stdlib.h>
#include <string.h>

#include "parsers/dns/dns.h"

#define PREFIX 2

void dns_stream_init(struct dns_stream *stream, bool synced)
{
	*stream = (struct dns_stream){ .lost = !synced };
}

void dns_stream_clear(struct dns_stream *stream)
{
	free(stream->buffer);
	stream->buffer = NULL;
	stream->have = 0;
}

void dns_stream_gap(struct dns_stream *stream)
{
	dns_stream_clear(stream);
	stream->lost = true;
}

static size_t declared(const uint8_t *prefix)
{
	return (size_t)prefix[0] << 8 | prefix[1];
}

size_t dns_stream_memory(const struct dns_stream *stream)
{
	return stream->buffer != NULL ? declared(stream->prefix) + 1 : 0;
}

/* Random bytes pass about once in ten million times: at most one question (RFC
 * 9619 forbids more), a known op code, the reserved bit zero. */
static bool looks_like_message(const uint8_t *bytes, size_t size)
{
	struct dns_message message;
	if (size < PREFIX + DNS_HEADER_SIZE || declared(bytes) < DNS_HEADER_SIZE ||
	    dns_open(&message, bytes + PREFIX, size - PREFIX) != DNS_OK) {
		return false;
	}
	return message.counts[DNS_QUESTION] <= 1 && dns_opcode(&message) <= 6 &&
	       (message.flags & 0x0040) == 0 && message.counts[DNS_AUTHORITY] < 256 &&
	       message.counts[DNS_ADDITIONAL] < 256;
}

/* Octets that are still missing: of the prefix, or of the message when its length is known. */
static size_t wanted(const struct dns_stream *stream)
{
	return stream->have < PREFIX ? PREFIX - stream->have
	                             : PREFIX + declared(stream->prefix) - stream->have;
}

static bool collect(struct dns_stream *stream, const uint8_t *bytes, size_t size)
{
	if (stream->have < PREFIX) {
		memcpy(stream->prefix + stream->have, bytes, size);
	} else {
		if (stream->buffer == NULL) {
			stream->buffer = malloc(declared(stream->prefix) + 1);
		}
		if (stream->buffer == NULL) {
			dns_stream_gap(stream);
			return false;
		}
		memcpy(stream->buffer + stream->have - PREFIX, bytes, size);
	}
	stream->have += size;
	return true;
}

static size_t collect_message(struct dns_stream *stream, const uint8_t *bytes, size_t size,
                              dns_stream_message_t message, void *user)
{
	size_t used = 0;
	while (used < size) {
		size_t part = wanted(stream) < size - used ? wanted(stream) : size - used;
		if (!collect(stream, bytes + used, part)) {
			return size;
		}
		used += part;
		if (stream->have >= PREFIX && wanted(stream) == 0) {
			if (stream->buffer != NULL) {
				message(user, stream->buffer, stream->have - PREFIX);
			}
			dns_stream_clear(stream);
			break;
		}
	}
	return used;
}

size_t dns_stream_feed(struct dns_stream *stream, const uint8_t *bytes, size_t size,
                       dns_stream_message_t message, void *user)
{
	if (stream->lost && !looks_like_message(bytes, size)) {
		return size;
	}
	stream->lost = false;
	for (size_t at = 0; at < size;) {
		size_t left = size - at;
		bool whole = stream->have == 0 && left >= PREFIX &&
		             left - PREFIX >= declared(bytes + at);
		if (!whole) {
			at += collect_message(stream, bytes + at, left, message, user);
			continue;
		}
		size_t length = declared(bytes + at);
		if (length > 0) {
			message(user, bytes + at + PREFIX, length);
		}
		at += PREFIX + length;
	}
	return 0;
}
