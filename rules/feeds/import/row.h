/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief A record of a table or an object of JSON: values by their roles, and their rules. */
#pragma once

#include "rules/feeds/import/indicator_type.h"
#include "rules/feeds/import/roles.h"

/*! \brief Indicators of one record; further ones are complained of. */
#define ROW_INDICATORS_MAX 64

struct row_indicator {
	const char *text;
	const struct indicator_type *type; /*!< By its heading; NULL: the heading has no type. */
};

/*! \brief All texts are borrowed and terminated. */
struct row {
	const char *values[ROLE_COUNT]; /*!< The first value of each role; NULL: none. */
	struct row_indicator indicators[ROW_INDICATORS_MAX];
	size_t count;
	size_t line; /*!< 0: by `feed->place`. */
};

/*! \brief Makes a row without values. */
void row_begin(struct row *row, size_t line);

/*!
 * \brief Adds a value of the role of its heading. Later ones of the same role are indicators, or
 *        ignored.
 *
 * \param type  For indicators: the type by the heading, or NULL.
 */
void row_put(struct feed *feed, struct row *row, enum role role, const struct indicator_type *type,
             const char *text);

/*!
 * \brief Adds the rules of a row, or counts why it has none.
 *
 * No indicator of a row is used when one is a URL on a host that serves the world: its
 * address would be that of the host.
 */
void row_add(struct feed *feed, const struct row *row);
