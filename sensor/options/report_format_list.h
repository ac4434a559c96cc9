/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The table of formats of a report.
 *
 * A new format is a row here and a file in sensor/report/formats/ that defines report_write_ID().
 * The option --format, the help and the man page are made from this table. The first format is the
 * default.
 *
 * X(ID, NAME, EXTENSION, MEDIA)
 *
 *  NAME       the value of --format
 *  EXTENSION  the end of file names that mean this format, with the dot; the first row that fits
 *             is taken
 *  MEDIA      the media type (RFC 6838)
 */
#pragma once

/* clang-format off */
#define REPORT_FORMATS(X)                                                                          \
	X(html, "html", ".html", "text/html")                                                      \
	X(markdown, "markdown", ".md", "text/markdown")                                            \
	X(timesketch, "timesketch", ".jsonl", "application/jsonl")                                 \
	X(stix, "stix", ".stix.json", "application/stix+json")                                     \
	X(misp, "misp", ".misp.json", "application/json")                                          \
	X(json, "json", ".json", "application/json")                                               \
	X(csv, "csv", ".csv", "text/csv")
/* clang-format on */
