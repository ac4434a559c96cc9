/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Comma-separated feeds: finds the role of each column, and makes a rule of each record. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "rules/feeds/import/indicator_type.h"
#include "rules/feeds/import/reader.h"
#include "rules/feeds/lists/csv.h"
#include "rules/feeds/lists/list.h"

#define HEADING_SIZE 64
#define NOTE_SIZE    1024

enum role {
	ROLE_INDICATOR,
	ROLE_TYPE,
	ROLE_FIRST,
	ROLE_LAST,
	ROLE_SINCE,
	ROLE_UNTIL,
	ROLE_DESCRIPTION,
	ROLE_SOURCE,
	ROLE_REF,
	ROLE_CONFIDENCE,
	ROLE_TAGS,
	ROLE_COUNT,
};

/*! \brief The names of roles for `--column`, and the usual headings of columns. */
static const struct {
	const char *name;
	const char *headings; /*!< Between blanks. */
} ROLES[ROLE_COUNT] = {
	[ROLE_INDICATOR] = { "indicator",
	                     " indicator ioc ioc_value value indicator_value observable domain "
	                     "domain_name hostname host fqdn ip ip_address ipaddress ipv4 ipv6 "
	                     "dst_ip src_ip address network cidr email email_address mailbox "
	                     "nameserver name_server mx " },
	[ROLE_TYPE] = { "type", " type ioc_type indicator_type kind what " },
	[ROLE_FIRST] = { "first-seen", " first_seen first_seen_utc firstseen date_added created "
	                               "dateadded date first " },
	[ROLE_LAST] = { "last-seen",
	                " last_seen last_seen_utc lastseen last_online modified last " },
	[ROLE_SINCE] = { "since", " since valid_from " },
	[ROLE_UNTIL] = { "until", " until valid_until expires expiration expiry " },
	[ROLE_DESCRIPTION] = { "description", " description comment comments note notes threat "
	                                      "malware malware_printable remark details info " },
	[ROLE_SOURCE] = { "source", " source feed provider reporter " },
	[ROLE_REF] = { "ref", " ref reference references url_reference link " },
	[ROLE_CONFIDENCE] = { "confidence", " confidence confidence_level conf score " },
	[ROLE_TAGS] = { "tags", " tags tag labels " },
};

/*! \brief The role of each column; ROLE_COUNT: none. */
struct columns {
	enum role roles[CSV_FIELDS_MAX];
	size_t count;
	size_t indicators;
};

/*! \brief A record: the value of the first column of each role. */
struct row {
	const char *values[ROLE_COUNT];
	size_t line;
};

static enum role role_of(const char *name, size_t size)
{
	int role = 0;
	while (role < ROLE_COUNT && (strlen(ROLES[role].name) != size ||
	                             strncasecmp(ROLES[role].name, name, size) != 0)) {
		role++;
	}
	return (enum role)role;
}

const char *feed_column_check(const char *piece)
{
	size_t size = strcspn(piece, "=");
	if (piece[size] == '\0' || piece[size + 1] == '\0') {
		return "write ROLE=NAME, where NAME is the heading of a column";
	}
	return role_of(piece, size) == ROLE_COUNT
	               ? "the roles are indicator, type, first-seen, last-seen, since, until, "
	                 "description, source, ref, confidence and tags"
	               : NULL;
}

/*! \brief The role of a heading by the command line; ROLE_COUNT: not given. */
static enum role given_role(const struct feed *feed, const char *heading)
{
	for (size_t i = 0; i < feed->options->columns_count; i++) {
		const char *piece = feed->options->columns[i];
		size_t size = strcspn(piece, "=");
		if (strcasecmp(piece + size + 1, heading) == 0) {
			return role_of(piece, size);
		}
	}
	return ROLE_COUNT;
}

static bool is_given(const struct feed *feed, enum role role)
{
	for (size_t i = 0; i < feed->options->columns_count; i++) {
		const char *piece = feed->options->columns[i];
		if (role_of(piece, strcspn(piece, "=")) == role) {
			return true;
		}
	}
	return false;
}

/*! \brief `First Seen (UTC)` and `first_seen_utc` are one heading. */
static bool normalise(const char *heading, char text[HEADING_SIZE])
{
	size_t used = 0;
	text[used++] = ' ';
	for (; *heading != '\0' && used < HEADING_SIZE - 2; heading++) {
		if (ascii_is_alphanumeric(*heading)) {
			text[used++] = ascii_lower(*heading);
		} else if (used > 1 && text[used - 1] != '_') {
			text[used++] = '_';
		}
	}
	used -= used > 1 && text[used - 1] == '_';
	text[used++] = ' ';
	text[used] = '\0';
	return used > 2 && *heading == '\0';
}

static enum role guess(const struct feed *feed, const char *heading)
{
	char text[HEADING_SIZE];
	int role = 0;
	if (!normalise(heading, text)) {
		return ROLE_COUNT;
	}
	while (role < ROLE_COUNT && strstr(ROLES[role].headings, text) == NULL) {
		role++;
	}
	/* With `--column` for a role, only the named columns have that role. */
	return role < ROLE_COUNT && is_given(feed, (enum role)role) ? ROLE_COUNT : (enum role)role;
}

static struct columns read_heading(const struct feed *feed, const struct csv_record *record)
{
	struct columns columns = { .count = record->count };
	for (size_t i = 0; i < record->count; i++) {
		const char *heading = record->fields[i];
		heading += strspn(heading, "# ");
		enum role role = given_role(feed, heading);
		columns.roles[i] = role < ROLE_COUNT ? role : guess(feed, heading);
		columns.indicators += columns.roles[i] == ROLE_INDICATOR;
	}
	return columns;
}

/*! \brief The most frequent delimiter in a heading. */
static char find_delimiter(const char *heading, size_t size)
{
	static const char SIGNS[] = ",;\t|";
	size_t counts[sizeof(SIGNS) - 1] = { 0 };
	size_t best = 0;
	for (size_t i = 0; i < size; i++) {
		const char *sign = strchr(SIGNS, heading[i]);
		if (sign != NULL) {
			counts[sign - SIGNS]++;
		}
	}
	for (size_t i = 1; i < sizeof(counts) / sizeof(counts[0]); i++) {
		best = counts[i] > counts[best] ? i : best;
	}
	return SIGNS[best];
}

/*!
 * \brief Finds the heading: the first line that is not a comment, or the comment above it.
 *
 * \return False when neither has a column of indicators.
 */
static bool find_heading(const struct feed *feed, struct csv_record *record, struct csv *csv,
                         struct columns *columns)
{
	struct feed_line line = { .number = 0 };
	struct feed_line comment = { .number = 0 };
	const char *why;
	while (feed_next_line(feed, &line) && (line.size == 0 || line.text[0] == '#')) {
		comment = line.size > 1 ? line : comment;
	}
	const struct feed_line *candidates[] = { &line, &comment };
	for (size_t i = 0; i < 2; i++) {
		const struct feed_line *found = candidates[i];
		if (found->number == 0 || found->size == 0) {
			continue;
		}
		size_t marks = strspn(found->text, "# ");
		*csv = (struct csv){
			.at = found->text + (marks < found->size ? marks : 0),
			.delimiter = find_delimiter(found->text, found->size),
			.line = found->number,
		};
		if (csv_next(csv, record, &why) == 1) {
			*columns = read_heading(feed, record);
		}
		if (columns->indicators > 0) {
			return true;
		}
	}
	return false;
}

bool table_is(struct feed *feed)
{
	struct csv_record *record = malloc(sizeof(*record));
	struct columns columns = { .count = 0 };
	struct csv csv;
	bool is = record != NULL && find_heading(feed, record, &csv, &columns);
	if (is && columns.count == 1) {
		/* A single column is a table if an indicator follows its heading. */
		struct feed_line line = { .text = csv.at, .size = strcspn(csv.at, "\r\n") };
		is = list_line_is(&line);
	}
	free(record);
	return is;
}

static int read_confidence(const char *text)
{
	static const struct {
		const char *word;
		int confidence;
	} WORDS[] = { { "low", 30 }, { "medium", 60 }, { "moderate", 60 }, { "high", 90 } };
	size_t digits = strspn(text, "0123456789");
	if (digits > 0 && digits <= 3 && strchr(".%", text[digits]) != NULL) {
		int number = atoi(text);
		return number <= 100 ? number : -1;
	}
	for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++) {
		if (strcasecmp(WORDS[i].word, text) == 0) {
			return WORDS[i].confidence;
		}
	}
	return -1;
}

static const char *value_of(const struct row *row, enum role role)
{
	const char *value = row->values[role];
	return value != NULL ? value : "";
}

/*! \brief Sightings are only noted: the indicator may also have been active before and after them.
 */
static void write_note(const struct row *row, char note[NOTE_SIZE])
{
	const char *first = value_of(row, ROLE_FIRST);
	const char *last = value_of(row, ROLE_LAST);
	const char *text = value_of(row, ROLE_DESCRIPTION);
	const char *gap = text[0] != '\0' && (first[0] != '\0' || last[0] != '\0') ? "; " : "";
	const char *from = first[0] != '\0' ? "first seen " : "";
	const char *to = last[0] == '\0' ? "" : first[0] != '\0' ? ", last " : "last seen ";
	snprintf(note, NOTE_SIZE, "%.300s%s%s%.40s%s%.40s", text, gap, from, first, to, last);
}

/*! \brief Writes tags separated by commas; the separators of feeds differ. */
static void write_tags(const char *value, char tags[NOTE_SIZE])
{
	size_t used = 0;
	bool gap = false;
	for (; *value != '\0' && used < 200; value++) {
		if (strchr(",;| \t", *value) != NULL) {
			gap = used > 0;
			continue;
		}
		if (gap) {
			tags[used++] = ',';
			gap = false;
		}
		tags[used++] = *value;
	}
	tags[used] = '\0';
}

static void add_row(struct feed *feed, const struct row *row)
{
	static const struct indicator_type NOT_GIVEN = { "", KIND_ANY, FEED_WIDEN, TYPE_WHOLE };
	char note[NOTE_SIZE];
	char tags[NOTE_SIZE];
	const char *given = value_of(row, ROLE_TYPE);
	const struct indicator_type *type =
	        given[0] != '\0' ? indicator_type_find(given) : &NOT_GIVEN;
	struct imported_rule rule = IMPORTED_RULE_INIT;
	if (type == NULL) {
		feed->stats->left_out++;
		return;
	}
	write_note(row, note);
	write_tags(value_of(row, ROLE_TAGS), tags);
	rule.note = note;
	rule.tags = tags;
	rule.feed = row->values[ROLE_SOURCE];
	rule.ref = row->values[ROLE_REF];
	rule.confidence = read_confidence(value_of(row, ROLE_CONFIDENCE));
	if (value_of(row, ROLE_SINCE)[0] != '\0') {
		feed_date(feed, row->values[ROLE_SINCE], false, row->line, &rule.since_ns);
	}
	if (value_of(row, ROLE_UNTIL)[0] != '\0') {
		feed_date(feed, row->values[ROLE_UNTIL], true, row->line, &rule.until_ns);
	}
	indicator_type_add(feed, type, row->values[ROLE_INDICATOR], row->line, &rule);
}

/*! \brief Reads a record, which may have several indicators, such as a name and its address. */
static void read_record(struct feed *feed, const struct columns *columns,
                        const struct csv_record *record)
{
	struct row row = { .line = record->line };
	size_t indicators = 0;
	size_t count = record->count < columns->count ? record->count : columns->count;
	for (size_t i = 0; i < count; i++) {
		enum role role = columns->roles[i];
		if (role < ROLE_COUNT && row.values[role] == NULL) {
			row.values[role] = record->fields[i];
		}
	}
	for (size_t i = 0; i < count; i++) {
		if (columns->roles[i] == ROLE_INDICATOR && record->fields[i][0] != '\0') {
			row.values[ROLE_INDICATOR] = record->fields[i];
			add_row(feed, &row);
			indicators++;
		}
	}
	if (indicators == 0) {
		feed_complain(feed, record->line, 1, "a record without an indicator");
	}
}

static bool is_comment(const struct csv *csv)
{
	const char *text = csv->at + strspn(csv->at, " \t\r");
	return *text == '#' || *text == '\n' || *text == '\0';
}

void table_read(struct feed *feed)
{
	struct csv_record *record = malloc(sizeof(*record));
	struct columns columns = { .count = 0 };
	struct csv csv;
	const char *why;
	int ret = 1;
	if (record == NULL || !find_heading(feed, record, &csv, &columns)) {
		feed->no_memory |= record == NULL;
		feed_complain(feed, 1, 1,
		              "no column of indicators: name it with --column indicator=NAME");
		ret = 0;
	}
	while (ret != 0) {
		bool comment = is_comment(&csv);
		ret = csv_next(&csv, record, &why);
		if (ret < 0 && !comment) {
			feed_complain(feed, record->line, 1, "%s", why);
		} else if (ret > 0 && !comment) {
			read_record(feed, &columns, record);
		}
	}
	free(record);
}
