/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief The state of reading a file of rules. Private to rules/language/. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "rules/language/language.h"
#include "rules/language/lines.h"
#include "rules/language/values.h"
#include "rules/language/words.h"

struct reader {
	const struct language_sink *sink;
	const char *file;
	struct lines lines;
	struct words words;
	struct values defaults; /*!< The values that `set` lines have given. */
	struct values values;   /*!< The values of the line that is being read. */
	struct indicator *indicators;
	size_t indicators_room;
	struct language_rule rule; /*!< The rule that is being read. */
	char text[LINES_MAX + 1];  /*!< The line so far, with one blank between words. */
	size_t text_size;
	bool setting; /*!< The line begins with `set`. */
	bool faulty;  /*!< An error in this line was reported. */
	bool no_memory;
};

/*! \brief Reports an error in the current line. */
__attribute__((format(printf, 3, 4))) void reader_complain(struct reader *r, size_t column,
                                                           const char *format, ...);

/*!
 * \brief Reads the next word of the line, and adds it to `text` of the reader.
 *
 * \return False at the end of the line, or after an error. The error is reported.
 */
bool reader_next(struct reader *r, struct word *word);
