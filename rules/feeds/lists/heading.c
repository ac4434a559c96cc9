/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "rules/feeds/import/value.h"
#include "rules/feeds/lists/columns.h"

/*!
 * \brief The largest number of comments above the first record in which the heading is searched
 *        for.
 */
#define COMMENTS_MAX 64
/*! \brief The number of octets of the longest heading in a comment. */
#define COMMENT_MAX 4096

const char *feed_column_check(const char *piece)
{
	size_t size = strcspn(piece, "=");
	if (piece[size] == '\0' || piece[size + 1] == '\0') {
		return "write ROLE=NAME, where NAME is the heading or the number of a column";
	}
	return roles_find(piece, size) == ROLE_COUNT
	               ? "the roles are indicator, type, first-seen, last-seen, since, until, "
	                 "description, source, ref, confidence, tags, start, end and wanted"
	               : NULL;
}

static enum role role_of(const char *piece)
{
	return roles_find(piece, strcspn(piece, "="));
}

/*!
 * \brief Returns the ROLE=NAME of the command line for a column, by its heading or by its number;
 *        NULL if there is none.
 */
static const char *given(const struct feed *feed, const char *heading, size_t number)
{
	for (size_t i = 0; i < feed->options->columns_count; i++) {
		const char *piece = feed->options->columns[i];
		size_t size = strcspn(piece, "=");
		const char *name = piece + size + 1;
		bool by_number = name[strspn(name, "0123456789")] == '\0' &&
		                 strtoul(name, NULL, 10) == number;
		if (by_number || strcasecmp(name, heading) == 0) {
			return piece;
		}
	}
	return NULL;
}

static bool is_given(const struct feed *feed, enum role role)
{
	for (size_t i = 0; i < feed->options->columns_count; i++) {
		if (role_of(feed->options->columns[i]) == role) {
			return true;
		}
	}
	return false;
}

static enum role guess(const struct feed *feed, const char *heading)
{
	enum role role = roles_of_heading(heading, strlen(heading));
	/* If `--column` is given for a role, only the given columns have that role. */
	return role < ROLE_COUNT && is_given(feed, role) ? ROLE_COUNT : role;
}

static bool is_of_mailboxes(const struct columns *columns, size_t i)
{
	return columns->types[i] != NULL && columns->types[i]->forms == FORMS_MAILBOXES;
}

/*!
 * \brief Drops mailboxes in a table of addresses, because such a mailbox is the contact of the
 *        network. A feed of senders has no addresses.
 */
static void drop_contacts(const struct feed *feed, struct columns *columns)
{
	size_t mailboxes = 0;
	size_t networks = 0;
	for (size_t i = 0; i < columns->count; i++) {
		bool indicator = columns->roles[i] == ROLE_INDICATOR;
		mailboxes += indicator && is_of_mailboxes(columns, i);
		networks += columns->roles[i] == ROLE_START ||
		            (indicator && columns->types[i] != NULL &&
		             columns->types[i]->forms == FORMS_NETWORKS);
	}
	for (size_t i = 0; i < columns->count && networks > 0 && mailboxes > 0; i++) {
		if (columns->roles[i] == ROLE_INDICATOR && is_of_mailboxes(columns, i) &&
		    !is_given(feed, ROLE_INDICATOR)) {
			columns->roles[i] = ROLE_COUNT;
			columns->indicators--;
		}
	}
}

static void count_indicators(struct columns *columns)
{
	bool starts = false;
	columns->indicators = 0;
	for (size_t i = 0; i < columns->count; i++) {
		starts |= columns->roles[i] == ROLE_START;
		columns->indicators += columns->roles[i] == ROLE_INDICATOR ||
		                       (columns->roles[i] == ROLE_END && starts);
	}
}

void columns_give_by_number(const struct feed *feed, struct columns *columns)
{
	for (size_t i = 0; i < columns->count; i++) {
		columns->given[i] = given(feed, "", i + 1);
		if (columns->given[i] != NULL) {
			columns->roles[i] = role_of(columns->given[i]);
			columns->doubtful[i] = false;
		} else if (columns->roles[i] < ROLE_COUNT && is_given(feed, columns->roles[i])) {
			columns->roles[i] = ROLE_COUNT;
		}
	}
	count_indicators(columns);
}

void columns_report_missing(struct feed *feed, const struct columns *columns)
{
	for (size_t i = 0; i < feed->options->columns_count; i++) {
		const char *piece = feed->options->columns[i];
		size_t at = 0;
		while (at < columns->count && columns->given[at] != piece) {
			at++;
		}
		if (at == columns->count) {
			feed_complain(feed, 1, 1, "--column %s: the table has no such column",
			              piece);
		}
	}
}

static void read_heading(const struct feed *feed, const struct csv_record *record,
                         struct columns *columns)
{
	*columns = (struct columns){ .count = record->count };
	for (size_t i = 0; i < record->count; i++) {
		const char *heading = record->fields[i];
		heading += strspn(heading, "# ");
		const char *piece = columns->given[i] = given(feed, heading, i + 1);
		columns->roles[i] = piece != NULL ? role_of(piece) : guess(feed, heading);
		columns->types[i] = indicator_type_of_heading(heading);
	}
	count_indicators(columns);
	drop_contacts(feed, columns);
}

char columns_delimiter(const char *line, size_t size)
{
	static const char SIGNS[] = ",;\t|";
	size_t counts[sizeof(SIGNS) - 1] = { 0 };
	size_t best = 0;
	for (size_t i = 0; i < size; i++) {
		const char *sign = line[i] != '\0' ? strchr(SIGNS, line[i]) : NULL;
		if (sign != NULL) {
			counts[sign - SIGNS]++;
		}
	}
	for (size_t i = 1; i < sizeof(counts) / sizeof(counts[0]); i++) {
		best = counts[i] > counts[best] ? i : best;
	}
	return SIGNS[best];
}

bool columns_at_comment(const struct csv *csv)
{
	const char *text = csv->at + strspn(csv->at, " \r");
	return *text == '#' || *text == '\0' || strncmp(text, "//", 2) == 0 ||
	       csv->at[strspn(csv->at, " \t\r")] == '\n';
}

/*!
 * \brief Writes the names of columns in a comment, without the signs of the comment and without a
 *        word such as `CSV:`. Returns the number of octets.
 */
static size_t strip_comment(const struct feed_line *line, char text[COMMENT_MAX])
{
	static const char *const FRONTS[] = { "csv:", "format:", "columns:", "fields:", "header:" };
	const char *at = line->text;
	const char *end = line->text + (line->size < COMMENT_MAX ? line->size : 0);
	while (at < end && strchr("#;/! \t", *at) != NULL && *at != '\0') {
		at++;
	}
	while (end > at && strchr("# \t", end[-1]) != NULL) {
		end--;
	}
	for (size_t i = 0; i < sizeof(FRONTS) / sizeof(FRONTS[0]); i++) {
		size_t size = strlen(FRONTS[i]);
		if ((size_t)(end - at) > size && strncasecmp(at, FRONTS[i], size) == 0) {
			at += size;
			break;
		}
	}
	memcpy(text, at, (size_t)(end - at));
	text[end - at] = '\0';
	return (size_t)(end - at);
}

/*! \brief Returns true if a record has values, and is therefore not a heading. */
static bool has_values(const struct csv_record *record)
{
	for (size_t i = 0; i < record->count; i++) {
		struct indicator indicator;
		if (value_is_indicator(record->fields[i], strlen(record->fields[i]), &indicator)) {
			return true;
		}
	}
	return false;
}

static bool by_first_line(const struct feed *feed, const struct feed_line *line,
                          struct csv_record *record, struct csv *csv, struct columns *columns)
{
	const char *why;
	*csv = (struct csv){ .at = line->text,
		             .delimiter = columns_delimiter(line->text, line->size),
		             .line = line->number };
	if (csv_next(csv, record, &why) != 1 || has_values(record)) {
		return false;
	}
	read_heading(feed, record, columns);
	return columns->indicators > 0;
}

/*! \brief Reads the heading from a comment, which must have as many fields as the first record. */
static bool by_comment(const struct feed *feed, const struct feed_line *comment,
                       const struct feed_line *first, struct csv_record *record, struct csv *csv,
                       struct columns *columns)
{
	char text[COMMENT_MAX];
	const char *why;
	size_t size = strip_comment(comment, text);
	struct csv heading = { .at = text, .delimiter = columns_delimiter(text, size) };
	*csv = (struct csv){ .at = first->text,
		             .delimiter = heading.delimiter,
		             .line = first->number };
	struct csv probe = *csv;
	if (size == 0 || csv_next(&heading, record, &why) != 1 || record->count < 2) {
		return false;
	}
	read_heading(feed, record, columns);
	return columns->indicators > 0 && csv_next(&probe, record, &why) == 1 &&
	       record->count == columns->count;
}

bool columns_by_heading(const struct feed *feed, struct csv_record *record, struct csv *csv,
                        struct columns *columns)
{
	struct feed_line line = { .number = 0 };
	struct feed_line comments[COMMENTS_MAX];
	size_t count = 0;
	bool any;
	while ((any = feed_next_line(feed, &line))) {
		struct csv at = { .at = line.text };
		if (!columns_at_comment(&at)) {
			break;
		}
		comments[count++ % COMMENTS_MAX] = line;
	}
	if (!any) {
		return false;
	}
	if (by_first_line(feed, &line, record, csv, columns)) {
		return true;
	}
	for (size_t i = 0; i < count && i < COMMENTS_MAX; i++) {
		const struct feed_line *comment = &comments[(count - 1 - i) % COMMENTS_MAX];
		if (by_comment(feed, comment, &line, record, csv, columns)) {
			return true;
		}
	}
	return false;
}
