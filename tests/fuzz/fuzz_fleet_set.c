/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Octets as the key of a set of rules in Redis may have them. A set that is read is the same when
 * it is written again. The input is also read as all that follows a right first line, because
 * random octets do not have the hash.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "sensor/fleet/fleet_report.h"
#include "sensor/fleet/fleet_set.h"
#include "tests/fuzz/found.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_set(const char *octets, size_t size)
{
	struct fleet_set set;
	struct fleet_file file;
	struct writer files, again;
	if (fleet_set_read(octets, size, &set) != NULL) {
		found_number(0);
		return;
	}
	writer_init_growing(&files, FLEET_SET_MAX);
	writer_init_growing(&again, FLEET_SET_MAX);
	struct cursor c = fleet_set_files(&set);
	while (fleet_set_next(&c, &file)) {
		found_text(file.name);
		found_bytes(file.text, file.size);
		fleet_set_add(&files, file.name, file.text, file.size);
	}
	fleet_set_write(&again, &files, set.head.version);
	struct fleet_set copy;
	if (again.failed || fleet_set_read(again.start, writer_size(&again), &copy) != NULL ||
	    copy.head.version != set.head.version) {
		abort();
	}
	writer_free(&files);
	writer_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fleet_report report;
	char *octets = malloc(size + FLEET_HEAD_MAX);
	if (octets == NULL) {
		return 0;
	}
	int head = snprintf(octets, FLEET_HEAD_MAX, "nsmx-rules 1 7 %zu %016llx\n", size,
	                    (unsigned long long)XXH64(data, size, 0));
	if (size > 0) {
		memcpy(octets + head, data, size);
	}
	read_set(octets + head, size);
	read_set(octets, (size_t)head + size);
	found_number(fleet_report_read(octets + head, size, &report));
	free(octets);
	return 0;
}
