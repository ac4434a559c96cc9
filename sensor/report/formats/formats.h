/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The table of formats of a report.
 *
 * A new format is a row here and a file that defines report_write_ID(). The option --format, the
 * help and the man page are made from this table.
 *
 * X(ID, NAME, EXTENSION, MEDIA)
 *
 *  NAME       the value of --format
 *  EXTENSION  the end of file names that mean this format, with the dot
 *  MEDIA      the media type (RFC 6838)
 */
#pragma once

#include <stdio.h>

#include "sensor/report/report.h"

/* clang-format off */
#define REPORT_FORMATS(X)                                                                          \
	X(html, "html", ".html", "text/html")                                                      \
	X(timesketch, "timesketch", ".jsonl", "application/jsonl")                                 \
	X(json, "json", ".json", "application/json")                                               \
	X(csv, "csv", ".csv", "text/csv")
/* clang-format on */

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

/*! \brief Returns the first format whose extension a file name ends with; NULL: there is none. */
const struct report_format *report_format_of_file(const char *name);
