/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/detect/output_budget.h"

#include "base/time_ns.h"

#define KIB      ((uint64_t)1 << 10)
#define CRITICAL 99

/* The number of octets that are reserved for events of higher severity. */
static uint64_t reserved(unsigned severity)
{
	if (severity >= CRITICAL) {
		return 0;
	}
	if (severity >= 75) {
		return 16 * KIB;
	}
	return severity > 0 ? 32 * KIB : 64 * KIB;
}

void output_budget_init(struct output_budget *budget, uint64_t read)
{
	*budget = (struct output_budget){
		.read = read,
		.saved = OUTPUT_BUDGET_START,
		.burst = OUTPUT_BUDGET_BURST,
	};
}

static uint64_t add(uint64_t value, uint64_t more, uint64_t limit)
{
	return more < limit - value ? value + more : limit;
}

/* A jump of the clock counts as one second at most. */
static uint64_t earned(int64_t passed_ns)
{
	if (passed_ns < 0 || passed_ns > NS_PER_S) {
		return OUTPUT_BUDGET_SECOND;
	}
	return (uint64_t)passed_ns * (OUTPUT_BUDGET_SECOND >> 10) / ((uint64_t)NS_PER_S >> 10);
}

void output_budget_earn(struct output_budget *budget, uint64_t read, int64_t time_ns)
{
	int64_t passed_ns;
	if (__builtin_sub_overflow(time_ns, budget->time_ns, &passed_ns)) {
		passed_ns = -1;
	}
	budget->saved = add(budget->saved, (read - budget->read) * OUTPUT_BUDGET_RATIO,
	                    OUTPUT_BUDGET_SAVED);
	budget->burst = add(budget->burst, earned(passed_ns), OUTPUT_BUDGET_BURST);
	budget->read = read;
	budget->time_ns = time_ns;
}

uint64_t output_budget_left(const struct output_budget *budget, unsigned severity)
{
	uint64_t left = budget->saved;
	if (severity > 0 && budget->burst < left) {
		left = budget->burst;
	}
	return left > reserved(severity) ? left - reserved(severity) : 0;
}

bool output_budget_take(struct output_budget *budget, unsigned severity, size_t size)
{
	if (size > output_budget_left(budget, severity)) {
		return false;
	}
	budget->saved -= size;
	if (severity > 0) {
		budget->burst -= size;
	}
	return true;
}

bool output_budget_take_further(struct output_budget *budget, unsigned severity, size_t size)
{
	if (severity < CRITICAL && budget->message + size > OUTPUT_BUDGET_MESSAGE) {
		return false;
	}
	if (!output_budget_take(budget, severity, size)) {
		return false;
	}
	budget->message += size;
	return true;
}
