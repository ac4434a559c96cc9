/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief What the words and the layout around an indicator say of what it was. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "rules/language/indicator.h"

/*! \brief The line that an indicator stands in, and where in it. */
struct hints_place {
	const char *line;
	size_t line_size;
	const char *at; /*!< The indicator. */
	size_t size;
	enum rule_form form;
};

/*! \brief What a layout says. Kinds are bits of `enum observation_kind`. */
struct hints {
	unsigned kinds;
	bool is_record;  /*!< The line is a record as dig prints it. */
	bool is_owner;   /*!< It stands as the owner of a record or in a question. */
	bool is_nothing; /*!< It is no indicator at all: a SOA's mailbox, text. */
};

/*! \brief What the layout of the line says: dig's records and remarks, a port, a command. */
struct hints hints_layout(const struct hints_place *place);

/*!
 * \brief The kinds that the words nearest to a place between `start` and `end` mean, as bits.
 *
 * KIND_NAME: an address is told of the name, so what it was itself is not told.
 */
unsigned hints_words(const char *start, const char *end, const struct hints_place *place);

/*! \brief Whether a line is the heading of a list of indicators. */
bool hints_is_heading(const char *line, size_t size);
