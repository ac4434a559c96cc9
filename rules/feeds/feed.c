/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/feeds/feed.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/utf8.h"
#include "rules/feeds/clean.h"
#include "rules/feeds/reader.h"
#include "rules/keywords.h"
#include "rules/language/words.h"

#define READ_SIZE    65536
#define NAME_SIZE    64
#define MESSAGE_SIZE 640

static const char *const FORMATS[] = { "auto", "list", "csv",  "stix", "misp",
	                               "zeek", "rpz",  "text", NULL };

const char *feed_format_text(enum feed_format format)
{
	return FORMATS[format];
}

int feed_format_find(const char *name)
{
	return keyword_find(FORMATS, name);
}

/*! \brief The first line in which a text stands, 0 for none: jansson keeps no places. */
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

bool feed_is_domain(const struct feed *feed, const struct indicator *indicator)
{
	char text[NAME_MAX_SIZE + 1];
	if (feed->psl == NULL || indicator->form != FORM_NAME) {
		return false;
	}
	names_text(indicator->name, indicator->name_size, text);
	return psl_registrable_domain(feed->psl, text) == text;
}

/*! \brief Whether a rule can hold it: a local part in a feed may have any octets. */
static bool is_writable(const struct indicator *indicator)
{
	char text[INDICATOR_TEXT_SIZE];
	size_t column;
	return words_check(text, indicator_text(indicator, text), &column) == NULL;
}

/*! \brief What keeps an indicator from becoming a rule, NULL for nothing. */
static const char *unfit(const struct indicator *indicator,
                         const struct imported_rule *imported_rule)
{
	if ((observation_kind_forms(imported_rule->kind) & RULE_BIT(indicator->form)) == 0) {
		return "this kind of rule does not take such an indicator";
	}
	if (imported_rule->since_ns >= imported_rule->until_ns) {
		return "it ends before it begins";
	}
	return is_writable(indicator) ? NULL : "it has characters that no rule can hold";
}

void feed_add(struct feed *feed, const char *word, size_t line, size_t column,
              enum feed_reach reach, const struct imported_rule *imported_rule)
{
	char why[INDICATOR_WHY_SIZE];
	struct indicator indicator;
	if (indicator_parse(word, &indicator, why) != 0) {
		feed_complain(feed, line, column, "`%.80s`: %s", word, why);
		return;
	}
	if (indicator.form == FORM_NAME && indicator.reach == REACH_EXACT &&
	    (reach == FEED_BOTH || (reach == FEED_WIDEN && feed_is_domain(feed, &indicator)))) {
		indicator.reach = REACH_BOTH;
	}
	const char *wrong = unfit(&indicator, imported_rule);
	if (wrong != NULL) {
		feed_complain(feed, line, column, "`%.80s` as `%s`: %s", word,
		              observation_kind_text(imported_rule->kind), wrong);
		return;
	}
	int ret = imported_rules_add(&feed->imported_rules, imported_rule, &indicator);
	feed->no_memory |= ret < 0;
	feed->stats->rules += ret == 1;
	feed->stats->merged += ret == 0;
}

void feed_add_view(struct feed *feed, const char *word, size_t size, size_t line, size_t column,
                   enum feed_reach reach, const struct imported_rule *imported_rule)
{
	char text[INDICATOR_WORD_MAX + 1];
	if (size > INDICATOR_WORD_MAX) {
		feed_complain(feed, line, column, "an indicator of more than %d octets",
		              INDICATOR_WORD_MAX);
		return;
	}
	memcpy(text, word, size);
	text[size] = '\0';
	feed_add(feed, text, line, column, reach, imported_rule);
}

/*! \brief Reads all there is; NULL when that cannot be, `*why` the reason. */
static char *slurp(FILE *in, size_t *size, const char **why)
{
	size_t room = 0;
	char *text = NULL;
	size_t got = READ_SIZE;
	*size = 0;
	while (got > 0 && *size <= FEED_SIZE_MAX) {
		if (room - *size < READ_SIZE + 1) {
			room = room * 2 + READ_SIZE + 1;
			char *more = realloc(text, room);
			if (more == NULL) {
				break;
			}
			text = more;
		}
		got = fread(text + *size, 1, READ_SIZE, in);
		*size += got;
	}
	if (got == 0 && !ferror(in)) {
		text[*size] = '\0';
		return text;
	}
	*why = got == 0 ? strerror(errno) : *size > FEED_SIZE_MAX ? "too large" : "out of memory";
	free(text);
	return NULL;
}

/*! \brief A name for `feed=` and ids: the file's, without folder and ending. */
static void name_feed(const struct feed *feed, char name[NAME_SIZE])
{
	static const char FIT[] =
	        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	const char *given = feed->options->name;
	const char *slash = strrchr(feed->file, '/');
	const char *from = given != NULL ? given : slash != NULL ? slash + 1 : feed->file;
	const char *dot = given == NULL ? strrchr(from, '.') : NULL;
	size_t size = dot != NULL && dot != from ? (size_t)(dot - from) : strlen(from);
	size = size < NAME_SIZE ? size : NAME_SIZE - 1;
	memcpy(name, from, size);
	name[size] = '\0';
	for (size_t i = 0; i < size; i++) {
		name[i] = strchr(FIT, name[i]) != NULL ? name[i] : '-';
	}
	if (name[strspn(name, "-")] == '\0') {
		memcpy(name, "import", sizeof("import"));
	}
}

static void read_format(struct feed *feed)
{
	switch (feed->stats->format) {
	case FEED_LIST:
		list_read(feed);
		break;
	case FEED_CSV:
		csv_read(feed);
		break;
	case FEED_STIX:
	case FEED_MISP:
		json_read(feed);
		break;
	case FEED_ZEEK:
		zeek_read(feed);
		break;
	case FEED_RPZ:
		rpz_read(feed);
		break;
	default:
		report_read(feed);
		break;
	}
}

static size_t largest(enum feed_format format)
{
	switch (format) {
	case FEED_STIX:
	case FEED_MISP:
		return FEED_JSON_SIZE_MAX;
	case FEED_TEXT:
		return FEED_TEXT_SIZE_MAX;
	default:
		return FEED_SIZE_MAX;
	}
}

static int write_rules(struct feed *feed, FILE *out)
{
	char name[NAME_SIZE];
	char file[CLEAN_SIZE];
	name_feed(feed, name);
	clean_text(feed->file, strlen(feed->file), file);
	(void)fprintf(out, "# From %s, read as %s.\n", file, feed_format_text(feed->stats->format));
	if (feed->stats->format == FEED_TEXT) {
		(void)fputs("# Guessed from a text written for people: a person should read "
		            "these before they are used.\n# conf=60: in the text's own list; 40: "
		            "written so that nobody clicks on it; 10: found in plain.\n",
		            out);
	}
	(void)fprintf(out, "set feed=%s", name);
	if (feed->options->ref != NULL) {
		(void)fputs(" ref=", out);
		imported_rules_write_word(feed->options->ref, out);
	}
	(void)fputs("\n\n", out);
	return imported_rules_write(&feed->imported_rules, name, out);
}

static void read_feed(struct feed *feed)
{
	const char *zero = memchr(feed->text, '\0', feed->size);
	if (zero != NULL) {
		feed->size = (size_t)(zero - feed->text);
		feed_complain(feed, 0, 0, "octets of zero: is this a text file in UTF-8?");
		return;
	}
	feed->stats->format =
	        feed->options->format != FEED_AUTO ? feed->options->format : feed_detect(feed);
	if (feed->size > largest(feed->stats->format)) {
		feed_complain(feed, 0, 0, "more than %zu octets", largest(feed->stats->format));
		return;
	}
	read_format(feed);
}

int feed_import(FILE *in, const char *file, const struct feed_options *options, FILE *out,
                rule_complain_t complain, void *ctx, struct feed_stats *stats)
{
	const char *why = NULL;
	struct feed feed = {
		.file = file,
		.options = options,
		.stats = stats,
		.complain = complain,
		.ctx = ctx,
	};
	*stats = (struct feed_stats){ .format = options->format };
	char *text = slurp(in, &feed.size, &why);
	if (text == NULL) {
		feed_complain(&feed, 0, 0, "%s", why);
		return -1;
	}
	bool marked = strncmp(text, "\xef\xbb\xbf", 3) == 0;
	feed.text = text + (marked ? 3 : 0);
	feed.size -= marked ? 3 : 0;
	feed.psl = psl_latest(NULL);
	read_feed(&feed);
	feed.no_memory |= write_rules(&feed, out) != 0;
	if (feed.no_memory) {
		feed_complain(&feed, 0, 0, "out of memory: rules are missing");
	}
	if (stats->errors > FEED_COMPLAINTS_MAX) {
		char more[64];
		snprintf(more, sizeof(more), "%zu more complaints",
		         stats->errors - FEED_COMPLAINTS_MAX);
		complain(ctx, file, 0, 0, more);
	}
	psl_free(feed.psl);
	imported_rules_free(&feed.imported_rules);
	free(text);
	return feed.no_memory ? -1 : 0;
}
