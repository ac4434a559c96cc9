/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Makes rules from a row. A row is a record of a table, or a JSON object whose values have
 *        roles.
 */
#pragma once

#include "rules/feeds/import/indicator_type.h"
#include "rules/feeds/import/roles.h"

/*!
 * \brief The largest number of indicators in one row. Each further indicator is reported as an
 *        error.
 */
#define ROW_INDICATORS_MAX 64

struct row_indicator {
	const char *text;
	/*! The type that the heading states; NULL: it states none. */
	const struct indicator_type *type;
};

/*! \brief A row. All texts are borrowed and end with NUL. */
struct row {
	/*! The first value of each role; NULL: the row has no value of this role. */
	const char *values[ROLE_COUNT];
	struct row_indicator indicators[ROW_INDICATORS_MAX];
	size_t count;
	size_t line; /*!< The line of the row, from 1; 0: the line of `feed->place`. */
};

/*! \brief Initialises a row without values. */
void row_begin(struct row *row, size_t line);

/*!
 * \brief Adds a value with its role. A row can have many indicators. For any other role, only the
 *        first value is stored.
 *
 * \param type  The type that the heading of an indicator states, or NULL.
 */
void row_put(struct feed *feed, struct row *row, enum role role, const struct indicator_type *type,
             const char *text);

/*!
 * \brief Adds the rules of a row. If the row gives no rule, the reason is counted.
 *
 * A row with a URL on a shared host (shared_hosts.h) gives no rule at all, because its other
 * indicators, such as an address, belong to that host, too.
 */
void row_add(struct feed *feed, const struct row *row);
