/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/feeds/import/row.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "rules/feeds/import/value.h"

#define NOTE_SIZE 1024

/*! \brief Returns true if a cell has a sign that means "no value". */
static bool is_empty(const char *text)
{
	static const char *const SIGNS[] = { "",   "-",   "--",      "none",    "null", "n/a",
		                             "na", "nil", "unknown", "(empty)", "\\N" };
	for (size_t i = 0; i < sizeof(SIGNS) / sizeof(SIGNS[0]); i++) {
		if (strcasecmp(SIGNS[i], text) == 0) {
			return true;
		}
	}
	return false;
}

void row_begin(struct row *row, size_t line)
{
	memset(row->values, 0, sizeof(row->values));
	row->count = 0;
	row->line = line;
}

void row_put(struct feed *feed, struct row *row, enum role role, const struct indicator_type *type,
             const char *text)
{
	if (role == ROLE_COUNT || is_empty(text)) {
		return;
	}
	if (role != ROLE_INDICATOR) {
		row->values[role] = row->values[role] != NULL ? row->values[role] : text;
	} else if (row->count < ROW_INDICATORS_MAX) {
		row->indicators[row->count++] = (struct row_indicator){ text, type };
	} else {
		feed_complain(feed, row->line, 1, "the record has more than %d indicators",
		              ROW_INDICATORS_MAX);
	}
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

/*!
 * \brief Writes the note. First and last sightings are written only there, because the indicator
 *        may also have been active before and after them.
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

/*! \brief Writes tags separated by commas. Feeds use different separators. */
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

/*!
 * \brief Returns the type of an indicator, which the column of types or the heading states; NULL if
 *        no rule can express it.
 */
static const struct indicator_type *type_of(struct feed *feed, const struct row *row,
                                            const struct row_indicator *indicator)
{
	static const struct indicator_type NOT_GIVEN = { "", KIND_ANY, FEED_WIDEN, TYPE_WHOLE, 0 };
	const char *given = value_of(row, ROLE_TYPE);
	const struct indicator_type *type =
	        given[0] != '\0' ? indicator_type_recall(feed, given) : &NOT_GIVEN;
	/* In a table `domain,type`, the second column is often a kind of threat. */
	bool by_heading = indicator->type != NULL && (type == NULL || type == &NOT_GIVEN);
	return by_heading ? indicator->type : type;
}

static void add_indicator(struct feed *feed, const struct row *row,
                          const struct row_indicator *indicator, const struct imported_rule *rule)
{
	const struct indicator_type *type = type_of(feed, row, indicator);
	if (type != NULL) {
		indicator_type_add(feed, type, indicator->text, row->line, rule);
	} else {
		indicator_type_leave_out(feed, row->values[ROLE_TYPE], indicator->text, row->line);
	}
}

/*!
 * \brief Returns true for a word in a column without a type if another column of the row has an
 *        indicator with a type. Such a word is a remark, not an indicator.
 */
static bool is_remark(const struct row *row, const struct row_indicator *indicator)
{
	bool typed = false;
	for (size_t i = 0; i < row->count; i++) {
		typed |= row->indicators[i].type != NULL;
	}
	return typed && indicator->type == NULL && strchr(indicator->text, ' ') != NULL;
}

static bool is_unwanted(const struct row *row)
{
	const char *wanted = row->values[ROLE_WANTED];
	return wanted != NULL && (strcmp(wanted, "0") == 0 || strcasecmp(wanted, "false") == 0 ||
	                          strcasecmp(wanted, "no") == 0);
}

/*! \brief Returns the URL of a row that is on a shared host; NULL if there is none. */
static const char *shared_url(const struct feed *feed, const struct row *row)
{
	for (size_t i = 0; i < row->count; i++) {
		const char *text = row->indicators[i].text;
		struct value value;
		if (strchr(text, '/') != NULL && value_read(text, strlen(text), &value) == 0 &&
		    value.is_url && shared_hosts_has(feed->shared, value.text)) {
			return text;
		}
	}
	return NULL;
}

/*! \brief Adds the range whose first and last address are in two columns, as FIRST-LAST. */
static void add_range(struct feed *feed, const struct row *row, const struct imported_rule *rule)
{
	char range[2 * INDICATOR_WORD_MAX];
	if (row->values[ROLE_START] == NULL || row->values[ROLE_END] == NULL) {
		return;
	}
	int size = snprintf(range, sizeof(range), "%.500s-%.500s", row->values[ROLE_START],
	                    row->values[ROLE_END]);
	const struct feed_value value = {
		.text = range,
		.size = (size_t)size,
		.line = row->line,
		.column = 1,
		.forms = FORMS_NETWORKS,
	};
	feed_add_value(feed, &value, rule);
}

void row_add(struct feed *feed, const struct row *row)
{
	char note[NOTE_SIZE];
	char tags[NOTE_SIZE];
	struct imported_rule rule = IMPORTED_RULE_INIT;
	const char *url = shared_url(feed, row);
	if (is_unwanted(row)) {
		feed_leave_out(feed, "marked as not for detection");
		return;
	}
	if (url != NULL) {
		feed_leave_out_named(feed, url, strlen(url), row->line, 1, FEED_SHARED_HOST);
		return;
	}
	write_note(row, note);
	for (size_t i = 0; i < row->count && note[0] == '\0'; i++) {
		if (is_remark(row, &row->indicators[i])) {
			snprintf(note, sizeof(note), "%.300s", row->indicators[i].text);
		}
	}
	write_tags(value_of(row, ROLE_TAGS), tags);
	rule.note = note;
	rule.tags = tags;
	rule.feed = row->values[ROLE_SOURCE];
	rule.ref = row->values[ROLE_REF];
	rule.confidence = read_confidence(value_of(row, ROLE_CONFIDENCE));
	if (row->values[ROLE_SINCE] != NULL) {
		feed_date(feed, row->values[ROLE_SINCE], false, row->line, &rule.since_ns);
	}
	if (row->values[ROLE_UNTIL] != NULL) {
		feed_date(feed, row->values[ROLE_UNTIL], true, row->line, &rule.until_ns);
	}
	for (size_t i = 0; i < row->count; i++) {
		if (!is_remark(row, &row->indicators[i])) {
			add_indicator(feed, row, &row->indicators[i], &rule);
		}
	}
	add_range(feed, row, &rule);
}
