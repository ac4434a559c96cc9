/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Finds the roles of a table's columns. Private to rules/feeds/lists/. */
#pragma once

#include "rules/feeds/import/indicator_type.h"
#include "rules/feeds/import/roles.h"
#include "rules/feeds/lists/csv.h"

struct columns {
	/*! The role of each column; ROLE_COUNT: the column is ignored. */
	enum role roles[CSV_FIELDS_MAX];
	/*! The ROLE=NAME of `--column` that gave a column its role; NULL: there is none. */
	const char *given[CSV_FIELDS_MAX];
	/*! The type of the indicators in a column; NULL: any type. */
	const struct indicator_type *types[CSV_FIELDS_MAX];
	/*! The table has no heading, and the column may or may not have indicators. */
	bool doubtful[CSV_FIELDS_MAX];
	size_t count;
	/*! The number of columns of indicators. Two columns with the first and the last address of
	 * a range count as one. */
	size_t indicators;
};

/*!
 * \brief Finds the heading of a table. It is the first line that is not a comment. If that line is
 *        no heading, the heading is a comment above it. This comment must have as many fields as
 *        that line.
 *
 * \param record  Memory that the function uses; its content is undefined afterwards.
 * \param csv     Receives the position of the first record after the heading.
 *
 * \return False if no heading names a column of indicators.
 */
bool columns_by_heading(const struct feed *feed, struct csv_record *record, struct csv *csv,
                        struct columns *columns);

/*!
 * \brief Guesses the roles of the columns of a table without a heading by their content.
 *
 * The first column with names, addresses or URLs is a column of indicators. Another column with
 * such values is also a column of indicators in two cases: if the first one has URLs and this
 * column has addresses, or if all columns of the table have such values. In all other cases, a
 * further column with URLs is a reference, and a further column with names or addresses is
 * doubtful.
 *
 * \return False if the numbers of fields differ too much, or if no column has indicators.
 */
bool columns_by_content(const struct feed *feed, struct csv_record *record, struct csv *csv,
                        struct columns *columns);

/*!
 * \brief Gives the roles of `--column` to columns without a heading, by their numbers. Columns that
 *        had one of these roles lose it.
 */
void columns_give_by_number(const struct feed *feed, struct columns *columns);

/*! \brief Reports each ROLE=NAME of `--column` for which the table has no column. */
void columns_report_missing(struct feed *feed, const struct columns *columns);

/*! \brief Returns true if the next record is a comment or a blank line. */
bool columns_at_comment(const struct csv *csv);

/*!
 * \brief Returns the delimiter of a line: the comma, semicolon, tab or `|`, depending on which
 *        occurs most often.
 */
char columns_delimiter(const char *line, size_t size);
