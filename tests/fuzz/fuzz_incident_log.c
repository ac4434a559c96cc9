/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The first octet chooses: octets as a stored incident, which is the same when it is stored again,
 * or a file of open incidents, whose parts get the checksums that they need.
 */
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "sensor/incidents/incident_log.h"
#include "sensor/incidents/incident_stored.h"
#include "tests/fuzz/found.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds) {
		abort();
	}
}

/* Duplicates are left out when it is read, so the second reading must give what the first gave. */
static void store_again(const uint8_t *data, size_t size)
{
	struct incident_memory memory = { .limit = INCIDENTS_MEMORY };
	struct writer first, second;
	struct incident *incident = incident_restore(&memory, data, size);
	found_number(incident != NULL);
	if (incident == NULL) {
		check(memory.used == 0);
		return;
	}
	writer_init_growing(&first, INCIDENT_STORED_MAX);
	writer_init_growing(&second, INCIDENT_STORED_MAX);
	incident_store(&first, incident);
	incident_free(&memory, incident);
	check(memory.used == 0 && !first.failed);
	incident = incident_restore(&memory, (const uint8_t *)first.start, writer_size(&first));
	check(incident != NULL);
	incident_store(&second, incident);
	incident_free(&memory, incident);
	check(writer_size(&first) == writer_size(&second));
	found_number(writer_size(&first));
	writer_free(&first);
	writer_free(&second);
}

static void emit(void *ctx, const struct record *record)
{
	(void)ctx;
	found_bytes(record->id, record->id_size);
	check(memchr(record->json, '\n', record->json_size) == NULL);
}

/* In the file: kind and size of 32 bits each, and a checksum of 64 bits. */
static void mend_checks(uint8_t *octets, size_t size, size_t at)
{
	uint32_t head[2];
	for (; size - at >= 16; at += 16 + head[1]) {
		memcpy(head, octets + at, sizeof(head));
		if (head[1] > size - at - 16) {
			break;
		}
		uint64_t sum = XXH3_64bits_withSeed(octets + at + 16, head[1],
		                                    (uint64_t)head[0] << 32 | head[1]);
		memcpy(octets + at + 8, &sum, sizeof(sum));
	}
}

static void read_file(const uint8_t *data, size_t size)
{
	static struct counters counters;
	static const size_t head = 16 + SECRET_HASH_SIZE;
	const struct incidents_config config = { .sensor = "fuzz",
		                                 .counters = &counters,
		                                 .emit = emit };
	struct incidents *incidents = incidents_new(&config);
	uint8_t *octets = malloc(size + 1);
	const char *error;
	if (incidents != NULL && octets != NULL) {
		memcpy(octets, data, size);
		if (size > head) {
			mend_checks(octets, size, head);
		}
		size_t end = incident_log_read(incidents, octets, size, &error);
		check(end <= size && (error != NULL || end == size));
		found_number(end);
		incidents_resume(incidents, 1600000000 * NS_PER_S);
	}
	incidents_end(incidents);
	free(octets);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 0 && (data[0] & 1) != 0) {
		store_again(data + 1, size - 1);
	} else if (size > 0) {
		read_file(data + 1, size - 1);
	}
	return 0;
}
