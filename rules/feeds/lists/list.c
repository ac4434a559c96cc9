/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Plain lists: one indicator on each line, comments after # ; or //. Hosts files: an
 * address that leads nowhere, and the names that are blocked by it.
 */
#include <string.h>

#include "base/ascii.h"
#include "rules/feeds/lists/list.h"

/*! \brief Lines by which a list is recognised. */
#define LINES_LOOKED_AT 200
/*! \brief Octets of a comment that are kept; the note is shorter. */
#define NOTE_SIZE 1024

/*! \brief A line of a list in its parts; views. */
struct entry {
	const char *words;
	size_t words_size;
	const char *comment;
	size_t comment_size;
};

static void trim(const char **text, size_t *size)
{
	while (*size > 0 && ascii_is_blank((*text)[0])) {
		(*text)++;
		(*size)--;
	}
	while (*size > 0 && ascii_is_blank((*text)[*size - 1])) {
		(*size)--;
	}
}

/*! \brief Octets of a comment sign at `at`; # and // need a blank before them or the line's
 * beginning. */
static size_t comment_sign(const struct feed_line *line, size_t at)
{
	const char *text = line->text + at;
	if (at > 0 && !ascii_is_blank(text[-1]) && text[0] != ';') {
		return 0;
	}
	if (text[0] == '#' || text[0] == ';') {
		return 1;
	}
	return at + 1 < line->size && text[0] == '/' && text[1] == '/' ? 2 : 0;
}

static struct entry split(const struct feed_line *line)
{
	size_t at = 0;
	size_t sign = 0;
	while (at < line->size && (sign = comment_sign(line, at)) == 0) {
		at++;
	}
	struct entry entry = { .words = line->text, .words_size = at, .comment = "" };
	if (at < line->size) {
		entry.comment = line->text + at + sign;
		entry.comment_size = line->size - at - sign;
		trim(&entry.comment, &entry.comment_size);
		entry.comment_size =
		        entry.comment_size < NOTE_SIZE ? entry.comment_size : NOTE_SIZE;
	}
	trim(&entry.words, &entry.words_size);
	return entry;
}

static size_t word_size(const char *text, size_t size)
{
	size_t at = 0;
	while (at < size && !ascii_is_blank(text[at])) {
		at++;
	}
	return at;
}

static bool is_one_of(const char *word, size_t size, const char *const *table)
{
	for (; *table != NULL; table++) {
		if (strlen(*table) == size && strncasecmp(word, *table, size) == 0) {
			return true;
		}
	}
	return false;
}

/*! \brief The addresses that hosts files lead to. */
static bool leads_nowhere(const char *word, size_t size)
{
	static const char *const ADDRESSES[] = {
		"0.0.0.0",         "127.0.0.1", "127.0.1.1", "::",      "::1",     "fe80::1%lo0",
		"255.255.255.255", "ff00::0",   "ff02::1",   "ff02::2", "ff02::3", NULL
	};
	return is_one_of(word, size, ADDRESSES);
}

/*! \brief The names that a hosts file has for the machine itself. */
static bool is_own_name(const char *word, size_t size)
{
	static const char *const NAMES[] = { "localhost",
		                             "localhost.localdomain",
		                             "local",
		                             "broadcasthost",
		                             "ip6-localhost",
		                             "ip6-loopback",
		                             "ip6-localnet",
		                             "ip6-mcastprefix",
		                             "ip6-allnodes",
		                             "ip6-allrouters",
		                             "ip6-allhosts",
		                             "0.0.0.0",
		                             NULL };
	return is_one_of(word, size, NAMES);
}

bool list_line_is(const struct feed_line *line)
{
	char word[INDICATOR_WORD_MAX + 1];
	char why[INDICATOR_WHY_SIZE];
	struct indicator indicator;
	struct entry entry = split(line);
	size_t size = word_size(entry.words, entry.words_size);
	if (size == entry.words_size && size > 0 && size < sizeof(word)) {
		memcpy(word, entry.words, size);
		word[size] = '\0';
		return strpbrk(word, ".:@") != NULL && indicator_parse(word, &indicator, why) == 0;
	}
	return size > 0 && leads_nowhere(entry.words, size);
}

static void read_hosts(struct feed *feed, const struct feed_line *line, const char *at, size_t size,
                       const struct imported_rule *rule)
{
	while (size > 0) {
		size_t word = word_size(at, size);
		if (!is_own_name(at, word)) {
			feed_add_view(feed, at, word, line->number, feed_column(line, at),
			              FEED_EXACT, rule);
		}
		at += word;
		size -= word;
		trim(&at, &size);
	}
}

/*! \brief Complains of a word that is not an indicator, or not a whole one. */
static void complain_of_word(struct feed *feed, const struct feed_line *line, const char *word,
                             size_t size)
{
	const struct imported_rule rule = IMPORTED_RULE_INIT;
	size_t column = feed_column(line, word);
	if (memchr(word, '.', size) == NULL && memchr(word, ':', size) == NULL) {
		feed_complain(feed, line->number, column,
		              "`%.*s` is not a name of two or more labels",
		              (int)(size < 80 ? size : 80), word);
	} else {
		feed_add_view(feed, word, size, line->number, column, FEED_EXACT, &rule);
	}
}

static void read_line(struct feed *feed, const struct feed_line *line)
{
	char note[NOTE_SIZE + 1];
	struct imported_rule rule = IMPORTED_RULE_INIT;
	struct entry entry = split(line);
	size_t size = word_size(entry.words, entry.words_size);
	const char *rest = entry.words + size;
	size_t rest_size = entry.words_size - size;
	if (size == 0) {
		return;
	}
	snprintf(note, sizeof(note), "%.*s", (int)entry.comment_size, entry.comment);
	rule.note = note;
	trim(&rest, &rest_size);
	if (rest_size == 0 && !list_line_is(line)) {
		complain_of_word(feed, line, entry.words, size);
	} else if (rest_size == 0) {
		feed_add_view(feed, entry.words, size, line->number, feed_column(line, entry.words),
		              FEED_WIDEN, &rule);
	} else if (leads_nowhere(entry.words, size)) {
		read_hosts(feed, line, rest, rest_size, &rule);
	} else {
		feed_complain(feed, line->number, feed_column(line, rest),
		              "more than one word: a list has one indicator a line");
	}
}

/*! \brief At least half of the lines hold an indicator and no more than a list would. */
bool list_is(struct feed *feed)
{
	struct feed_line line = { .number = 0 };
	size_t seen = 0;
	size_t sound = 0;
	while (seen < LINES_LOOKED_AT && feed_next_line(feed, &line)) {
		if (feed_line_is_blank(&line) || line.text[0] == '#' || line.text[0] == ';' ||
		    strncmp(line.text, "//", 2) == 0) {
			continue;
		}
		seen++;
		sound += list_line_is(&line);
	}
	return sound * 2 >= seen;
}

void list_read(struct feed *feed)
{
	struct feed_line line = { .number = 0 };
	while (feed_next_line(feed, &line)) {
		read_line(feed, &line);
	}
}
