/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Configuration of Unbound. `local-zone: "NAME" TYPE` blocks a name and the names below it.
 * `local-data: "NAME A ADDRESS"` gives the address of one name.
 */
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "rules/feeds/import/reader.h"

enum statement { ZONE, DATA, OTHER };

/*! \brief The statement of a line, and the words after the colon without quotes, as views. */
struct words {
	enum statement statement;
	const char *first;
	size_t first_size;
	const char *second;
	size_t second_size;
};

static const char *pass_blanks(const char *at, const char *end)
{
	while (at < end && (ascii_is_blank(*at) || *at == '"' || *at == '\'')) {
		at++;
	}
	return at;
}

static size_t word_size(const char *at, const char *end)
{
	size_t size = 0;
	while (at + size < end && !ascii_is_blank(at[size]) && strchr("\"'#", at[size]) == NULL) {
		size++;
	}
	return size;
}

static struct words split(const struct feed_line *line)
{
	static const char *const KEYWORDS[] = { [ZONE] = "local-zone:", [DATA] = "local-data:" };
	struct words words = { .statement = OTHER };
	const char *end = line->text + line->size;
	const char *at = pass_blanks(line->text, end);
	for (enum statement i = ZONE; i < OTHER; i++) {
		size_t size = strlen(KEYWORDS[i]);
		if ((size_t)(end - at) > size && strncasecmp(at, KEYWORDS[i], size) == 0) {
			words.statement = i;
			at += size;
			break;
		}
	}
	words.first = pass_blanks(at, end);
	words.first_size = word_size(words.first, end);
	words.second = pass_blanks(words.first + words.first_size, end);
	words.second_size = word_size(words.second, end);
	return words;
}

static bool is_one_of(const char *word, size_t size, const char *const *table)
{
	while (*table != NULL && (strlen(*table) != size || strncasecmp(*table, word, size) != 0)) {
		table++;
	}
	return *table != NULL;
}

/*!
 * \brief Returns the size of the line's name without its final dot, so that names of zones and of
 *        data are written in the same way.
 */
static size_t name_size(const struct words *words)
{
	size_t size = words->first_size;
	return size > 1 && words->first[size - 1] == '.' ? size - 1 : size;
}

static void read_zone(struct feed *feed, const struct feed_line *line, const struct words *words,
                      struct intern *zones)
{
	static const char *const OPEN[] = { "transparent", "typetransparent", "always_transparent",
		                            "nodefault",   "inform",          NULL };
	static const struct imported_rule rule = IMPORTED_RULE_INIT;
	if (is_one_of(words->second, words->second_size, OPEN)) {
		feed_leave_out(feed, "transparent zone");
		return;
	}
	feed->no_memory |= intern_add(zones, words->first, name_size(words)) == INTERN_NONE;
	feed_add_view(feed, words->first, words->first_size, line->number,
	              feed_column(line, words->first), FEED_BOTH, &rule);
}

/*! \brief Adds the name of a record, unless its zone has a rule. */
static void read_data(struct feed *feed, const struct feed_line *line, const struct words *words,
                      const struct intern *zones)
{
	static const struct imported_rule rule = IMPORTED_RULE_INIT;
	if (intern_find(zones, words->first, name_size(words)) != INTERN_NONE) {
		feed->stats->merged++;
		return;
	}
	feed_add_view(feed, words->first, words->first_size, line->number,
	              feed_column(line, words->first), FEED_EXACT, &rule);
}

static bool is_statement(const struct feed_line *line)
{
	return split(line).statement != OTHER;
}

bool unbound_is(struct feed *feed)
{
	return feed_most_lines(feed, is_statement);
}

/*! \brief Reads the lines with zones if `of_zones` is true, else all other lines. */
static void read_lines(struct feed *feed, bool of_zones, struct intern *zones)
{
	struct feed_line line = { .number = 0 };
	while (feed_next_line(feed, &line)) {
		struct words words = split(&line);
		if (feed_line_is_comment(&line) || of_zones != (words.statement == ZONE)) {
			continue;
		}
		if (of_zones) {
			read_zone(feed, &line, &words, zones);
		} else if (words.statement == DATA) {
			read_data(feed, &line, &words, zones);
		} else if (words.first_size != strlen("server:") ||
		           strncmp(words.first, "server:", words.first_size) != 0) {
			feed_leave_out(feed, "other statement");
		}
	}
}

void unbound_read(struct feed *feed)
{
	struct intern zones = { .count = 0 };
	read_lines(feed, true, &zones);
	read_lines(feed, false, &zones);
	intern_free(&zones);
}
