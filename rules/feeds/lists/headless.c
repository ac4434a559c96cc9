/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables without a heading. The role of a column is guessed from its cells. */
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "rules/feeds/import/value.h"
#include "rules/feeds/lists/columns.h"
#include "rules/language/range.h"

/*! \brief The largest number of records that are examined. */
#define RECORDS_LOOKED_AT 100
/*! \brief The largest number of columns that are examined. Further columns have no role. */
#define COLUMNS_MAX 32

/*! \brief The numbers of cells in a column, by their content. */
struct cells {
	size_t filled;
	size_t indicators;
	size_t addresses;
	size_t urls;
	size_t types;
	size_t texts; /*!< Cells that have several words. */
	/*! Addresses that form a range with the address in the previous column. */
	size_t range_ends;
};

struct survey {
	struct cells cells[COLUMNS_MAX];
	size_t records;
	size_t alike; /*!< Records with as many fields as the first record. */
	size_t count; /*!< Fields of the first record. */
};

static bool is_text(const char *cell)
{
	const char *blank = strchr(cell, ' ');
	return blank != NULL && ascii_is_letter(blank[1]);
}

static void look_at_cell(const struct feed *feed, const struct csv_record *record, size_t i,
                         struct cells *cells)
{
	char why[INDICATOR_WHY_SIZE];
	char range[2 * INDICATOR_WORD_MAX];
	struct network networks[RANGE_NETWORKS_MAX];
	struct indicator indicator;
	const char *cell = record->fields[i];
	size_t size = strlen(cell);
	cells->filled += size > 0;
	cells->texts += is_text(cell);
	cells->types += size > 1 && indicator_type_find(cell) != NULL;
	if (strchr(cell, ' ') != NULL || !value_looks_like_indicator(feed->psl, cell, size)) {
		return;
	}
	cells->indicators++;
	cells->urls += strstr(cell, "://") != NULL;
	cells->addresses +=
	        value_is_indicator(cell, size, &indicator) && indicator.form == FORM_NETWORK;
	if (i > 0) {
		snprintf(range, sizeof(range), "%.500s-%.500s", record->fields[i - 1], cell);
		cells->range_ends += range_parse(range, networks, why) > 0;
	}
}

static void survey(const struct feed *feed, struct csv csv, struct csv_record *record,
                   struct survey *survey)
{
	const char *why;
	*survey = (struct survey){ .records = 0 };
	while (survey->records < RECORDS_LOOKED_AT && *csv.at != '\0') {
		bool comment = columns_at_comment(&csv);
		int ret = csv_next(&csv, record, &why);
		if (comment || ret != 1) {
			survey->records += ret < 0 && !comment;
			continue;
		}
		survey->count = survey->records == 0 ? record->count : survey->count;
		survey->records++;
		survey->alike += record->count == survey->count;
		for (size_t i = 0; i < record->count && i < COLUMNS_MAX; i++) {
			look_at_cell(feed, record, i, &survey->cells[i]);
		}
	}
}

/*!
 * \brief Returns true if a part is at least four fifths of the whole. One invalid cell must not
 *        hide the role of a column.
 */
static bool most(size_t part, size_t whole)
{
	return part > 0 && part * 5 >= whole * 4;
}

static bool is_of_indicators(const struct survey *survey, size_t i)
{
	const struct cells *cells = &survey->cells[i];
	return most(cells->indicators, cells->filled) && cells->filled * 2 >= survey->records;
}

static bool is_range(const struct survey *survey, size_t i)
{
	return i + 1 < survey->count && i + 1 < COLUMNS_MAX &&
	       most(survey->cells[i].addresses, survey->records) &&
	       most(survey->cells[i + 1].range_ends, survey->records);
}

/*! \brief Gives roles to the columns with indicators, beginning with the first one. */
static void assign_indicators(const struct survey *survey, struct columns *columns, size_t first)
{
	size_t all = 0;
	for (size_t i = 0; i < columns->count; i++) {
		all += is_of_indicators(survey, i);
	}
	bool by_url = most(survey->cells[first].urls, survey->cells[first].filled);
	for (size_t i = first; i < columns->count; i++) {
		const struct cells *cells = &survey->cells[i];
		if (columns->roles[i] != ROLE_COUNT || !is_of_indicators(survey, i)) {
			continue;
		}
		bool resolved = by_url && most(cells->addresses, cells->filled);
		if (i == first || all == columns->count || resolved) {
			columns->roles[i] = ROLE_INDICATOR;
			columns->indicators++;
		} else if (most(cells->urls, cells->filled)) {
			columns->roles[i] = ROLE_REF;
		} else {
			columns->doubtful[i] = true;
		}
	}
}

static bool assign(const struct survey *survey, struct columns *columns)
{
	size_t first = 0;
	bool described = false;
	*columns = (struct columns){ .count = survey->count < COLUMNS_MAX ? survey->count
		                                                          : COLUMNS_MAX };
	while (first < columns->count && !is_of_indicators(survey, first)) {
		first++;
	}
	if (first == columns->count) {
		return false;
	}
	for (size_t i = 0; i < columns->count; i++) {
		const struct cells *cells = &survey->cells[i];
		columns->roles[i] = ROLE_COUNT;
		if (most(cells->types, survey->records)) {
			columns->roles[i] = ROLE_TYPE;
		} else if (!described && most(cells->texts, survey->records)) {
			columns->roles[i] = ROLE_DESCRIPTION;
			described = true;
		}
	}
	if (is_range(survey, first)) {
		columns->roles[first] = ROLE_START;
		columns->roles[first + 1] = ROLE_END;
		columns->indicators = 1;
		return true;
	}
	assign_indicators(survey, columns, first);
	return true;
}

bool columns_by_content(const struct feed *feed, struct csv_record *record, struct csv *csv,
                        struct columns *columns)
{
	struct survey found;
	struct feed_line line = { .number = 0 };
	struct csv at = { .line = 1 };
	while (feed_next_line(feed, &line)) {
		at.at = line.text;
		if (!columns_at_comment(&at)) {
			break;
		}
	}
	if (line.number == 0 || columns_at_comment(&at)) {
		return false;
	}
	*csv = (struct csv){ .at = line.text,
		             .delimiter = columns_delimiter(line.text, line.size),
		             .line = line.number };
	survey(feed, *csv, record, &found);
	if (found.count < 2 || !most(found.alike, found.records) || !assign(&found, columns)) {
		return false;
	}
	columns_give_by_number(feed, columns);
	return columns->indicators > 0;
}
