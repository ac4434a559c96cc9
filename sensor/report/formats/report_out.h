/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Writes the JSON document of a report to a file part by part, and the texts, times and
 *        words that several formats have in common.
 *
 * The memory does not grow with the document: report_out_flush() writes what is complete.
 *
 * Ownership: report_out_end() frees the memory; the caller owns the file.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/json.h"
#include "sensor/report/report.h"

struct report_out {
	struct json json;
	FILE *file;
	bool failed; /*!< A text did not fit into memory. */
};

/*! \brief Starts a document, and initialises `out`. */
void report_out_begin(struct report_out *out, FILE *file);

/*! \brief Writes the text so far to the file, if it has at least 64 KiB. Call it after a whole
 *         member or element. */
void report_out_flush(struct report_out *out);

/*!
 * \brief Ends a line of JSON: writes the rest of the line and a line feed to the file. The next
 *        text is a document of its own.
 */
void report_out_line(struct report_out *out);

/*!
 * \brief Frees the memory.
 *
 * \return False if the document was not written; errno is set.
 */
bool report_out_end(struct report_out *out);

/*! \brief Writes a string; writes nothing if there is no text. */
void report_put_text(struct json *json, const char *key, const struct report_text *text);

/*! \brief Writes an array of strings; an empty one is left out. */
void report_put_texts(struct json *json, const char *key, const struct report_texts *texts);

/*! \brief Writes a time as json_put_time() does; writes nothing if it is 0. */
void report_put_time(struct json *json, const char *key, int64_t time_ns);

/*! \brief Writes a number; writes nothing if it is 0. */
void report_put_count(struct json *json, const char *key, uint64_t count);

/*! \brief Returns true if there is a text, and it is not empty. */
static inline bool report_text_is_set(const struct report_text *text)
{
	return text->text != NULL && text->size > 0;
}

/*! \brief Returns the word for a kind of answer: "expected" or "rogue". */
const char *report_answer_word(enum report_answer_kind kind);

/*! \brief Returns what became of a mail, as a part of a sentence. */
const char *report_mail_outcome(const struct report_mail *mail);

/*! \brief Returns the word of `sev=` for the number of event.severity: "low", "medium", ... */
const char *report_severity_word(unsigned severity);
