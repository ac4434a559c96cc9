/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief What the columns of a table are; for rules/feeds/lists/ alone. */
#pragma once

#include "rules/feeds/import/indicator_type.h"
#include "rules/feeds/import/roles.h"
#include "rules/feeds/lists/csv.h"

struct columns {
	enum role roles[CSV_FIELDS_MAX];                    /*!< ROLE_COUNT: none. */
	const struct indicator_type *types[CSV_FIELDS_MAX]; /*!< Of indicators; NULL: any. */
	/*! Without a heading it may be of indicators or of something else. */
	bool doubtful[CSV_FIELDS_MAX];
	size_t count;
	size_t indicators; /*!< Columns of indicators; a range of two columns is one. */
};

/*!
 * \brief Finds the heading of a table: the first line that is not a comment, or a comment above
 *        it with as many fields.
 *
 * \param record  For its use.
 * \param csv     Out: at the first record after the heading.
 *
 * \return False when no line has a column of indicators.
 */
bool columns_by_heading(const struct feed *feed, struct csv_record *record, struct csv *csv,
                        struct columns *columns);

/*!
 * \brief Guesses the columns of a table without heading by what is in them.
 *
 * The first column of names, addresses or URLs is the one of indicators, and addresses after
 * URLs are; all columns are if each is of that kind. Other such columns are doubtful.
 *
 * \return False when lines differ too much, or there is no column of indicators.
 */
bool columns_by_content(const struct feed *feed, struct csv_record *record, struct csv *csv,
                        struct columns *columns);

/*! \brief Whether the next record is a comment or a blank line. */
bool columns_at_comment(const struct csv *csv);

/*! \brief The sign that occurs most in a line: comma, semicolon, tab or bar. */
char columns_delimiter(const char *line, size_t size);
