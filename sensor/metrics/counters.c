/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/metrics/counters.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory/shared.h"

#define SAVE_WAIT_MS 500

static const struct counters_row ROWS[] = {
#define X(name, gauge, part, meaning) { #name, gauge, part, meaning },
	COUNTERS(X)
#undef X
};

struct counters *counters_new(size_t count)
{
	return shared_new(count * sizeof(struct counters));
}

void counters_free(struct counters *counters, size_t count)
{
	shared_free(counters, count * sizeof(*counters));
}

static bool is_same_for_all(const struct counters *sum, const _Atomic uint64_t *counter)
{
	return counter == &sum->rules || counter == &sum->rules_errors || counter == &sum->reloads;
}

static void add_outputs(struct counters *sum, const struct counters *set)
{
	for (size_t i = 0; i < COUNTERS_OUTPUTS; i++) {
		const struct counters_output *from = &set->outputs[i];
		struct counters_output *to = &sum->outputs[i];
		counter_add(&to->due, counter_get(&from->due));
		counter_add(&to->delivered, counter_get(&from->delivered));
		counter_add(&to->dropped, counter_get(&from->dropped));
	}
}

void counters_sum(const struct counters *sets, size_t count, struct counters *sum)
{
	const size_t plain = offsetof(struct counters, outputs) / sizeof(_Atomic uint64_t);
	_Atomic uint64_t *to = (_Atomic uint64_t *)sum;
	memset(sum, 0, sizeof(*sum));
	for (size_t i = 0; i < count; i++) {
		const _Atomic uint64_t *from = (const _Atomic uint64_t *)&sets[i];
		for (size_t j = 0; j < plain; j++) {
			uint64_t value = counter_get(&from[j]);
			if (!is_same_for_all(sum, &to[j])) {
				counter_add(&to[j], value);
			} else if (value > counter_get(&to[j])) {
				counter_set(&to[j], value);
			}
		}
		add_outputs(sum, &sets[i]);
	}
	counters_settle(sum);
}

void counters_reap(struct counters *counters)
{
	for (size_t i = 0; i < COUNTERS_OUTPUTS; i++) {
		struct counters_output *output = &counters->outputs[i];
		uint64_t lost = counter_get(&output->held);
		counter_add(&output->dropped, lost);
		counter_add(&counters->events_dropped, lost);
		counter_set(&output->held, 0);
	}
}

void counters_settle(struct counters *counters)
{
	uint64_t delivered = 0, pending = 0;
	for (size_t i = 0; i < COUNTERS_OUTPUTS; i++) {
		const struct counters_output *output = &counters->outputs[i];
		delivered += counters_output_value(output, COUNTERS_DELIVERED);
		pending += counters_output_value(output, COUNTERS_PENDING);
	}
	counter_set(&counters->events_delivered, delivered);
	counter_set(&counters->events_pending, pending);
}

const struct counters_row *counters_row(size_t index)
{
	return index < COUNTERS_COUNT ? &ROWS[index] : NULL;
}

const char *counters_name(size_t index)
{
	return index < COUNTERS_COUNT ? ROWS[index].name : NULL;
}

uint64_t counters_value(const struct counters *counters, size_t index)
{
	const _Atomic uint64_t *const values[] = {
#define X(name, ...) &counters->name,
		COUNTERS(X)
#undef X
	};
	return index < COUNTERS_COUNT ? counter_get(values[index]) : 0;
}

uint64_t counters_output_value(const struct counters_output *output, enum counters_part part)
{
	uint64_t due = counter_get(&output->due);
	uint64_t dropped = counter_get(&output->dropped);
	uint64_t delivered = counter_get(&output->delivered);
	switch (part) {
	case COUNTERS_DELIVERED:
		return delivered;
	case COUNTERS_DROPPED:
		return dropped;
	default:
		return due > delivered + dropped ? due - delivered - dropped : 0;
	}
}

static const char *layer_name(unsigned reason)
{
	return frame_reason_name((enum frame_reason)reason);
}

static const char *fault_name(unsigned fault)
{
	return dns_fault_text(-(int)fault);
}

bool counters_reasons(const struct counters *counters, enum counters_part part,
                      struct counters_reasons *reasons)
{
	switch (part) {
	case COUNTERS_BY_LAYER:
		*reasons = (struct counters_reasons){ .key = "undecoded_by",
			                              .values = counters->undecoded,
			                              .name = layer_name,
			                              .count = FRAME_REASONS_COUNT };
		return true;
	case COUNTERS_BY_FAULT:
		*reasons = (struct counters_reasons){ .key = "dns_malformed_by",
			                              .values = counters->dns_faults,
			                              .name = fault_name,
			                              .first = 1,
			                              .count = DNS_FAULTS };
		return true;
	default:
		return false;
	}
}

/* Reasons that did not occur are left out. */
static void save_reasons(FILE *file, const struct counters *counters, enum counters_part part)
{
	const char *comma = "";
	struct counters_reasons reasons;
	(void)counters_reasons(counters, part, &reasons);
	(void)fprintf(file, ",\"%s\":{", reasons.key);
	for (unsigned i = reasons.first; i < reasons.count; i++) {
		uint64_t count = counter_get(&reasons.values[i]);
		if (count > 0) {
			(void)fprintf(file, "%s\"%s\":%" PRIu64, comma, reasons.name(i), count);
			comma = ",";
		}
	}
	(void)fputc('}', file);
}

/* Whether a descriptor accepts text without a wait. A pipe that nobody reads must not prevent the
 * process from ending. */
static bool takes_text(int fd)
{
	struct pollfd place = { .fd = fd, .events = POLLOUT };
	return poll(&place, 1, SAVE_WAIT_MS) != 0;
}

int counters_save(const struct counters *counters, int fd)
{
	if (!takes_text(fd)) {
		(void)close(fd);
		errno = ETIMEDOUT;
		return -1;
	}
	int cut = ftruncate(fd, 0); /* fails on a pipe or a terminal, which is fine */
	(void)cut;
	FILE *file = fdopen(fd, "w");
	if (file == NULL) {
		(void)close(fd);
		return -1;
	}
	for (size_t i = 0; i < COUNTERS_COUNT; i++) {
		(void)fprintf(file, "%c\"%s\":%" PRIu64, i == 0 ? '{' : ',', ROWS[i].name,
		              counters_value(counters, i));
	}
	save_reasons(file, counters, COUNTERS_BY_LAYER);
	save_reasons(file, counters, COUNTERS_BY_FAULT);
	(void)fputs("}\n", file);
	int failed = ferror(file);
	return fclose(file) != 0 || failed ? -1 : 0;
}
