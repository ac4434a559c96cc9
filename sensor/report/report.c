/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/report/report.h"

void report_free(struct report *report)
{
	report_memory_free(&report->memory);
	*report = (struct report){ .incidents = NULL };
}
