/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The pages of the console. They have the style of the report (sensor/report/html), work
 *        without a script, and make no request to elsewhere.
 *
 * A page is written to a stream in memory, and becomes an answer.
 */
#pragma once

#include <stdio.h>

#include "sensor/console/calls.h"
#include "sensor/report/html/html_page.h"

/*! \brief The list of incidents is refreshed after so many seconds. */
#define PAGE_REFRESH_S 10

enum page_place { PAGE_NOWHERE, PAGE_INCIDENTS, PAGE_LOOKUP };

struct page {
	FILE *out; /*!< NULL: out of memory. */
	char *text;
	size_t size;
};

/*! \brief Returns the value of the Content-Security-Policy header of the pages. */
const char *page_policy(void);

/*!
 * \brief The parts of a page around its contents.
 *
 * \param title      NULL: that of the report.
 * \param refresh_s  0: the page stays as it is.
 */
struct html_frame page_frame(enum page_place place, const struct console_request *request,
                             const char *title, unsigned refresh_s);

/*! \brief Opens the stream. */
void page_open(struct page *page);

/*! \brief Closes the stream, and makes it the body of the answer. */
void page_close(struct page *page, struct console_answer *answer, unsigned status);

/*! \brief Writes a whole page with a title and a sentence. */
void page_sentence(struct console_answer *answer, unsigned status, enum page_place place,
                   const struct console_request *request, const char *title, const char *sentence);

/*! \brief Writes the page to log in. \param failed The token was wrong. */
void page_login(struct console_answer *answer, bool failed);

/*! \brief Writes a text as a part of a target (RFC 3986, 2.1), between quotes of an attribute. */
void page_put_target(FILE *out, const char *text, size_t size);
