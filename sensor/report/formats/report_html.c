/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/report/formats/formats.h"
#include "sensor/report/html/html_page.h"

bool report_write_html(const struct report *report, FILE *out)
{
	html_page(report, out);
	return fflush(out) == 0 && ferror(out) == 0;
}
