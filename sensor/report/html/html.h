/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Functions that write the parts of the HTML page, and the bounds of the page.
 *
 * A text from the wire gets into the page by html_text() only. This function escapes all characters
 * with a meaning in text, in a quoted attribute, or in the text of an SVG picture.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "sensor/report/report.h"

#define HTML_INCIDENTS_MAX                                                                         \
	100                /*!< Incidents with all details; further ones are in the list only. */
#define HTML_LIST_MAX 1000 /*!< Incidents in the list at the top. */
#define HTML_ROWS_MAX 200  /*!< Rows of a table, and items of a list. */
#define HTML_TEXT_MAX 600  /*!< Octets of a value; the rest of it is counted. */

/*! \brief Writes markup of this program. */
void html_put(FILE *out, const char *markup);

/*!
 * \brief Writes a text, in which `&<>"'` are character references and each character that cannot be
 *        shown safely is visible as printable_next() escapes it.
 */
void html_text(FILE *out, const char *text, size_t size);

/*!
 * \brief Writes a text as html_text() does, isolated from the direction of the text around it. At
 *        most HTML_TEXT_MAX octets are written. A text that is NULL or empty becomes a dash.
 */
void html_value(FILE *out, const struct report_text *text);

/*! \brief Returns the size that a text has after it was cut to at most `max` octets. No character
 *         is divided. */
size_t html_cut(const struct report_text *text, size_t max);

/*! \brief Writes a number with commas between groups of three digits. */
void html_number(FILE *out, uint64_t number);

/*! \brief The part of `2020-05-30T15:05:12.025846Z` that is shown: octets `from` to `to`. */
struct html_digits {
	uint8_t from, to;
};

#define HTML_TO_SECOND ((struct html_digits){ 0, 19 })
#define HTML_TO_MS     ((struct html_digits){ 0, 23 })

/*!
 * \brief Writes a time as a `time` element, in UTC. The script writes it in the zone of the reader
 *        on demand. The time 0 becomes a dash.
 */
void html_time(FILE *out, int64_t time_ns, struct html_digits digits);

/*! \brief Writes the attributes `data-t` and `data-d` of a time, which the script reads, then `>`
 *         and the digits. The caller has opened the element, and closes it.
 */
void html_time_digits(FILE *out, int64_t time_ns, struct html_digits digits);

/*! \brief Writes how many rows were left out, if any were. */
void html_omitted(FILE *out, uint64_t count, const char *noun);

/*! \brief Begins a table in a region of its own that can be scrolled. `heads` has the text of each
 *         column head, followed by `|`. */
void html_table(FILE *out, const char *caption, const char *heads);
void html_table_end(FILE *out);

/*! \brief Returns the word for a severity: low, medium, high or critical. */
const char *html_severity(unsigned severity);

/*! \brief Writes the details of an incident; `number` makes the ids of its elements unique. */
void html_incident(FILE *out, const struct report_incident *incident, size_t number);

/*! \brief Writes the tables of an incident: resolvers, mails, evidence and hits. */
void html_resolvers(FILE *out, const struct report_incident *incident);
void html_mails(FILE *out, const struct report_incident *incident);
void html_evidence(FILE *out, const struct report_incident *incident);
void html_hits(FILE *out, const struct report_incident *incident);

/*! \brief Writes the values that others can search for. */
void html_indicators(FILE *out, const struct report_incident *incident);

/*! \brief Writes the timeline as an SVG picture; nothing if there are no times. */
void html_timeline(FILE *out, const struct report_incident *incident, size_t number);
