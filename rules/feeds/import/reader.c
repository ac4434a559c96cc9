/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/feeds/import/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/date.h"
#include "base/utf8.h"
#include "rules/feeds/import/clean.h"
#include "rules/language/words.h"

#define MESSAGE_SIZE 640

/*! \brief The first line that has a text, 0 for none. Jansson does not record lines. */
static size_t find_line(const struct feed *feed, const char *text)
{
	const char *found = text[0] != '\0' ? strstr(feed->text, text) : NULL;
	size_t line = found != NULL;
	for (const char *at = feed->text;
	     found != NULL && (at = memchr(at, '\n', (size_t)(found - at))) != NULL; at++) {
		line++;
	}
	return line;
}

void feed_complain(struct feed *feed, size_t line, size_t column, const char *format, ...)
{
	char message[MESSAGE_SIZE];
	char clean[CLEAN_SIZE];
	va_list args;
	if (++feed->stats->errors > FEED_COMPLAINTS_MAX) {
		return;
	}
	va_start(args, format);
	int size = vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	clean_text(message, size < MESSAGE_SIZE ? (size_t)size : MESSAGE_SIZE - 1, clean);
	if (line == 0 && feed->place != NULL) {
		line = find_line(feed, feed->place);
		column = line > 0;
	}
	feed->complain(feed->ctx, feed->file, line, column, clean);
}

bool feed_next_line(const struct feed *feed, struct feed_line *line)
{
	const char *start = feed->text;
	if (line->number > 0) {
		start = line->text + line->size;
		start += *start == '\r';
		start += *start == '\n';
	}
	size_t left = feed->size - (size_t)(start - feed->text);
	if (left == 0) {
		return false;
	}
	const char *end = memchr(start, '\n', left);
	line->text = start;
	line->size = end != NULL ? (size_t)(end - start) : left;
	line->size -= line->size > 0 && start[line->size - 1] == '\r';
	line->number++;
	return true;
}

bool feed_line_is_blank(const struct feed_line *line)
{
	size_t at = 0;
	while (at < line->size && ascii_is_blank(line->text[at])) {
		at++;
	}
	return at == line->size;
}

size_t feed_column(const struct feed_line *line, const char *at)
{
	size_t column = 1;
	for (const char *c = line->text; c < at; c++) {
		column += !utf8_is_continuation(*c);
	}
	return column;
}

void feed_date(struct feed *feed, const char *text, bool end, size_t line, int64_t *time_ns)
{
	char utc[64];
	size_t size = strcspn(text, "U");
	if (size > 0 && text[size - 1] == ' ') {
		size--;
	}
	snprintf(utc, sizeof(utc), "%.*sZ", (int)(size < sizeof(utc) ? size : sizeof(utc)), text);
	const char *why = date_parse(text, end, time_ns);
	if (why != NULL && date_parse(utc, end, time_ns) != NULL) {
		feed_complain(feed, line, 1, "`%.40s`: %s", text, why);
	}
}

/*! \brief Whether a name is a registrable domain, one label below a public suffix. */
static bool is_domain(const struct feed *feed, const struct indicator *indicator)
{
	char text[DNS_NAME_MAX + 1];
	if (feed->psl == NULL || indicator->form != FORM_NAME) {
		return false;
	}
	dns_name_to_host(indicator->name, indicator->name_size, text);
	return psl_registrable_domain(feed->psl, text) == text;
}

/*! \brief Whether a rule can hold it: a local part in a feed may have any octets. */
static bool is_writable(const struct indicator *indicator)
{
	char text[INDICATOR_TEXT_SIZE];
	size_t column;
	return words_check(text, indicator_text(indicator, text), &column) == NULL;
}

/*! \brief Why an indicator cannot become a rule, NULL if it can. */
static const char *unfit(const struct indicator *indicator, const struct imported_rule *rule)
{
	if ((observation_kind_forms(rule->kind) & RULE_BIT(indicator->form)) == 0) {
		return "a rule of this kind does not take this type of indicator";
	}
	if (rule->since_ns >= rule->until_ns) {
		return "it ends before it begins";
	}
	return is_writable(indicator) ? NULL : "it has characters that no rule can hold";
}

void feed_add(struct feed *feed, const char *word, size_t line, size_t column,
              enum feed_reach reach, const struct imported_rule *rule)
{
	char why[INDICATOR_WHY_SIZE];
	struct indicator indicator;
	if (indicator_parse(word, &indicator, why) != 0) {
		feed_complain(feed, line, column, "`%.80s`: %s", word, why);
		return;
	}
	if (indicator.form == FORM_NAME && indicator.reach == REACH_EXACT && reach == FEED_WIDEN &&
	    is_domain(feed, &indicator)) {
		indicator.reach = REACH_BOTH;
	}
	const char *wrong = unfit(&indicator, rule);
	if (wrong != NULL) {
		feed_complain(feed, line, column, "`%.80s` as `%s`: %s", word,
		              observation_kind_text(rule->kind), wrong);
		return;
	}
	int ret = imported_rules_add(&feed->rules, rule, &indicator);
	feed->no_memory |= ret < 0;
	feed->stats->rules += ret == 1;
	feed->stats->merged += ret == 0;
}

void feed_add_view(struct feed *feed, const char *word, size_t size, size_t line, size_t column,
                   enum feed_reach reach, const struct imported_rule *rule)
{
	char text[INDICATOR_WORD_MAX + 1];
	if (size > INDICATOR_WORD_MAX) {
		feed_complain(feed, line, column, "an indicator of more than %d octets",
		              INDICATOR_WORD_MAX);
		return;
	}
	memcpy(text, word, size);
	text[size] = '\0';
	feed_add(feed, text, line, column, reach, rule);
}
