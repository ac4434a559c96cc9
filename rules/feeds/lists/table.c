/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of comma-separated values, with or without a heading. Each record gives a rule. */
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>

#include "rules/feeds/import/row.h"
#include "rules/feeds/import/value.h"
#include "rules/feeds/lists/columns.h"
#include "rules/feeds/lists/list.h"

struct table {
	struct csv csv;
	struct columns columns;
	struct csv_record record;
	struct row row;
};

/*! \brief Returns true if the only column of a table has an indicator below its heading. */
static bool is_column(const struct table *table)
{
	struct feed_line line = { .text = table->csv.at, .size = strcspn(table->csv.at, "\r\n") };
	return list_line_is(&line);
}

bool table_is(struct feed *feed)
{
	struct table *table = malloc(sizeof(*table));
	bool is = table != NULL &&
	          columns_by_heading(feed, &table->record, &table->csv, &table->columns);
	if (is && table->columns.count == 1) {
		is = is_column(table);
	}
	if (!is && table != NULL) {
		is = !list_is(feed) &&
		     columns_by_content(feed, &table->record, &table->csv, &table->columns);
	}
	free(table);
	return is;
}

/*! \brief Reports an indicator in a column that may contain other things than indicators. */
static void doubt(struct feed *feed, const struct table *table, size_t i)
{
	char reason[64];
	const char *text = table->record.fields[i];
	size_t size = strlen(text);
	if (table->columns.doubtful[i] && value_looks_like_indicator(feed->psl, text, size)) {
		snprintf(reason, sizeof(reason), "column %zu has no heading", i + 1);
		feed_leave_out_named(feed, text, size, table->record.line, 1, reason);
	}
}

/*! \brief Reads a record, which may have several indicators, such as a name and its address. */
static void read_record(struct feed *feed, struct table *table)
{
	const struct csv_record *record = &table->record;
	const struct columns *columns = &table->columns;
	struct row *row = &table->row;
	size_t count = MIN(record->count, columns->count);
	row_begin(row, record->line);
	for (size_t i = 0; i < count; i++) {
		row_put(feed, row, columns->roles[i], columns->types[i], record->fields[i]);
		doubt(feed, table, i);
	}
	if (row->count == 0 && row->values[ROLE_START] == NULL) {
		feed_complain(feed, record->line, 1, "the record has no indicator");
		return;
	}
	row_add(feed, row);
}

static void read_records(struct feed *feed, struct table *table)
{
	const char *why;
	int ret = 1;
	while (ret != 0) {
		bool comment = columns_at_comment(&table->csv);
		ret = csv_next(&table->csv, &table->record, &why);
		if (ret < 0 && !comment) {
			feed_complain(feed, table->record.line, 1, "%s", why);
		} else if (ret > 0 && !comment) {
			read_record(feed, table);
		}
	}
}

void table_read(struct feed *feed)
{
	struct table *table = malloc(sizeof(*table));
	if (table == NULL) {
		feed->no_memory = true;
		return;
	}
	if (columns_by_heading(feed, &table->record, &table->csv, &table->columns) ||
	    columns_by_content(feed, &table->record, &table->csv, &table->columns)) {
		columns_report_missing(feed, &table->columns);
		read_records(feed, table);
	} else {
		feed_complain(feed, 1, 1,
		              "the column of indicators is unknown: name it with --column "
		              "indicator=NAME");
	}
	free(table);
}
