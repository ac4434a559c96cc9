/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/hits/output_budget.h"

#include <sys/param.h>

#include "base/time_ns.h"

#define KIB      ((uint64_t)1 << 10)
#define CRITICAL 99

static unsigned class_of(unsigned severity)
{
	if (severity >= CRITICAL) {
		return 3;
	}
	return severity >= 75 ? 2 : severity > 0 ? 1 : 0;
}

/* The number of octets that are reserved for events of higher severity. */
static uint64_t reserved(unsigned severity)
{
	static const uint64_t octets[OUTPUT_CLASSES] = { 64 * KIB, 32 * KIB, 16 * KIB, 0 };
	return octets[class_of(severity)];
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
	uint64_t allowed = (read - budget->read) * OUTPUT_BUDGET_RATIO;
	uint64_t paid = MIN(allowed, budget->owed);
	budget->owed -= paid;
	budget->saved = add(budget->saved, allowed - paid, OUTPUT_BUDGET_SAVED);
	budget->burst = add(budget->burst, earned(passed_ns), OUTPUT_BUDGET_BURST);
	budget->read = read;
	budget->time_ns = time_ns;
}

static bool is_limited(unsigned severity, bool further)
{
	return further && severity < CRITICAL;
}

uint64_t output_budget_left(const struct output_budget *budget, unsigned severity, bool further)
{
	uint64_t left = budget->saved;
	if (severity > 0) {
		left = MIN(left, budget->burst);
	}
	left = left > reserved(severity) ? left - reserved(severity) : 0;
	if (!is_limited(severity, further)) {
		return left;
	}
	return budget->message < OUTPUT_BUDGET_MESSAGE
	               ? MIN(left, OUTPUT_BUDGET_MESSAGE - budget->message)
	               : 0;
}

bool output_budget_expects(const struct output_budget *budget, unsigned severity, bool further)
{
	uint64_t expected = MAX(budget->expected[class_of(severity)], OUTPUT_EVENT_LEAST);
	return output_budget_left(budget, severity, further) >= expected;
}

bool output_budget_take(struct output_budget *budget, unsigned severity, bool further, size_t size)
{
	if (size > output_budget_left(budget, severity, further)) {
		return false;
	}
	budget->saved -= size;
	if (severity > 0) {
		budget->burst -= size;
	}
	if (further) {
		budget->message += size;
	}
	return true;
}

/* A reserve lets an attacker who makes events larger by an octet each time have few of them
 * refused. */
void output_budget_note_refused(struct output_budget *budget, unsigned severity, size_t size)
{
	uint64_t *expected = &budget->expected[class_of(severity)];
	*expected = MAX(*expected, MIN(size + size / 8, OUTPUT_EVENT_EXPECTED_MAX));
}

void output_budget_charge(struct output_budget *budget, size_t size)
{
	uint64_t taken = MIN(size, budget->saved);
	budget->saved -= taken;
	budget->owed += size - taken;
}
