/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rows of a response that is repeated with another ID, other TTLs and other options: those that
 * are remembered are those that are read.
 */
#include <stdlib.h>
#include <string.h>

#include "sensor/detect/history_rows.h"
#include "tests/fuzz/found.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define S INT64_C(1000000000)

struct side {
	struct history_table *table;
	uint8_t *batch;
	size_t size;
	size_t remembered; /* responses whose rows were remembered */
};

static uint8_t *room(void *ctx)
{
	return ((struct side *)ctx)->batch;
}

static void put(void *ctx, size_t size, size_t rows)
{
	struct side *side = ctx;
	(void)rows;
	side->size = size;
}

static void open_side(struct side *side)
{
	const struct history_sink sink = { .room = room, .put = put, .ctx = side };
	if (side->table == NULL) {
		side->table = history_table_new(&sink);
		side->batch = malloc(HISTORY_BATCH_MAX);
	}
	if (side->table == NULL || side->batch == NULL) {
		abort();
	}
	side->size = side->remembered = 0;
}

static void add(struct side *side, const uint8_t *wire, size_t size, int64_t time_s, bool memory)
{
	static const struct in6_addr client = IN6ADDR_LOOPBACK_INIT;
	struct history_response response;
	struct dns_message message;
	struct dns_walk walk;
	struct dns_entry entry;
	int ret;
	if (dns_open(&message, wire, size) != DNS_OK) {
		return;
	}
	dns_walk_begin(&walk, &message);
	while ((ret = dns_walk_next(&walk, &entry)) == 1) {
	}
	history_rows_expect(&response, side->table, &message, size % 2 > 0 ? &client : NULL);
	response.is_masked = response.is_masked && memory;
	side->remembered += response.is_masked && history_rows_are_remembered(&response);
	history_rows_add(&response, time_s % 2 > 0, time_s * S, ret == DNS_OK);
}

static void add_repeats(struct side *side, const uint8_t *data, size_t size, bool memory)
{
	static const uint8_t fills[] = { 0, 1, 2, 3, 'a', 'A', 0xc0, 0xfe, 0xff };
	struct dns_message message;
	struct dns_masked other;
	int64_t time_s = 5;
	for (size_t i = 0; i < 3; i++) {
		add(side, data, size, time_s++, memory);
	}
	if (dns_open(&message, data, size) != DNS_OK) {
		return;
	}
	for (size_t i = 0; i < sizeof(fills) && dns_mask(&message, fills[i], &other); i++) {
		add(side, other.wire, other.size, time_s++, memory);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct side remembers, reads;
	open_side(&remembers);
	open_side(&reads);
	add_repeats(&remembers, data, size, true);
	add_repeats(&reads, data, size, false);
	if (!history_table_flush(remembers.table) || !history_table_flush(reads.table) ||
	    remembers.size != reads.size || memcmp(remembers.batch, reads.batch, reads.size) != 0) {
		abort();
	}
	found_number(remembers.remembered);
	found_bytes(reads.batch, reads.size);
	return 0;
}
