/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/system/cpus.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>

#include "base/ascii.h"

/* Reads a number and moves `text` after it; -1: there is no number. */
static long read_number(const char **text)
{
	char *end;
	if (!ascii_is_digit(**text)) {
		return -1;
	}
	long number = strtol(*text, &end, 10);
	*text = end;
	return number < CPU_SETSIZE ? number : -1;
}

static bool add_range(struct cpus *cpus, long first, long last)
{
	for (long cpu = first; cpu <= last; cpu++) {
		if (cpus->count == CPUS_MAX) {
			return false;
		}
		cpus->items[cpus->count++] = (uint16_t)cpu;
	}
	return true;
}

bool cpus_parse(struct cpus *cpus, const char *text)
{
	cpus->count = 0;
	for (;; text++) {
		long first = read_number(&text);
		long last = first;
		if (*text == '-') {
			text++;
			last = read_number(&text);
		}
		if (first < 0 || last < first || !add_range(cpus, first, last)) {
			return false;
		}
		if (*text != ',') {
			return *text == '\0';
		}
	}
}

int cpus_pin(const struct cpus *cpus, unsigned worker)
{
	cpu_set_t set;
	if (cpus->count == 0) {
		return 0;
	}
	CPU_ZERO(&set);
	CPU_SET(cpus->items[worker % cpus->count], &set);
	return sched_setaffinity(0, sizeof(set), &set) == 0 ? 0 : -errno;
}
