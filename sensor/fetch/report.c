/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/fetch/report.h"

#include <string.h>

/* What becomes a line of a file has no control characters. */
static void end_text(char *text, size_t room)
{
	text[room - 1] = '\0';
	for (char *at = text; *at != '\0'; at++) {
		*at = (unsigned char)*at < ' ' || *at == 0x7f ? '?' : *at;
	}
}

void fetch_report_take(const struct fetch_report *shared, struct fetch_report *report)
{
	memcpy(report, shared, sizeof(*report));
	end_text(report->why, sizeof(report->why));
	end_text(report->deferred, sizeof(report->deferred));
	end_text(report->etag, sizeof(report->etag));
	end_text(report->modified, sizeof(report->modified));
	end_text(report->added, sizeof(report->added));
	end_text(report->format, sizeof(report->format));
}
