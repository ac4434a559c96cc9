/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/ascii.h"
#include "rules/feeds/reader.h"

/*! \brief Lines that are looked at. */
#define LINES_LOOKED_AT 200

/*! \brief A word of a line that stands alone. */
static bool has_word(const struct feed_line *line, const char *word)
{
	size_t size = strlen(word);
	const char *end = line->text + line->size;
	for (const char *at = line->text; (at = memmem(at, (size_t)(end - at), word, size)) != NULL;
	     at++) {
		bool begins = at == line->text || ascii_is_blank(at[-1]);
		bool ends = at + size == end || ascii_is_blank(at[size]);
		if (begins && ends) {
			return true;
		}
	}
	return false;
}

static bool is_blank(const struct feed_line *line)
{
	size_t at = 0;
	while (at < line->size && ascii_is_blank(line->text[at])) {
		at++;
	}
	return at == line->size;
}

/*! \brief `{`, or `[` before another of both or a string: no list and no report begins so. */
static bool is_json(const struct feed *feed)
{
	const char *at = feed->text + strspn(feed->text, " \t\r\n");
	if (*at == '[') {
		at++;
		at += strspn(at, " \t\r\n");
		return *at == '{' || *at == '[' || *at == '"' || *at == ']';
	}
	return *at == '{';
}

static bool is_zeek(const struct feed *feed)
{
	struct feed_line line = { .number = 0 };
	while (feed_next_line(feed, &line) && (is_blank(&line) || line.text[0] == '#')) {
		if (line.size > 8 && strncmp(line.text, "#fields\t", 8) == 0) {
			return true;
		}
	}
	return false;
}

/*! \brief A zone begins with a directive or with its SOA (RFC 1035 section 5). */
static bool is_zone(const struct feed *feed)
{
	struct feed_line line = { .number = 0 };
	while (feed_next_line(feed, &line)) {
		if (is_blank(&line) || line.text[0] == ';') {
			continue;
		}
		return has_word(&line, "SOA") || strncmp(line.text, "$TTL", 4) == 0 ||
		       strncmp(line.text, "$ORIGIN", 7) == 0;
	}
	return false;
}

/*! \brief At least half of the lines hold an indicator and no more than a list would. */
static bool is_list(const struct feed *feed)
{
	struct feed_line line = { .number = 0 };
	size_t seen = 0;
	size_t sound = 0;
	while (seen < LINES_LOOKED_AT && feed_next_line(feed, &line)) {
		if (is_blank(&line) || line.text[0] == '#' || line.text[0] == ';' ||
		    strncmp(line.text, "//", 2) == 0) {
			continue;
		}
		seen++;
		sound += list_line_is(&line);
	}
	return sound * 2 >= seen;
}

enum feed_format feed_detect(const struct feed *feed)
{
	if (is_json(feed)) {
		return FEED_STIX;
	}
	if (is_zeek(feed)) {
		return FEED_ZEEK;
	}
	if (is_zone(feed)) {
		return FEED_RPZ;
	}
	if (csv_is(feed)) {
		return FEED_CSV;
	}
	return is_list(feed) ? FEED_LIST : FEED_TEXT;
}
