/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Filters of ad blockers: `||example.com^` blocks a host and the hosts below it, and `@@` makes an
 * exception. Filters for parts of a host, such as paths and elements of pages, are left out.
 */
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "rules/feeds/import/reader.h"
#include "rules/feeds/import/value.h"

/*! \brief The parts of a filter, as views. */
struct filter {
	const char *text; /*!< The filter without `@@`. */
	size_t size;      /*!< The size of the filter without its options. */
	const char *options;
	size_t options_size;
	bool allows;
};

static bool begins(const char *text, size_t size, const char *front)
{
	size_t length = strlen(front);
	return size >= length && strncasecmp(text, front, length) == 0;
}

/*! \brief Returns true if a line hides elements of pages, or rewrites them. */
static bool is_cosmetic(const struct feed_line *line)
{
	static const char *const SIGNS[] = { "##",   "#@#", "#?#",  "#@?#", "#$#",
		                             "#@$#", "#%#", "#@%#", "$$",   "$@$" };
	const char *hash = memchr(line->text, '#', line->size);
	const char *dollar = memchr(line->text, '$', line->size);
	for (size_t i = 0; i < sizeof(SIGNS) / sizeof(SIGNS[0]); i++) {
		/* The first # counts, because in a table with # at both ends of a line, a later #
		 * may look like such a sign. */
		const char *at = SIGNS[i][0] == '#' ? hash : dollar;
		size_t size = strlen(SIGNS[i]);
		if (at != NULL && (size_t)(line->text + line->size - at) >= size &&
		    memcmp(at, SIGNS[i], size) == 0) {
			return true;
		}
	}
	return false;
}

static bool is_comment(const struct feed_line *line)
{
	return feed_line_is_blank(line) || line->text[0] == '!' || line->text[0] == '[' ||
	       (line->text[0] == '#' && (line->size == 1 || ascii_is_blank(line->text[1])));
}

static struct filter split(const struct feed_line *line)
{
	struct filter filter = { .text = line->text, .size = line->size, .options = "" };
	while (filter.size > 0 && ascii_is_blank(filter.text[filter.size - 1])) {
		filter.size--;
	}
	filter.allows = begins(filter.text, filter.size, "@@");
	filter.text += filter.allows ? 2 : 0;
	filter.size -= filter.allows ? 2 : 0;
	const char *dollar = memrchr(filter.text, '$', filter.size);
	if (dollar != NULL) {
		filter.options = dollar + 1;
		filter.options_size = (size_t)(filter.text + filter.size - dollar - 1);
		filter.size = (size_t)(dollar - filter.text);
	}
	return filter;
}

/*! \brief Returns true if the filter still applies to the whole host with these options. */
static bool are_wide(const struct filter *filter)
{
	static const char *const WIDE[] = { "important", "third-party", "3p",        "all",
		                            "document",  "doc",         "popup",     "network",
		                            "strict3p",  "specialhost", "match-case" };
	const char *at = filter->options;
	const char *end = at + filter->options_size;
	while (at < end) {
		const char *comma = memchr(at, ',', (size_t)(end - at));
		size_t size = (size_t)((comma != NULL ? comma : end) - at);
		size_t i = 0;
		while (i < sizeof(WIDE) / sizeof(WIDE[0]) &&
		       (strlen(WIDE[i]) != size || strncasecmp(WIDE[i], at, size) != 0)) {
			i++;
		}
		if (i == sizeof(WIDE) / sizeof(WIDE[0])) {
			return false;
		}
		at += size + 1;
	}
	return true;
}

/*!
 * \brief Removes the anchors. Returns NULL, or the reason why the filter does not apply to a whole
 *        host.
 */
static const char *take_host(struct filter *filter, enum feed_reach *reach)
{
	bool below = begins(filter->text, filter->size, "||");
	bool url = !below && begins(filter->text, filter->size, "|");
	size_t front = below ? 2 : url;
	front += below && begins(filter->text + 2, filter->size - 2, "*.") ? 2 : 0;
	filter->text += front;
	filter->size -= front;
	while (filter->size > 1 &&
	       (strchr("^|", filter->text[filter->size - 1]) != NULL ||
	        (filter->text[filter->size - 1] == '*' && filter->text[filter->size - 2] == '^'))) {
		filter->size--;
	}
	*reach = below ? FEED_BOTH : FEED_EXACT;
	size_t scheme = 0;
	while (url && scheme < filter->size && ascii_is_letter(filter->text[scheme])) {
		scheme++;
	}
	scheme += url && begins(filter->text + scheme, filter->size - scheme, "://") ? 3 : 0;
	const char *host = filter->text + scheme;
	size_t size = filter->size - scheme;
	size -= size > 0 && host[size - 1] == '/';
	if (memchr(host, '/', size) != NULL || memchr(host, '^', size) != NULL) {
		return "path";
	}
	if (memchr(host, '*', size) != NULL) {
		return "pattern with *";
	}
	struct indicator indicator;
	return below || value_is_indicator(host, size, &indicator) ? NULL
	                                                           : "pattern without a host";
}

/*! \brief Finds the filters that `$badfilter` disables, with their options. */
static void find_disabled(struct feed *feed, struct intern *disabled)
{
	static const char BAD[] = "badfilter";
	struct feed_line line = { .number = 0 };
	while (feed_next_line(feed, &line)) {
		size_t size = line.size;
		size_t bad = sizeof(BAD) - 1;
		if (size > bad + 1 && strncmp(line.text + size - bad, BAD, bad) == 0 &&
		    strchr("$,", line.text[size - bad - 1]) != NULL) {
			feed->no_memory |=
			        intern_add(disabled, line.text, size - bad - 1) == INTERN_NONE;
		}
	}
}

static void read_filter(struct feed *feed, const struct feed_line *line, struct filter filter)
{
	struct imported_rule rule = IMPORTED_RULE_INIT;
	enum feed_reach reach;
	if (!are_wide(&filter)) {
		char reason[64];
		snprintf(reason, sizeof(reason), "narrowed by $%.*s",
		         (int)strcspn(filter.options, "=,\r\n"), filter.options);
		feed_leave_out(feed, reason);
		return;
	}
	const char *why = take_host(&filter, &reach);
	if (why != NULL) {
		feed_leave_out(feed, why);
		return;
	}
	rule.verb = filter.allows ? RULE_ALLOW : RULE_ALERT;
	feed_add_view(feed, filter.text, filter.size, line->number, feed_column(line, filter.text),
	              reach, &rule);
}

static bool is_filter(const struct feed_line *line)
{
	return begins(line->text, line->size, "||") || begins(line->text, line->size, "@@") ||
	       begins(line->text, line->size, "|http") || is_cosmetic(line);
}

bool adblock_is(struct feed *feed)
{
	struct feed_line line = { .number = 0 };
	bool any = feed_next_line(feed, &line);
	return (any && (begins(line.text, line.size, "[adblock") ||
	                begins(line.text, line.size, "[ublock"))) ||
	       feed_most_lines(feed, is_filter);
}

void adblock_read(struct feed *feed)
{
	struct feed_line line = { .number = 0 };
	struct intern disabled = { .count = 0 };
	find_disabled(feed, &disabled);
	while (feed_next_line(feed, &line)) {
		if (is_comment(&line)) {
			continue;
		}
		if (is_cosmetic(&line)) {
			feed_leave_out(feed, "cosmetic filter");
		} else if (intern_find(&disabled, line.text, line.size) != INTERN_NONE) {
			feed_leave_out(feed, "disabled by $badfilter");
		} else {
			read_filter(feed, &line, split(&line));
		}
	}
	intern_free(&disabled);
}
