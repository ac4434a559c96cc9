/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/counters.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static const char *const NAMES[] = {
#define X(name) #name,
	COUNTERS(X)
#undef X
};

struct counters *counters_new(void)
{
	/* Anonymous pages are zero, and shared ones stay shared across fork(). */
	void *shared = mmap(NULL, sizeof(struct counters), PROT_READ | PROT_WRITE,
	                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return shared != MAP_FAILED ? shared : NULL;
}

void counters_free(struct counters *counters)
{
	if (counters != NULL) {
		(void)munmap(counters, sizeof(*counters));
	}
}

void counters_settle(struct counters *counters)
{
	uint64_t done =
	        counter_get(&counters->events_delivered) + counter_get(&counters->events_dropped);
	uint64_t due = counter_get(&counters->events_due);
	counter_set(&counters->events_pending, due > done ? due - done : 0);
}

const char *counters_name(size_t index)
{
	return index < COUNTERS_COUNT ? NAMES[index] : NULL;
}

uint64_t counters_value(const struct counters *counters, size_t index)
{
	const _Atomic uint64_t *const values[] = {
#define X(name) &counters->name,
		COUNTERS(X)
#undef X
	};
	return index < COUNTERS_COUNT ? counter_get(values[index]) : 0;
}

int counters_save(const struct counters *counters, int fd)
{
	int cut = ftruncate(fd, 0); /* fails where there is nothing to cut: a pipe, a terminal */
	(void)cut;
	FILE *file = fdopen(fd, "w");
	if (file == NULL) {
		(void)close(fd);
		return -1;
	}
	for (size_t i = 0; i < COUNTERS_COUNT; i++) {
		(void)fprintf(file, "%c\"%s\":%" PRIu64, i == 0 ? '{' : ',', NAMES[i],
		              counters_value(counters, i));
	}
	(void)fputs(",\"dns_malformed_by\":{", file);
	const char *comma = "";
	for (int fault = 1; fault < DNS_FAULTS; fault++) {
		uint64_t count = counter_get(&counters->dns_faults[fault]);
		if (count > 0) {
			(void)fprintf(file, "%s\"%s\":%" PRIu64, comma, dns_fault_text(-fault),
			              count);
			comma = ",";
		}
	}
	(void)fputs("}}\n", file);
	int failed = ferror(file);
	return fclose(file) != 0 || failed ? -1 : 0;
}
