/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Plain lists have one indicator on each line, and comments after # ; or //. A line of a hosts file
 * has an address that leads nowhere, and the names that are blocked.
 */
#include <string.h>
#include <sys/param.h>

#include "base/ascii.h"
#include "rules/feeds/import/value.h"
#include "rules/feeds/lists/list.h"

/*! \brief The largest number of octets of a comment that are stored. The note is shorter. */
#define NOTE_SIZE 1024

/*! \brief The parts of a line of a list, as views. */
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

/*!
 * \brief Returns true if the line up to `at` is an address. A `#` directly after an address starts
 *        a comment, too.
 */
static bool follows_address(const struct feed_line *line, size_t at)
{
	size_t size = strspn(line->text, "0123456789.");
	return size == at && memchr(line->text, '.', size) != NULL;
}

/*!
 * \brief Returns the number of octets of a comment sign at `at`. The signs # and // must be at the
 *        beginning of the line or after a blank, and ! must be at the beginning.
 */
static size_t comment_sign(const struct feed_line *line, size_t at)
{
	const char *text = line->text + at;
	if (at > 0 && !ascii_is_blank(text[-1]) && text[0] != ';' &&
	    (text[0] != '#' || !follows_address(line, at))) {
		return 0;
	}
	if (text[0] == '#' || text[0] == ';' || (text[0] == '!' && at == 0)) {
		return 1;
	}
	return at + 1 < line->size && text[0] == '/' && text[1] == '/' ? 2 : 0;
}

/*! \brief Removes the sign of an item: `- `, `* `, `+ ` or a bullet. */
static void strip_bullet(const char **text, size_t *size)
{
	static const char BULLET[] = "\u2022";
	size_t sign = *size > 1 && strchr("-*+", (*text)[0]) != NULL;
	if (*size > 3 && memcmp(*text, BULLET, 3) == 0) {
		sign = 3;
	}
	if (sign > 0 && ascii_is_blank((*text)[sign])) {
		*text += sign;
		*size -= sign;
		trim(text, size);
	}
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
		entry.comment_size = MIN(entry.comment_size, NOTE_SIZE);
	}
	trim(&entry.words, &entry.words_size);
	strip_bullet(&entry.words, &entry.words_size);
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

/*! \brief Returns true if a word is an address to which hosts files lead. */
static bool leads_nowhere(const char *word, size_t size)
{
	static const char *const ADDRESSES[] = {
		"0.0.0.0",         "127.0.0.1", "127.0.1.1", "::",      "::1",     "fe80::1%lo0",
		"255.255.255.255", "ff00::0",   "ff02::1",   "ff02::2", "ff02::3", NULL
	};
	return is_one_of(word, size, ADDRESSES);
}

/*! \brief Returns true if a word is a name that hosts files contain for the machine itself. */
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

/*! \brief Returns true if the words are `FIRST - LAST`, which is one value that contains blanks. */
static bool is_range(const struct entry *entry)
{
	struct indicator indicator;
	const char *hyphen = memchr(entry->words, '-', entry->words_size);
	return hyphen != NULL && hyphen > entry->words && ascii_is_blank(hyphen[-1]) &&
	       value_is_indicator(entry->words, entry->words_size, &indicator);
}

/*!
 * \brief Returns the number of octets of the range in `ORGANISATION:FIRST-LAST`, the format of
 *        lists for PeerGuardian.
 */
static size_t named_range(const struct entry *entry)
{
	struct indicator indicator;
	const char *colon = memrchr(entry->words, ':', entry->words_size);
	size_t size = colon != NULL ? (size_t)(entry->words + entry->words_size - colon - 1) : 0;
	bool is = size > 0 && ascii_is_digit(colon[1]) && memchr(colon, '-', size) != NULL &&
	          value_is_indicator(colon + 1, size, &indicator) && indicator.form == FORM_NETWORK;
	return is ? size : 0;
}

/*! \brief Returns true if words have no letter: numbers, dates, signs. */
static bool has_no_letter(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (ascii_is_letter(text[i]) || (text[i] & 0x80) != 0) {
			return false;
		}
	}
	return true;
}

/*! \brief Returns true if each of the words is an indicator. */
static bool are_indicators(const char *at, size_t size)
{
	while (size > 0) {
		struct indicator indicator;
		size_t word = word_size(at, size);
		if (!value_is_indicator(at, word, &indicator)) {
			return false;
		}
		at += word;
		size -= word;
		trim(&at, &size);
	}
	return true;
}

bool list_line_is(const struct feed_line *line)
{
	struct indicator indicator;
	struct entry entry = split(line);
	size_t size = word_size(entry.words, entry.words_size);
	const char *rest = entry.words + size;
	size_t rest_size = entry.words_size - size;
	trim(&rest, &rest_size);
	if (size == 0) {
		return false;
	}
	if (leads_nowhere(entry.words, size) || is_range(&entry) || named_range(&entry) > 0) {
		return true;
	}
	return value_is_indicator(entry.words, size, &indicator) &&
	       (has_no_letter(rest, rest_size) || are_indicators(rest, rest_size));
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

static void add_words(struct feed *feed, const struct feed_line *line, const char *at, size_t size,
                      const struct imported_rule *rule)
{
	while (size > 0) {
		size_t word = word_size(at, size);
		feed_add_view(feed, at, word, line->number, feed_column(line, at), FEED_WIDEN,
		              rule);
		at += word;
		size -= word;
		trim(&at, &size);
	}
}

/*! \brief Returns true if any of the words looks like an indicator. */
static bool has_indicator(const struct feed *feed, const char *at, size_t size)
{
	while (size > 0) {
		size_t word = word_size(at, size);
		if (value_looks_like_indicator(feed->psl, at, word)) {
			return true;
		}
		at += word;
		size -= word;
		trim(&at, &size);
	}
	return false;
}

/*!
 * \brief Reads a line of several words. Either all words are indicators, or there is one indicator
 *        and a remark.
 */
static void read_words(struct feed *feed, const struct feed_line *line, const struct entry *entry,
                       struct imported_rule *rule)
{
	char note[NOTE_SIZE + 1];
	struct indicator indicator;
	size_t size = word_size(entry->words, entry->words_size);
	const char *rest = entry->words + size;
	size_t rest_size = entry->words_size - size;
	size_t range = named_range(entry);
	trim(&rest, &rest_size);
	if (range > 0) {
		add_words(feed, line, entry->words + entry->words_size - range, range, rule);
	} else if (leads_nowhere(entry->words, size)) {
		read_hosts(feed, line, rest, rest_size, rule);
	} else if (are_indicators(entry->words, entry->words_size)) {
		add_words(feed, line, entry->words, entry->words_size, rule);
	} else if (value_is_indicator(entry->words, size, &indicator) &&
	           !has_indicator(feed, rest, rest_size)) {
		snprintf(note, sizeof(note), "%.*s%s%s", (int)MIN(rest_size, NOTE_SIZE), rest,
		         rule->note[0] != '\0' ? "; " : "", rule->note);
		rule->note = note;
		add_words(feed, line, entry->words, size, rule);
	} else {
		feed_complain(
		        feed, line->number, feed_column(line, rest),
		        "the line has more than one word: a list has one indicator on each line");
	}
}

static void read_line(struct feed *feed, const struct feed_line *line)
{
	char note[NOTE_SIZE + 1];
	struct imported_rule rule = IMPORTED_RULE_INIT;
	struct entry entry = split(line);
	size_t size = word_size(entry.words, entry.words_size);
	if (size == 0) {
		return;
	}
	snprintf(note, sizeof(note), "%.*s", (int)entry.comment_size, entry.comment);
	rule.note = note;
	if (named_range(&entry) > 0 || (size < entry.words_size && !is_range(&entry))) {
		read_words(feed, line, &entry, &rule);
	} else {
		feed_add_view(feed, entry.words, entry.words_size, line->number,
		              feed_column(line, entry.words), FEED_WIDEN, &rule);
	}
}

static bool is_not_comment(const struct feed_line *line)
{
	return !feed_line_is_comment(line);
}

/*! \brief Returns true also for a feed that has only comments, which is an empty list. */
bool list_is(struct feed *feed)
{
	return feed_most_lines(feed, list_line_is) || !feed_most_lines(feed, is_not_comment);
}

void list_read(struct feed *feed)
{
	struct feed_line line = { .number = 0 };
	while (feed_next_line(feed, &line)) {
		read_line(feed, &line);
	}
}
