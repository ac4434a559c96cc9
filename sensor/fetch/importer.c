/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/fetch/importer.h"

#include <errno.h>
#include <iconv.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/writer.h"
#include "rules/feeds/feed.h"
#include "sensor/fetch/unpack.h"

#define PIECE          65536
#define COMPLAINTS_MAX 5

struct complaints {
	const struct importer *importer;
	size_t count;
};

__attribute__((format(printf, 2, 3))) static bool fail(const struct importer *importer,
                                                       const char *format, ...)
{
	va_list args;
	va_start(args, format);
	(void)vsnprintf(importer->report->why, sizeof(importer->report->why), format, args);
	va_end(args);
	return false;
}

/* Reads the file. The text has room for a wrapping, and NUL at its end. */
static bool read_all(int fd, struct writer *text)
{
	off_t at = 0;
	ssize_t got = 1;
	char *room;
	while (got > 0 && (room = writer_reserve(text, PIECE)) != NULL) {
		got = pread(fd, room, PIECE, at);
		at += got > 0 ? got : 0;
		writer_advance(text, got > 0 ? (size_t)got : 0);
	}
	return got == 0 && !text->failed;
}

static void complain(void *ctx, const char *file, size_t line, size_t column, const char *message)
{
	struct complaints *complaints = ctx;
	const char *name = complaints->importer->feed->name;
	if (complaints->count++ >= COMPLAINTS_MAX) {
		return;
	}
	if (line > 0) {
		log_warn("%s: %s:%zu:%zu: %s", name, file, line, column, message);
	} else {
		log_warn("%s: %s: %s", name, file, message);
	}
}

static struct feed_options import_options(const struct importer *importer)
{
	const struct options *options = &importer->feed->options;
	static const enum feed_format formats[] = {
		[OPTIONS_FEED_TAXII] = FEED_STIX,
		[OPTIONS_FEED_MISP] = FEED_MISP,
	};
	enum options_feed_source source = options->source_feed.source;
	return (struct feed_options){
		.format = source != OPTIONS_FEED_FILE ? formats[source] : options->format,
		.shared = importer->hosts,
		.psl = importer->psl,
		.as = options->as,
		.no_shared = true,
		.no_exceptions = !importer->feed->is_as_given,
		.severity = options->sev,
		.confidence = options->conf,
		.kinds = options->kinds,
		.name = importer->feed->name,
		.ref = options->ref,
		.columns = options->columns.items,
		.columns_count = options->columns.count,
	};
}

static bool take_stats(const struct importer *importer, const struct feed_stats *stats)
{
	struct fetch_report *report = importer->report;
	(void)snprintf(report->format, sizeof(report->format), "%s",
	               feed_format_text(stats->format));
	report->left_out = stats->left_out;
	report->errors = stats->errors;
	if (stats->format == FEED_TEXT && importer->feed->options.format == FEED_AUTO) {
		return fail(importer, "this is prose or a page, and not a list: check url; "
		                      "`format = text` reads it nevertheless");
	}
	return true;
}

static bool import(const struct importer *importer, FILE *in, FILE *out)
{
	struct feed_stats stats;
	struct complaints complaints = { .importer = importer };
	const struct feed_options options = import_options(importer);
	int ret = feed_import(in, importer->feed->shown, &options, out, complain, &complaints,
	                      &stats);
	if (complaints.count > COMPLAINTS_MAX) {
		log_warn("%s: %zu further complaints", importer->feed->name,
		         complaints.count - COMPLAINTS_MAX);
	}
	if (ret != 0 || fflush(out) != 0) {
		return fail(importer, "the feed cannot be imported");
	}
	return take_stats(importer, &stats);
}

static bool import_text(const struct importer *importer, const char *text, size_t size)
{
	static char nothing[] = "\n"; /* a stream cannot be empty */
	FILE *in = fmemopen(size > 0 ? (char *)text : nothing, size > 0 ? size : 1, "r");
	if (in == NULL) {
		return fail(importer, "%s", strerror(errno));
	}
	bool good = import(importer, in, importer->out);
	(void)fclose(in);
	return good;
}

/* The objects, which are one on each line, become an array. */
static bool import_objects(const struct importer *importer, struct writer *text)
{
	struct writer array;
	size_t size = writer_size(text);
	writer_init_growing(&array, size + 2);
	writer_char(&array, '[');
	writer_put(&array, text->start, size > 0 ? size - 1 : 0);
	writer_char(&array, ']');
	for (char *at = array.start; !array.failed && at < array.at; at++) {
		*at = *at == '\n' ? ',' : *at;
	}
	bool good = !array.failed ? import_text(importer, array.start, writer_size(&array))
	                          : fail(importer, "out of memory");
	writer_free(&array);
	return good;
}

static bool import_file(const struct importer *importer, struct writer *text)
{
	size_t max = importer->feed->options.source_feed.max_size;
	struct writer unpacked;
	if (importer->feed->options.source_feed.source != OPTIONS_FEED_FILE) {
		return import_objects(importer, text);
	}
	if (!unpack_is_gzip(text->start, writer_size(text))) {
		return import_text(importer, text->start, writer_size(text));
	}
	const char *why = unpack_gzip(text->start, writer_size(text), max, &unpacked);
	bool good = why == NULL ? import_text(importer, unpacked.start, writer_size(&unpacked))
	                        : fail(importer, "%s", why);
	writer_free(&unpacked);
	return good;
}

/* A converter is a module of the C library, which stays loaded while one is open. */
bool importer_prepare(void *ctx)
{
	struct importer *importer = ctx;
	(void)iconv_open("UTF-8", "UTF-16LE");
	(void)iconv_open("UTF-8", "UTF-16BE");
	importer->out = fdopen(importer->to, "w");
	return importer->out != NULL || fail(importer, "%s", strerror(errno));
}

bool importer_work(void *ctx)
{
	const struct importer *importer = ctx;
	struct writer text;
	writer_init_growing(&text, importer->feed->options.source_feed.max_size + 2 * PIECE);
	bool good = read_all(importer->from, &text) ? import_file(importer, &text)
	                                            : fail(importer, "out of memory");
	writer_free(&text);
	return good;
}
