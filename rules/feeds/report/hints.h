/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Guesses the kind of an indicator in a report from the words and the layout around it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "rules/language/indicator.h"

/*! \brief An indicator and the line that contains it, as views. */
struct hints_place {
	const char *line;
	size_t line_size;
	const char *at; /*!< The indicator, within `line`. */
	size_t size;
	enum rule_form form;
};

/*! \brief The information about an indicator that the layout of its line gives. */
struct hints {
	unsigned kinds; /*!< Bits of enum observation_kind; 0: the layout suggests none. */
	bool is_record; /*!< The line is a resource record in the format of dig. */
	bool is_owner;  /*!< The indicator is the owner of a record, or the name in a question. */
	/*! The indicator must be ignored: it is in data of a record that suggest no kind, such as
	 * those of TXT and PTR, or it is the mailbox of an SOA record. */
	bool is_nothing;
};

/*!
 * \brief Evaluates the layout of the line. It recognises records and comments in the output of dig,
 *        and also ports and commands.
 */
struct hints hints_layout(const struct hints_place *place);

/*!
 * \brief Returns the kinds, as bits, that the nearest meaningful word suggests. Only the text from
 *        `start` to `end` is searched for words.
 *
 * The bit of KIND_NAME means that the name is the owner of an address record, as the words
 * `resolves to` show. It suggests no kind for the name.
 */
unsigned hints_words(const char *start, const char *end, const struct hints_place *place);

/*! \brief Returns true if a line is the heading of a list of indicators. */
bool hints_is_heading(const char *line, size_t size);
