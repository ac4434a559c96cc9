/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A stream of DNS messages, cut into pieces: the messages do not depend on the cuts.
 * The first octet determines the start and the places of gaps, the second the size of
 * the pieces. In a gap as many octets are missing as a piece has, or none.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/dns/dns_stream.h"
#include "tests/fuzz/found.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The messages found: their number, their octets, and a sum over them. */
struct found {
	size_t messages;
	size_t octets;
	uint64_t sum;
};

static void add_message(void *user, const uint8_t *wire, size_t size, bool cut)
{
	struct found *found = user;
	if (size == 0 || size > UINT16_MAX) {
		abort();
	}
	found->messages++;
	found->sum += cut;
	found->octets += size;
	for (size_t i = 0; i < size; i++) {
		found->sum = found->sum * 31 + wire[i] + size;
	}
}

static size_t feed_piece(struct dns_stream *stream, const uint8_t *data, size_t size,
                         struct found *found)
{
	/* As large as the piece, so that a sanitizer sees an over-read. */
	uint8_t *copy = malloc(size);
	if (copy == NULL) {
		abort();
	}
	memcpy(copy, data, size);
	size_t skipped = dns_stream_feed(stream, copy, size, add_message, found);
	free(copy);
	return skipped;
}

static struct found feed(const uint8_t *data, size_t size, size_t piece, uint8_t how)
{
	struct dns_stream stream;
	struct found found = { .messages = 0 };
	size_t every = (how & 2) != 0 ? 1U + (how >> 3) : SIZE_MAX;
	size_t pieces = 0, skipped = 0;
	dns_stream_init(&stream, (how & 1) == 0, DNS_STREAM_RESPONSES);
	for (size_t at = 0; at < size; at += piece, pieces++) {
		size_t part = size - at < piece ? size - at : piece;
		if (pieces % every == every - 1) {
			size_t missing = (how & 4) != 0 ? 0 : part;
			skipped += dns_stream_gap(&stream, missing, add_message, &found);
			if (missing > 0) {
				continue;
			}
		}
		skipped += feed_piece(&stream, data + at, part, &found);
		if (dns_stream_memory(&stream) > 2 * UINT16_MAX) {
			abort();
		}
	}
	skipped += dns_stream_gap(&stream, 0, add_message, &found);
	if (stream.buffer != NULL || found.octets + skipped > size) {
		abort();
	}
	found_number(skipped);
	return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 3) {
		return 0;
	}
	uint8_t how = data[0];
	size_t piece = 1U + data[1];
	struct found cut = feed(data + 2, size - 2, piece, how);
	found_number(cut.messages);
	found_number(cut.sum);
	/* After a gap, or without a start, the search depends on the pieces. */
	if ((how & 3) == 0) {
		struct found whole = feed(data + 2, size - 2, size, how);
		if (memcmp(&whole, &cut, sizeof(cut)) != 0) {
			abort();
		}
	}
	return 0;
}
