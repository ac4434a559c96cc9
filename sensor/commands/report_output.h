/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Writes a report to a file or to standard output, and chooses its format. */
#pragma once

#include "sensor/options/options.h"
#include "sensor/report/formats/formats.h"

/*!
 * \brief Chooses the format: the one of --format; else the one that the file's name shows; else
 *        `otherwise`, which may be NULL.
 */
const struct report_format *report_output_format(const struct options *options,
                                                 const struct report_format *otherwise);

/*!
 * \brief Writes a report.
 *
 * \param path  The file, which is replaced when the report is complete; NULL or "-": standard
 *              output.
 *
 * \return False after a failure, which was logged.
 */
bool report_output_write(const struct report *report, const struct report_format *format,
                         const char *path);
