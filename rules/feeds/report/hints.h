/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Guesses the kind of an indicator from the words and the layout around it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "rules/language/indicator.h"

/*! \brief The line of an indicator, and its place there. */
struct hints_place {
	const char *line;
	size_t line_size;
	const char *at; /*!< The indicator. */
	size_t size;
	enum rule_form form;
};

/*! \brief The findings from a layout. Kinds are bits of `enum observation_kind`. */
struct hints {
	unsigned kinds;
	bool is_record;  /*!< The line is a record as dig prints it. */
	bool is_owner;   /*!< It is the owner of a record, or in a question. */
	bool is_nothing; /*!< It is text, or the mailbox of a SOA record: not an indicator. */
};

/*! \brief Evaluates the layout of the line: records and remarks of dig, a port, a command. */
struct hints hints_layout(const struct hints_place *place);

/*!
 * \brief The kinds by the nearest words to a place between `start` and `end`, as bits.
 *
 * KIND_NAME: the words give an address for the name, and so no kind of its own.
 */
unsigned hints_words(const char *start, const char *end, const struct hints_place *place);

/*! \brief Whether a line is the heading of a list of indicators. */
bool hints_is_heading(const char *line, size_t size);
