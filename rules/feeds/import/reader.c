/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/feeds/import/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/param.h>

#include "base/ascii.h"
#include "base/date.h"
#include "base/utf8.h"
#include "rules/feeds/import/clean.h"
#include "rules/feeds/import/value.h"
#include "rules/language/range.h"
#include "rules/language/words.h"

#define MESSAGE_SIZE 640
/*! \brief The largest number of lines that are read to recognise a format. */
#define LINES_LOOKED_AT 200

/*!
 * \brief The largest number of searches of the whole text that may fail. Without this bound, the
 *        time would be quadratic.
 */
#define FUTILE_MAX 20

/*!
 * \brief Finds the line of a text; returns 0 if there is none. It is searched for because Jansson
 *        does not record lines.
 *
 * Entries are read in order, so the search begins where the last search ended.
 */
static size_t find_line(struct feed *feed, const char *text)
{
	const char *from = feed->found != NULL ? feed->found : feed->text;
	const char *found = NULL;
	if (text[0] != '\0' && feed->futile_searches < FUTILE_MAX) {
		found = strstr(from, text);
		feed->futile_searches += found == NULL;
	}
	if (found == NULL) {
		return 0;
	}
	size_t line = feed->found != NULL ? feed->found_line : 1;
	for (const char *at = from; (at = memchr(at, '\n', (size_t)(found - at))) != NULL; at++) {
		line++;
	}
	feed->found = found;
	feed->found_line = line;
	return line;
}

static void report(struct feed *feed, size_t line, size_t column, const char *format, va_list args)
{
	char message[MESSAGE_SIZE];
	char clean[CLEAN_SIZE];
	int size = vsnprintf(message, sizeof(message), format, args);
	clean_text(message, size < MESSAGE_SIZE ? (size_t)size : MESSAGE_SIZE - 1, clean);
	if (line == 0 && feed->place != NULL) {
		line = find_line(feed, feed->place);
		column = line > 0;
	}
	feed->complain(feed->ctx, feed->file, line, column, clean);
}

void feed_complain(struct feed *feed, size_t line, size_t column, const char *format, ...)
{
	va_list args;
	if (++feed->stats->errors > FEED_COMPLAINTS_MAX) {
		return;
	}
	va_start(args, format);
	report(feed, line, column, format, args);
	va_end(args);
}

/*! \brief Cleans a reason and cuts it after a character. */
static void clean_reason(const char *reason, char text[sizeof(((struct feed_reason *)0)->text)])
{
	char clean[CLEAN_SIZE];
	size_t size = clean_text(reason, strlen(reason), clean);
	size_t most = sizeof(((struct feed_reason *)0)->text) - 1;
	while (size > most || utf8_is_continuation(clean[size])) {
		size--;
	}
	memcpy(text, clean, size);
	text[size] = '\0';
}

void feed_leave_out(struct feed *feed, const char *reason)
{
	struct feed_reason *at = feed->stats->reasons;
	struct feed_reason *last = at + FEED_REASONS_MAX - 1;
	struct feed_reason own = { .count = 0 };
	clean_reason(reason, own.text);
	while (at < last && at->count > 0 && strcmp(at->text, own.text) != 0) {
		at++;
	}
	if (at->count == 0) {
		strcpy(at->text, at < last ? own.text : "for other reasons");
	}
	at->count++;
	feed->stats->left_out++;
}

__attribute__((format(printf, 4, 5))) static void name_entry(struct feed *feed, size_t line,
                                                             size_t column, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	report(feed, line, column, format, args);
	va_end(args);
}

void feed_leave_out_named(struct feed *feed, const char *word, size_t size, size_t line,
                          size_t column, const char *reason)
{
	feed_leave_out(feed, reason);
	if (++feed->stats->named <= FEED_NAMED_MAX) {
		name_entry(feed, line, column, "`%.*s` is left out: %s", (int)MIN(size, 80), word,
		           reason);
	}
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

bool feed_line_is_comment(const struct feed_line *line)
{
	return feed_line_is_blank(line) || strchr("#;!", line->text[0]) != NULL ||
	       (line->size > 1 && strncmp(line->text, "//", 2) == 0);
}

bool feed_most_lines(const struct feed *feed, bool (*is)(const struct feed_line *line))
{
	struct feed_line line = { .number = 0 };
	size_t seen = 0;
	size_t sound = 0;
	while (seen < LINES_LOOKED_AT && feed_next_line(feed, &line)) {
		if (!feed_line_is_comment(&line)) {
			seen++;
			sound += is(&line);
		}
	}
	return seen > 0 && sound * 2 >= seen;
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
	snprintf(utc, sizeof(utc), "%.*sZ", (int)MIN(size, sizeof(utc)), text);
	const char *why = date_parse(text, end, time_ns);
	if (why != NULL && date_parse(utc, end, time_ns) != NULL) {
		feed_complain(feed, line, 1, "`%.40s`: %s", text, why);
	}
}

/*! \brief Returns true if a name is a registrable domain, one label below a public suffix. */
static bool is_domain(const struct feed *feed, const struct indicator *indicator)
{
	char text[DNS_NAME_MAX + 1];
	if (feed->psl == NULL || indicator->form != FORM_NAME) {
		return false;
	}
	dns_name_to_host(indicator->name, indicator->name_size, text);
	return psl_registrable_domain(feed->psl, text) == text;
}

/*!
 * \brief Returns true if a rule can contain the indicator. A local part in a feed may have any
 *        octets.
 */
static bool is_writable(const struct indicator *indicator)
{
	char text[INDICATOR_TEXT_SIZE];
	size_t column;
	return words_check(text, indicator_text(indicator, text), &column) == NULL;
}

/*! \brief Returns why an indicator cannot become a rule; NULL if it can. */
static const char *unfit(const struct indicator *indicator, const struct imported_rule *rule)
{
	if ((observation_kind_forms(rule->kind) & RULE_BIT(indicator->form)) == 0) {
		return "a rule of this kind does not take this type of indicator";
	}
	if (rule->since_ns >= rule->until_ns) {
		return "the period ends before it begins";
	}
	return is_writable(indicator) ? NULL
	                              : "the indicator has characters that a rule cannot contain";
}

static const char SHORT_NAME[] = "not a name of at least two labels";

/*!
 * \brief Returns the reason why a value contradicts the statements of its feed; NULL if it does
 *        not.
 */
static const char *belies(const struct feed_value *value, const struct indicator *indicator)
{
	if (indicator->form == FORM_NAME && indicator->name[0] + 2u >= indicator->name_size) {
		return SHORT_NAME;
	}
	bool other = value->forms != 0 && (value->forms & RULE_BIT(indicator->form)) == 0;
	return other ? rule_form_text(indicator->form) : NULL;
}

/*!
 * \brief Sets the verb that the user wants. Returns false for an exception of the feed, because
 *        exceptions are left out with `--as allow`.
 */
static bool choose_verb(const struct feed *feed, struct imported_rule *rule)
{
	if (feed->options->as != FEED_AS_ALLOW) {
		return rule->verb == RULE_ALERT || !feed->options->no_exceptions;
	}
	bool alerts = rule->verb == RULE_ALERT;
	rule->verb = RULE_ALLOW;
	return alerts;
}

static void store(struct feed *feed, const struct feed_value *value,
                  const struct indicator *indicator, const struct imported_rule *rule)
{
	const char *wrong = unfit(indicator, rule);
	if (wrong != NULL) {
		feed_complain(feed, value->line, value->column, "`%.*s` as `%s`: %s",
		              (int)MIN(value->size, 80), value->text,
		              observation_kind_text(rule->kind), wrong);
		return;
	}
	int ret = imported_rules_add(&feed->rules, rule, indicator);
	feed->no_memory |= ret < 0;
	feed->stats->rules += ret == 1;
	feed->stats->merged += ret == 0;
}

/*!
 * \brief Adds a rule of the kind that the feed states, or one rule of each kind that the user
 *        wants.
 */
static void add_of_kinds(struct feed *feed, const struct feed_value *value,
                         const struct indicator *indicator, struct imported_rule *rule)
{
	bool any = false;
	if (feed->options->kinds == 0) {
		store(feed, value, indicator, rule);
		return;
	}
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		unsigned forms = observation_kind_forms((enum observation_kind)kind);
		if ((feed->options->kinds & RULE_BIT(kind)) != 0 &&
		    (forms & RULE_BIT(indicator->form)) != 0) {
			rule->kind = (enum observation_kind)kind;
			store(feed, value, indicator, rule);
			any = true;
		}
	}
	if (!any) {
		char reason[64];
		snprintf(reason, sizeof(reason), "%s does not fit --what",
		         rule_form_text(indicator->form));
		feed_leave_out_named(feed, value->text, value->size, value->line, value->column,
		                     reason);
	}
}

static void add_indicator(struct feed *feed, const struct feed_value *value,
                          struct indicator *indicator, const struct imported_rule *rule)
{
	const char *wrong = belies(value, indicator);
	int shown = (int)MIN(value->size, 80);
	if (wrong != NULL) {
		feed_complain(feed, value->line, value->column, "`%.*s` is %s", shown, value->text,
		              wrong);
		return;
	}
	bool widens = value->reach == FEED_BOTH ||
	              (value->reach == FEED_WIDEN && indicator->reach == REACH_EXACT &&
	               is_domain(feed, indicator));
	if (indicator->form == FORM_NAME && widens) {
		indicator->reach = REACH_BOTH;
	}
	struct imported_rule own = *rule;
	if (!choose_verb(feed, &own)) {
		feed_leave_out(feed, "exception");
		return;
	}
	own.severity = feed->options->severity > 0
	                       ? (enum rule_severity)(feed->options->severity - 1)
	                       : own.severity;
	own.confidence = feed->options->confidence > 0 ? (int)(feed->options->confidence - 1)
	                                               : own.confidence;
	add_of_kinds(feed, value, indicator, &own);
}

/*! \brief Adds the networks of a range. Returns false for any other word. */
static bool add_range(struct feed *feed, const struct feed_value *value, const char *word,
                      const struct imported_rule *rule)
{
	char why[INDICATOR_WHY_SIZE];
	struct network networks[RANGE_NETWORKS_MAX];
	int count = range_parse(word, networks, why);
	if (count < 0) {
		feed_complain(feed, value->line, value->column, "`%.80s`: %s", word, why);
	}
	for (int i = 0; i < count; i++) {
		struct indicator indicator = { .form = FORM_NETWORK, .network = networks[i] };
		add_indicator(feed, value, &indicator, rule);
	}
	return count != 0;
}

/*! \brief Returns true if a value gives no rule, and counts the reason. */
static bool is_left_out(struct feed *feed, const struct feed_value *value, const struct value *read)
{
	if (value_is_hash(read->text)) {
		feed_leave_out(feed, "hash");
		return true;
	}
	bool plain = feed->options->no_shared && feed->options->as != FEED_AS_ALLOW;
	if ((!read->is_url && !plain) || !shared_hosts_has(feed->shared, read->text)) {
		return false;
	}
	feed_leave_out_named(feed, value->text, value->size, value->line, value->column,
	                     read->is_url ? FEED_SHARED_HOST : "a shared host");
	return true;
}

void feed_add_value(struct feed *feed, const struct feed_value *value,
                    const struct imported_rule *rule)
{
	char why[INDICATOR_WHY_SIZE];
	struct value read;
	struct indicator indicator;
	if (value_read(value->text, value->size, &read) != 0) {
		feed_complain(feed, value->line, value->column,
		              "the indicator has more than %d octets", INDICATOR_WORD_MAX);
	} else if (is_left_out(feed, value, &read) || add_range(feed, value, read.text, rule)) {
		return;
	} else if (indicator_parse(read.text, &indicator, why) != 0) {
		feed_complain(feed, value->line, value->column, "`%.80s`: %s", read.text, why);
	} else {
		add_indicator(feed, value, &indicator, rule);
	}
}

void feed_add(struct feed *feed, const char *word, size_t line, size_t column,
              enum feed_reach reach, const struct imported_rule *rule)
{
	feed_add_view(feed, word, strlen(word), line, column, reach, rule);
}

void feed_add_view(struct feed *feed, const char *word, size_t size, size_t line, size_t column,
                   enum feed_reach reach, const struct imported_rule *rule)
{
	const struct feed_value value = {
		.text = word,
		.size = size,
		.line = line,
		.column = column,
		.reach = reach,
	};
	feed_add_value(feed, &value, rule);
}
