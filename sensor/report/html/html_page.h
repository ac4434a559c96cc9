/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Writes a report as one HTML page.
 *
 * The page needs no network and no script. Its Content-Security-Policy allows only its own style
 * sheet and script, by their SHA-256. All texts are escaped by html_text().
 */
#pragma once

#include <stdio.h>

#include "sensor/report/report.h"

/*! \brief Writes the page. The caller checks ferror(). */
void html_page(const struct report *report, FILE *out);
