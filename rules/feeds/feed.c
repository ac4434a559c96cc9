/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/feeds/feed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rules/feeds/encoding.h"
#include "rules/feeds/formats.h"
#include "rules/feeds/json/json.h"
#include "rules/feeds/output.h"

#define READ_SIZE 65536

/*! \brief Reads a file to its end. Returns NULL on failure, with the reason in `*why`. */
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

static void read_feed(struct feed *feed)
{
	const char *why = encoding_refuse(feed->text, feed->size);
	if (why != NULL) {
		feed_complain(feed, 1, 1, "%s", why);
		return;
	}
	size_t line = encoding_mend((char *)feed->text, feed->size);
	if (line > 0) {
		feed_complain(feed, line, 1, "the line contains a NUL octet: is this a text file?");
	}
	if (feed->stats->format == FEED_AUTO) {
		feed->stats->format = feed_format_detect(feed);
	}
	/* Columns that a user names are those of a table, even if none of their names is right. */
	if (feed->options->columns_count > 0 && feed->options->format == FEED_AUTO &&
	    (feed->stats->format == FEED_TEXT || feed->stats->format == FEED_LIST)) {
		feed->stats->format = FEED_CSV;
	}
	const struct feed_format_row *format = feed_format_row(feed->stats->format);
	if (feed->size > format->size_max) {
		feed_complain(feed, 0, 0, "the file has more than %zu octets", format->size_max);
		return;
	}
	format->read(feed);
	feed->place = NULL;
}

/*! \brief Reports the number of entries that were not reported. */
static void report_more(const struct feed *feed, size_t count, size_t reported, const char *noun)
{
	char more[64];
	if (count > reported) {
		snprintf(more, sizeof(more), "%zu %s", count - reported, noun);
		feed->complain(feed->ctx, feed->file, 0, 0, more);
	}
}

/*! \brief Reads a file as UTF-8. Returns NULL after an error, which was reported. */
static char *read_text(struct feed *feed, FILE *in)
{
	const char *why = NULL;
	char *text = slurp(in, &feed->size, &why);
	if (text != NULL && encoding_is_utf16(text, feed->size)) {
		char *utf8 = encoding_from_utf16(text, &feed->size);
		free(text);
		text = utf8;
		why = "out of memory";
	}
	if (text == NULL) {
		feed_complain(feed, 0, 0, "%s", why);
		return NULL;
	}
	bool marked = strncmp(text, "\xef\xbb\xbf", 3) == 0;
	feed->text = text + (marked ? 3 : 0);
	feed->size -= marked ? 3 : 0;
	return text;
}

int feed_import(FILE *in, const char *file, const struct feed_options *options, FILE *out,
                rule_complain_t complain, void *ctx, struct feed_stats *stats)
{
	struct shared_hosts known = { .names = { 0 } };
	struct feed feed = {
		.file = file,
		.options = options,
		.stats = stats,
		.complain = complain,
		.ctx = ctx,
	};
	*stats = (struct feed_stats){ .format = options->format };
	char *text = read_text(&feed, in);
	if (text == NULL) {
		return -1;
	}
	psl_ctx_t *installed = options->psl == NULL ? psl_latest(NULL) : NULL;
	feed.psl = options->psl != NULL ? options->psl : installed;
	feed.no_memory |= options->shared == NULL && shared_hosts_add_known(&known) != 0;
	feed.shared = options->shared != NULL ? options->shared : &known;
	read_feed(&feed);
	json_release(&feed);
	feed.no_memory |= feed_write_rules(&feed, out) != 0;
	if (feed.no_memory) {
		feed_complain(&feed, 0, 0, "out of memory: rules are missing");
	}
	report_more(&feed, stats->errors, FEED_COMPLAINTS_MAX, "more complaints");
	report_more(&feed, stats->named, FEED_NAMED_MAX, "more indicators are left out");
	shared_hosts_free(&known);
	psl_free(installed);
	imported_rules_free(&feed.rules);
	free(text);
	return feed.no_memory ? -1 : 0;
}
