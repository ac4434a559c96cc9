/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A stream of DNS messages, cut into pieces: the messages do not depend on the cuts.
 * The first octet determines the start and the place of a gap, the second the size of
 * the pieces.
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

static void add_message(void *user, const uint8_t *wire, size_t size)
{
	struct found *found = user;
	if (size == 0 || size > UINT16_MAX) {
		abort();
	}
	found->messages++;
	found->octets += size;
	for (size_t i = 0; i < size; i++) {
		found->sum = found->sum * 31 + wire[i] + size;
	}
}

static struct found feed(const uint8_t *data, size_t size, size_t piece, uint8_t how)
{
	struct dns_stream stream;
	struct found found = { .messages = 0 };
	size_t gap_at = (how & 2) != 0 ? how : SIZE_MAX;
	size_t pieces = 0;
	dns_stream_init(&stream, (how & 1) == 0);
	for (size_t at = 0; at < size; at += piece, pieces++) {
		size_t part = size - at < piece ? size - at : piece;
		/* As large as the piece, so that a sanitizer sees an over-read. */
		uint8_t *copy = malloc(part);
		if (copy == NULL) {
			abort();
		}
		memcpy(copy, data + at, part);
		if (pieces == gap_at) {
			dns_stream_gap(&stream);
		}
		size_t passed = dns_stream_feed(&stream, copy, part, add_message, &found);
		if (passed != 0 && passed != part) {
			abort();
		}
		free(copy);
	}
	dns_stream_clear(&stream);
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
	if (cut.octets > size) {
		abort();
	}
	/* After a gap, or without a start, resync depends on the pieces. */
	if ((how & 3) == 0) {
		struct found whole = feed(data + 2, size - 2, size, how);
		if (memcmp(&whole, &cut, sizeof(cut)) != 0) {
			abort();
		}
	}
	return 0;
}
