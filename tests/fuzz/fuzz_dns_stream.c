/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A stream of DNS messages, cut into pieces: the messages do not depend on where
 * it is cut. The first octet says how it begins and where a gap is, the second
 * the size of the pieces.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "parsers/dns/dns_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was told: how many messages, how many octets, and a sum over them. */
struct told {
	size_t messages;
	size_t octets;
	uint64_t sum;
};

static void tell(void *user, const uint8_t *wire, size_t size)
{
	struct told *told = user;
	if (size == 0 || size > UINT16_MAX) {
		abort();
	}
	told->messages++;
	told->octets += size;
	for (size_t i = 0; i < size; i++) {
		told->sum = told->sum * 31 + wire[i] + size;
	}
}

static struct told feed(const uint8_t *data, size_t size, size_t piece, uint8_t how)
{
	struct dns_stream stream;
	struct told told = { .messages = 0 };
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
		size_t passed = dns_stream_feed(&stream, copy, part, tell, &told);
		if (passed != 0 && passed != part) {
			abort();
		}
		free(copy);
	}
	dns_stream_clear(&stream);
	return told;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 3) {
		return 0;
	}
	uint8_t how = data[0];
	size_t piece = 1U + data[1];
	struct told cut = feed(data + 2, size - 2, piece, how);
	if (cut.octets > size) {
		abort();
	}
	/* Where footing has to be found, or a gap is, the pieces do matter. */
	if ((how & 3) == 0) {
		struct told whole = feed(data + 2, size - 2, size, how);
		if (memcmp(&whole, &cut, sizeof(cut)) != 0) {
			abort();
		}
	}
	return 0;
}
