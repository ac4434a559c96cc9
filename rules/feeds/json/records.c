/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JSON that follows no standard: pulses, exports of databases, JSON lines, arrays of texts. An
 * object at any place is an entry if it has a member whose name is a usual heading of indicators.
 */
#include <string.h>

#include "rules/feeds/import/row.h"
#include "rules/feeds/import/value.h"
#include "rules/feeds/json/json.h"

/*! \brief The largest depth of nested objects and arrays; deeper nesting is an error. */
#define DEPTH_MAX 32
/*! \brief Room for a number as text. */
#define NUMBER_SIZE 24

struct walk {
	struct feed *feed;
	size_t line;       /*!< The line number in JSON lines; 0 in any other JSON text. */
	const char *title; /*!< The title of the enclosing object, such as a pulse. */
	size_t entries;
};

/*! \brief An entry, and texts that are made from its members. */
struct entry {
	struct row row;
	char tags[JSON_TEXT_SIZE];
	char confidence[NUMBER_SIZE];
	bool has_as; /*!< The entry has the number of an autonomous system. */
};

static bool is_text(const json_t *value)
{
	return json_is_string(value) &&
	       strlen(json_string_value(value)) == json_string_length(value);
}

static bool is_as_number(const char *name)
{
	static const char *const NAMES[] = { "asn", "asnumber", "as", "asnum" };
	char folded[ROLES_NAME_SIZE];
	bool is = false;
	for (size_t i = 0; roles_fold(name, strlen(name), folded) && i < 4; i++) {
		is |= strcmp(folded, NAMES[i]) == 0;
	}
	return is;
}

static void take_array(struct feed *feed, struct entry *entry, enum role role, const char *name,
                       const json_t *array)
{
	size_t i;
	json_t *value;
	json_array_foreach(array, i, value)
	{
		if (role == ROLE_TAGS) {
			json_tag(entry->tags, json_string_value(value));
		} else if (is_text(value)) {
			row_put(feed, &entry->row, role, indicator_type_of_heading(name),
			        json_string_value(value));
		}
	}
	if (role == ROLE_TAGS) {
		row_put(feed, &entry->row, ROLE_TAGS, NULL, entry->tags);
	}
}

static void take_member(struct feed *feed, struct entry *entry, const char *name,
                        const json_t *value)
{
	enum role role = roles_of_heading(name, strlen(name));
	entry->has_as |= is_as_number(name);
	if (role == ROLE_COUNT) {
		return;
	}
	if (is_text(value)) {
		row_put(feed, &entry->row, role, indicator_type_of_heading(name),
		        json_string_value(value));
	} else if (json_is_array(value)) {
		take_array(feed, entry, role, name, value);
	} else if (json_is_false(value) && role == ROLE_WANTED) {
		row_put(feed, &entry->row, role, NULL, "0");
	} else if (json_is_integer(value) && role == ROLE_CONFIDENCE) {
		snprintf(entry->confidence, NUMBER_SIZE, "%lld",
		         (long long)json_integer_value(value));
		row_put(feed, &entry->row, role, NULL, entry->confidence);
	}
}

static bool is_name(const struct row_indicator *indicator)
{
	return indicator->type != NULL && (indicator->type->forms & FORMS_NAMES) != 0 &&
	       strstr(indicator->text, "://") == NULL;
}

/*!
 * \brief Drops names from an entry about a network. A name beside an address is the name of a
 *        customer's machine (from a PTR record). A name on its own is that of the network's owner.
 */
static void drop_names(struct feed *feed, struct row *row)
{
	size_t kept = 0;
	bool named_host = false;
	bool address = row->values[ROLE_START] != NULL;
	for (size_t i = 0; i < row->count; i++) {
		address |= !is_name(&row->indicators[i]);
	}
	for (size_t i = 0; i < row->count; i++) {
		const struct row_indicator *indicator = &row->indicators[i];
		named_host = is_name(indicator) &&
		             (strncmp(indicator->type->type, "host", 4) == 0) == address;
		if (named_host) {
			feed_leave_out(feed, "name of a network");
		} else {
			row->indicators[kept++] = *indicator;
		}
	}
	row->count = kept;
}

/*! \brief Adds the rules of an object that is an entry. */
static bool take_entry(struct walk *walk, const json_t *object)
{
	const char *name;
	json_t *value;
	struct entry entry = { .has_as = false };
	struct row *row = &entry.row;
	row_begin(row, walk->line);
	json_object_foreach((json_t *)object, name, value)
	{
		take_member(walk->feed, &entry, name, value);
	}
	bool ranged = row->values[ROLE_START] != NULL && row->values[ROLE_END] != NULL;
	if (row->count == 0 && !ranged) {
		return false;
	}
	if (entry.has_as) {
		drop_names(walk->feed, row);
	}
	if (row->values[ROLE_DESCRIPTION] == NULL) {
		row->values[ROLE_DESCRIPTION] = walk->title;
	}
	walk->entries++;
	walk->feed->place = walk->line > 0   ? NULL
	                    : row->count > 0 ? row->indicators[0].text
	                                     : row->values[ROLE_START];
	row_add(walk->feed, row);
	return true;
}

/*!
 * \brief Returns true if the strings in an array are values, which the name of the array shows. The
 *        root has no name.
 */
static bool has_values(const char *name)
{
	static const char NAMES[] = " data list items results entries values blocklist blacklist "
	                            "denylist allowlist whitelist ";
	char folded[ROLES_NAME_SIZE];
	char word[ROLES_NAME_SIZE + 2];
	if (name == NULL) {
		return true;
	}
	if (!roles_fold(name, strlen(name), folded)) {
		return false;
	}
	snprintf(word, sizeof(word), " %s ", folded);
	return strstr(NAMES, word) != NULL;
}

static void add_text(struct walk *walk, const json_t *value)
{
	struct row row;
	if (!is_text(value)) {
		feed_complain(walk->feed, walk->line, walk->line > 0, "a string contains a NUL");
		return;
	}
	row_begin(&row, walk->line);
	row_put(walk->feed, &row, ROLE_INDICATOR, NULL, json_string_value(value));
	row.values[ROLE_DESCRIPTION] = walk->title;
	walk->entries++;
	walk->feed->place = walk->line > 0 ? NULL : json_string_value(value);
	row_add(walk->feed, &row);
}

static void walk_value(struct walk *walk, const json_t *value, const char *name, size_t depth);

static void walk_array(struct walk *walk, const json_t *array, const char *name, size_t depth)
{
	size_t i;
	json_t *value;
	json_array_foreach(array, i, value)
	{
		if (!json_is_string(value)) {
			walk_value(walk, value, name, depth + 1);
		} else if (has_values(name)) {
			add_text(walk, value);
		}
	}
}

static void walk_object(struct walk *walk, const json_t *object, size_t depth)
{
	const char *name;
	json_t *value;
	const char *outer = walk->title;
	const char *type = json_text(object, "type");
	if (take_entry(walk, object)) {
		return;
	}
	walk->entries += type != NULL && strcmp(type, "metadata") == 0;
	walk->title = json_text(object, "name") != NULL ? json_text(object, "name") : outer;
	json_object_foreach((json_t *)object, name, value)
	{
		walk_value(walk, value, name, depth + 1);
	}
	walk->title = outer;
}

static void walk_value(struct walk *walk, const json_t *value, const char *name, size_t depth)
{
	if (depth > DEPTH_MAX) {
		feed_complain(walk->feed, walk->line, walk->line > 0,
		              "objects and arrays are nested deeper than %d levels", DEPTH_MAX);
	} else if (json_is_object(value)) {
		walk_object(walk, value, depth);
	} else if (json_is_array(value)) {
		walk_array(walk, value, name, depth);
	}
}

static void read_lines(struct walk *walk)
{
	struct feed_line line = { .number = 0 };
	while (feed_next_line(walk->feed, &line)) {
		json_error_t error;
		if (feed_line_is_blank(&line)) {
			continue;
		}
		json_t *value = json_loadb(line.text, line.size, JSON_ALLOW_NUL, &error);
		walk->line = line.number;
		if (value == NULL) {
			feed_complain(walk->feed, line.number,
			              error.column > 0 ? (size_t)error.column : 1, "%s",
			              error.text);
		} else {
			walk_value(walk, value, NULL, 0);
		}
		json_decref(value);
	}
}

bool records_is(struct feed *feed)
{
	return json_is(feed);
}

void records_read(struct feed *feed)
{
	struct walk walk = { .feed = feed };
	if (json_is_lines(feed)) {
		read_lines(&walk);
		return;
	}
	const json_t *root = json_root(feed);
	if (root == NULL) {
		return;
	}
	walk_value(&walk, root, NULL, 0);
	feed->place = NULL;
	bool empty = json_is_array(root) && json_array_size(root) == 0;
	if (walk.entries == 0 && feed->stats->errors == 0 && !empty) {
		feed_complain(feed, 1, 1,
		              "the file is JSON, but has no STIX objects, MISP events or entries "
		              "with an indicator");
	}
}
