/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/time_ns.h"
#include "parsers/dns/dns.h"
#include "sensor/metrics/counters.h"

#define SETS 3

static bool is_any_of(const char *name, const char *a, const char *b, const char *c)
{
	return strcmp(name, a) == 0 || strcmp(name, b) == 0 || strcmp(name, c) == 0;
}

/* What all workers have alike is the greatest; events are those of the outputs. */
static uint64_t sum_of(const char *name)
{
	if (is_any_of(name, "rules", "rules_errors", "reloads")) {
		return 9;
	}
	return is_any_of(name, "events_delivered", "events_pending", "") ? 0 : 24;
}

static void sums_the_sets(void **state)
{
	struct counters sum;
	struct counters *sets = counters_new(SETS);
	(void)state;
	assert_non_null(sets);
	for (size_t i = 0; i < SETS; i++) {
		/* 7, 9, 8: neither the first nor the last is the greatest. */
		uint64_t value = 7 + (i == 1 ? 2 : i / 2);
		_Atomic uint64_t *counter = (_Atomic uint64_t *)&sets[i];
		for (size_t j = 0; j < offsetof(struct counters, outputs) / sizeof(*counter); j++) {
			counter_set(&counter[j], value);
		}
	}
	counters_sum(sets, SETS, &sum);
	for (size_t i = 0; i < COUNTERS_COUNT; i++) {
		const char *name = counters_name(i);
		if (counters_value(&sum, i) != sum_of(name)) {
			fail_msg("%s: %llu", name, (unsigned long long)counters_value(&sum, i));
		}
	}
	assert_int_equal(counter_get(&sum.undecoded[FRAME_REASONS_COUNT - 1]), 24);
	assert_int_equal(counter_get(&sum.dns_faults[DNS_FAULTS - 1]), 24);
	assert_int_equal(counter_get(&sum.redis_loading), 24);
	counters_free(sets, SETS);
}

static void sums_the_outputs(void **state)
{
	struct counters sum;
	struct counters *sets = counters_new(2);
	(void)state;
	assert_non_null(sets);
	for (size_t i = 0; i < 2; i++) {
		for (size_t j = 0; j < COUNTERS_OUTPUTS; j++) {
			struct counters_output *output = &sets[i].outputs[j];
			counter_set(&output->due, 100 + j);
			counter_set(&output->delivered, 30 + j);
			counter_set(&output->dropped, 7);
			counter_set(&output->held, 3);
		}
	}
	counters_sum(sets, 2, &sum);
	for (size_t j = 0; j < COUNTERS_OUTPUTS; j++) {
		const struct counters_output *output = &sum.outputs[j];
		assert_int_equal(counter_get(&output->due), 200 + 2 * j);
		assert_int_equal(counters_output_value(output, COUNTERS_DELIVERED), 60 + 2 * j);
		assert_int_equal(counters_output_value(output, COUNTERS_DROPPED), 14);
		assert_int_equal(counters_output_value(output, COUNTERS_PENDING), 126);
	}
	assert_int_equal(counter_get(&sum.events_pending), 126 * COUNTERS_OUTPUTS);
	assert_int_equal(counter_get(&sum.events_delivered), 60 * COUNTERS_OUTPUTS + 15 * 16);
	counters_free(sets, 2);
}

/* A process reads while another one writes: an event may be delivered before it is due. */
static void never_less_than_none(void **state)
{
	static const struct {
		uint64_t due, delivered, dropped, pending;
	} tests[] = {
		{ 0, 0, 0, 0 }, { 1, 0, 0, 1 }, { 1, 1, 0, 0 }, { 1, 0, 1, 0 },
		{ 1, 1, 1, 0 }, { 0, 1, 0, 0 }, { 3, 1, 1, 1 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct counters_output output = { .due = tests[i].due,
			                          .delivered = tests[i].delivered,
			                          .dropped = tests[i].dropped };
		assert_int_equal(counters_output_value(&output, COUNTERS_PENDING),
		                 tests[i].pending);
	}
}

/* What a worker that died had in its memory alone is lost, once. */
static void reaps_what_a_worker_held(void **state)
{
	struct counters *counters = counters_new(1);
	(void)state;
	assert_non_null(counters);
	counter_set(&counters->outputs[0].due, 5);
	counter_set(&counters->outputs[0].held, 2);
	counter_set(&counters->outputs[COUNTERS_OUTPUTS - 1].held, 1);
	counter_set(&counters->events_dropped, 10);
	for (int i = 0; i < 2; i++) {
		counters_reap(counters);
		assert_int_equal(counter_get(&counters->events_dropped), 13);
		assert_int_equal(counter_get(&counters->outputs[0].dropped), 2);
		assert_int_equal(counter_get(&counters->outputs[COUNTERS_OUTPUTS - 1].dropped), 1);
		assert_int_equal(counter_get(&counters->outputs[0].held), 0);
	}
	counters_free(counters, 1);
}

static void has_rows(void **state)
{
	struct counters counters = { .output_errors = 4 };
	(void)state;
	assert_string_equal(counters_name(0), "packets");
	assert_string_equal(counters_name(COUNTERS_COUNT - 1), "output_errors");
	assert_null(counters_name(COUNTERS_COUNT));
	assert_string_equal(counters_row(COUNTERS_COUNT - 1)->name, "output_errors");
	assert_null(counters_row(COUNTERS_COUNT));
	assert_int_equal(counters_value(&counters, COUNTERS_COUNT - 1), 4);
	assert_int_equal(counters_value(&counters, COUNTERS_COUNT), 0);
}

/* A temporary file, which has a text already. */
static int open_file(char path[32])
{
	(void)snprintf(path, 32, "/tmp/nsmx-XXXXXX");
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 100000), 0);
	return fd;
}

/* Reasons that did not occur are left out. */
static void saves_them_as_json(void **state)
{
	struct counters counters = { 0 };
	char path[32], wanted[8192], text[8192];
	size_t size = 0;
	(void)state;
	counter_set(&counters.packets, UINT64_MAX);
	counter_set(&counters.output_errors, 4);
	counter_set(&counters.undecoded[0], 1);
	counter_set(&counters.undecoded[FRAME_REASONS_COUNT - 1], 2);
	counter_set(&counters.dns_faults[0], 9); /* no fault */
	counter_set(&counters.dns_faults[DNS_FAULTS - 1], 3);
	for (size_t i = 0; i < COUNTERS_COUNT; i++) {
		size += (size_t)snprintf(wanted + size, sizeof(wanted) - size, "%s\"%s\":%s",
		                         i == 0 ? "{" : ",", counters_name(i),
		                         i == 0                    ? "18446744073709551615"
		                         : i == COUNTERS_COUNT - 1 ? "4"
		                                                   : "0");
	}
	(void)snprintf(wanted + size, sizeof(wanted) - size,
	               ",\"undecoded_by\":{\"%s\":1,\"%s\":2},\"dns_malformed_by\":{\"%s\":3}}\n",
	               frame_reason_name((enum frame_reason)0),
	               frame_reason_name((enum frame_reason)(FRAME_REASONS_COUNT - 1)),
	               dns_fault_text(-(DNS_FAULTS - 1)));
	assert_int_equal(counters_save(&counters, open_file(path)), 0);
	FILE *file = fopen(path, "r");
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	(void)fclose(file);
	(void)unlink(path);
	assert_string_equal(text, wanted);
}

/* Each closes its descriptor. */
static void cannot_be_saved(void **state)
{
	const struct counters counters = { 0 };
	static const char bytes[4096];
	int pipes[2], before = unit_count_descriptors();
	(void)state;
	assert_int_equal(counters_save(&counters, open("/dev/full", O_WRONLY)), -1);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(counters_save(&counters, open("/dev/null", O_RDONLY)), -1);
	assert_int_equal(pipe2(pipes, O_NONBLOCK), 0);
	while (write(pipes[1], bytes, sizeof(bytes)) > 0) {
	}
	int64_t since = monotonic_ns();
	assert_int_equal(counters_save(&counters, pipes[1]), -1);
	assert_int_equal(errno, ETIMEDOUT);
	assert_in_range(monotonic_ns() - since, 490 * NS_PER_MS, 2000 * NS_PER_MS);
	(void)close(pipes[0]);
	assert_int_equal(unit_count_descriptors(), before);
}

static void only_some_have_reasons(void **state)
{
	const struct counters counters = { 0 };
	struct counters_reasons reasons;
	(void)state;
	assert_true(counters_reasons(&counters, COUNTERS_BY_LAYER, &reasons));
	assert_int_equal(reasons.first, 0);
	assert_true(counters_reasons(&counters, COUNTERS_BY_FAULT, &reasons));
	assert_int_equal(reasons.first, 1);
	for (enum counters_part part = COUNTERS_WHOLE; part <= COUNTERS_DROPPED; part++) {
		bool some = part == COUNTERS_BY_LAYER || part == COUNTERS_BY_FAULT;
		assert_int_equal(counters_reasons(&counters, part, &reasons), some);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_the_sets),
		cmocka_unit_test(sums_the_outputs),
		cmocka_unit_test(never_less_than_none),
		cmocka_unit_test(reaps_what_a_worker_held),
		cmocka_unit_test(has_rows),
		cmocka_unit_test(saves_them_as_json),
		cmocka_unit_test(cannot_be_saved),
		cmocka_unit_test(only_some_have_reasons),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
