/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/fleet/fleet_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const words[] = { "waiting", "took", "refused" };

void fleet_report_in_force(uint64_t version, char text[FLEET_IN_FORCE_MAX])
{
	(void)snprintf(text, FLEET_IN_FORCE_MAX,
	               version != 0 ? "version %" PRIu64 " stays in force" : "no set is in force",
	               version);
}

void fleet_report_write(const struct fleet_report *report, char text[FLEET_REPORT_MAX])
{
	(void)snprintf(text, FLEET_REPORT_MAX,
	               "%s %" PRIu64 " %016" PRIx64 " %" PRIu64 " %" PRIu64 "%s%s",
	               words[report->result], report->version, report->hash, report->in_force,
	               report->time_s, report->reason[0] != '\0' ? " " : "", report->reason);
}

bool fleet_report_read(const char *text, size_t size, struct fleet_report *report)
{
	char copy[FLEET_REPORT_MAX];
	char word[8];
	int used = 0;
	size = size < sizeof(copy) ? size : sizeof(copy) - 1;
	memcpy(copy, text, size);
	copy[size] = '\0';
	*report = (struct fleet_report){ .version = 0 };
	if (sscanf(copy, "%7s %19" SCNu64 " %16" SCNx64 " %19" SCNu64 " %19" SCNu64 "%n", word,
	           &report->version, &report->hash, &report->in_force, &report->time_s,
	           &used) != 5) {
		return false;
	}
	if (copy[used] == ' ') {
		(void)snprintf(report->reason, sizeof(report->reason), "%.*s", FLEET_REASON_MAX - 1,
		               copy + used + 1);
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(word, words[i]) == 0) {
			report->result = (enum fleet_result)i;
			return true;
		}
	}
	return false;
}
