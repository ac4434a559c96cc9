/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Octets as a worker under the control of an attacker could send them: each valid note is the same
 * when it is written again, and the incidents take it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sensor/incidents/incidents.h"
#include "tests/fuzz/found.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void emit(void *ctx, const struct record *record)
{
	(void)ctx;
	found_bytes(record->id, record->id_size);
	if (memchr(record->json, '\n', record->json_size) != NULL) {
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct counters counters;
	static struct incident_note note;
	static uint8_t again[INCIDENT_NOTE_MAX];
	const struct incidents_config config = { .sensor = "fuzz",
		                                 .counters = &counters,
		                                 .emit = emit };
	struct incidents *incidents = incidents_new(&config);
	for (size_t at = 0, used; incidents != NULL && at < size; at += used) {
		used = incident_note_decode(&note, data + at, size - at);
		found_number(used);
		if (used == 0) {
			break;
		}
		if (incident_note_encode(&note, again, sizeof(again)) != used ||
		    memcmp(again, data + at, used) != 0) {
			abort();
		}
		incidents_take(incidents, &note);
	}
	incidents_end(incidents);
	return 0;
}
