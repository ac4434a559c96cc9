/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Answers queries to the history: as the APIs of CIRCL and DNSDB do.
 *
 * An answer that would be larger than CONSOLE_ANSWER_MAX ends before that, and states it where the
 * API can.
 */
#pragma once

#include "history/folder.h"
#include "sensor/console/calls.h"

struct lookup {
	const char *history; /*!< The folder, or the URL of ClickHouse; NULL: there is none. */
	struct history_reported reported; /*!< Damaged files, which are logged once. */
	bool damaged;                     /*!< The last query has left out a file. */
};

/*! \brief Answers CONSOLE_CIRCL or CONSOLE_DNSDB. The body of the answer must be begun. */
void lookup_answer(struct lookup *lookup, const struct console_request *request,
                   struct console_answer *answer);

/*! \brief Notes a damaged file, for history_reading_open() with a struct lookup. */
void lookup_note_damage(void *lookup, const char *name);

/*! \brief Answers with a sentence. */
void lookup_refuse(struct console_answer *answer, unsigned status, const char *reason);
