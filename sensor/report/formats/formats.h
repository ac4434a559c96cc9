/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief The formats of a report; the table is sensor/options/report_format_list.h. */
#pragma once

#include <stdio.h>

#include "sensor/options/report_format_list.h"
#include "sensor/report/report.h"

/*! \brief Writes a report to a file. \return False if it could not be written; errno is set. */
typedef bool (*report_write_t)(const struct report *report, FILE *out);

struct report_format {
	const char *name;
	const char *extension;
	const char *media;
	report_write_t write;
};

#define X(id, ...) bool report_write_##id(const struct report *report, FILE *out);
REPORT_FORMATS(X)
#undef X

/*! \brief Returns the i-th format; NULL after the last. */
const struct report_format *report_format_at(size_t i);

/*! \brief Returns the first format whose extension is the end of a file name; NULL if there is
 *         none. */
const struct report_format *report_format_of_file(const char *name);
