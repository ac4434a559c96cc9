/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fragments of either family. Each 6 bytes of input are one of eight
 * datagrams' pieces; a byte depends on datagram and offset, and in the datagrams of the
 * upper half on a copy's number, too.
 */
#include <stdlib.h>
#include <string.h>

#include "sensor/reassembly/fragments.h"
#include "sensor/reassembly/nids.h"
#include "tests/fuzz/found.h"

#define RECORD 6

static void check(bool right)
{
	if (!right) {
		abort();
	}
}

static uint8_t byte_at(uint8_t which, size_t at)
{
	return (uint8_t)(at * 7 ^ at >> 8 ^ which * 37u);
}

static void note_whole(void *ctx, const struct fragment *whole)
{
	(void)ctx;
	found_bytes(whole->payload, whole->size);
	found_number((uint64_t)whole->time_ns);
	found_number(whole->ambiguous);
	found_number(whole->cut);
	uint8_t which = whole->key->src.s6_addr[15];
	bool copied = (which & 4) != 0;
	for (size_t i = 0; i < whole->size; i++) {
		check(copied ? whole->payload[i] / 64 == byte_at(which, i) / 64
		             : whole->payload[i] == byte_at(which, i));
	}
}

static void take(struct fragments *fragments, const uint8_t *in, int64_t *now_ns)
{
	uint8_t which = in[0] & 7;
	struct flow_key key = { .protocol = in[4] & 1 };
	if (which & 1) {
		memset(&key.src.s6_addr[10], 0xff, 2);
	}
	key.src.s6_addr[15] = which;
	key.dst.s6_addr[15] = which & 2;
	bool more = (in[0] & 8) != 0;
	size_t size = (size_t)in[1] * (in[0] & 16 ? 8 : 1);
	uint32_t offset = in[2] * (in[0] & 32 ? 256u : 8u);
	uint8_t *payload = malloc(size + 1);
	for (size_t i = 0; i < size; i++) {
		payload[i] = byte_at(which, offset + i) ^ (which & 4 ? in[4] >> 2 : 0);
	}
	struct fragment fragment = {
		.key = &key,
		.id = in[3] & 1,
		.more = more,
		.offset = offset,
		.payload = payload,
		.size = size,
		.time_ns = *now_ns,
	};
	fragments_add(fragments, &fragment);
	free(payload);
	*now_ns += (int64_t)in[5] * 50000000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fragments_limits limits = { .datagrams_max = 6, .host_max = 4, .bytes_max = 20000 };
	struct fragments *fragments;
	int64_t now_ns = 1600000000000000000;

	check(fragments_new(&fragments, &limits, note_whole, NULL) == 0);
	for (size_t at = 0; at + RECORD <= size; at += RECORD) {
		take(fragments, data + at, &now_ns);
		check(fragments_stats(fragments)->bytes <= limits.bytes_max);
		found_number(fragments_stats(fragments)->bytes);
	}
	fragments_finish(fragments);
	check(fragments_stats(fragments)->open == 0);
	check(fragments_stats(fragments)->bytes == 0);
	check(fragments_stats(fragments)->library == 0);
	check(libnids_warnings() == 0);
	fragments_free(fragments);
	return 0;
}
