/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Writes a report as one HTML page.
 *
 * The page needs no network and no script. Its Content-Security-Policy allows only its own style
 * sheet and script, by their SHA-256. All texts are escaped by html_text().
 */
#pragma once

#include <stdio.h>

#include "sensor/report/html/html_assets.h"
#include "sensor/report/report.h"

/*! \brief Writes the page. The caller checks ferror(). */
void html_page(const struct report *report, FILE *out);

/*! \brief The parts of a console page around its contents. All of them are markup of this program,
 *         except for the title. */
struct html_frame {
	const char *title;       /*!< A text; NULL: the page has the title of the report. */
	struct html_asset style; /*!< A further style sheet. */
	const char *navigation;  /*!< The markup before the contents. */
	unsigned refresh_s; /*!< Seconds after which the browser loads the page again; 0: never. */
};

/*! \brief Writes the page of a report within a frame. */
void html_page_in(const struct report *report, FILE *out, const struct html_frame *frame);

/*! \brief Writes the beginning of a page that is not a report. Then call html_page_mast() if the
 *         page has a heading, write the contents, and call html_page_end(). The page contains no
 *         Content-Security-Policy, because the header of the HTTP response has it. */
void html_page_begin(FILE *out, const struct html_frame *frame);
void html_page_end(FILE *out);

/*! \brief Writes the heading of a page. It shows the time zone of the page's times. The script can
 *         change this zone. */
void html_page_mast(FILE *out, const char *name);
