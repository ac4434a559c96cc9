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

/*! \brief What a page of the console has around its contents. All is markup of this program, except
 *         for the title. */
struct html_frame {
	const char *title;       /*!< A text; NULL: that of the report. */
	struct html_asset style; /*!< A further style sheet. */
	const char *navigation;  /*!< Before the contents. */
	unsigned refresh_s;      /*!< The page is shown anew after so many seconds; 0: it is not. */
};

/*! \brief Writes the page of a report within a frame. */
void html_page_in(const struct report *report, FILE *out, const struct html_frame *frame);

/*! \brief Writes another page: html_page_begin(), html_page_mast() if it has a heading, the
 *         contents, html_page_end(). Its policy is in the header of the answer. */
void html_page_begin(FILE *out, const struct html_frame *frame);
void html_page_end(FILE *out);

/*! \brief Writes the heading of a page, with the zone of its times, which the script can change. */
void html_page_mast(FILE *out, const char *name);
