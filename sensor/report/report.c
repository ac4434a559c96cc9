/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/report/report.h"

#include <string.h>
#include <sys/param.h>

void report_free(struct report *report)
{
	report_memory_free(&report->memory);
	*report = (struct report){ .incidents = NULL };
}

int report_text_compare(const struct report_text *a, const struct report_text *b)
{
	size_t shorter = MIN(a->size, b->size);
	int ret = shorter > 0 ? memcmp(a->text, b->text, shorter) : 0;
	return ret != 0 ? ret : (a->size > b->size) - (a->size < b->size);
}
