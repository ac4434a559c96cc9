/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/ascii.h"
#include "base/log.h"
#include "base/writer.h"
#include "sensor/intake/source.h"
#include "sensor/report/report_limits.h"
#include "sensor/report/report_source.h"
#include "sensor/system/signals.h"

/* The signals and the progress are checked after so many lines. */
#define TICK_LINES 1024

struct lines {
	struct report_sources *sources;
	const char *name;
	struct source *source;
	struct writer line;
	bool is_long; /* the line has more octets than REPORT_LINE_MAX */
	uint64_t number, damaged;
};

static void complain(struct lines *lines, const char *reason)
{
	progress_clear(&lines->sources->progress);
	if (lines->damaged++ < REPORT_LINES_REPORTED) {
		log_error("%s:%" PRIu64 ": left out: %s", lines->name, lines->number, reason);
	}
}

static void take_json(struct lines *lines, const char *text, size_t size)
{
	json_error_t error;
	json_t *json = json_loadb(text, size, JSON_ALLOW_NUL, &error);
	if (json == NULL) {
		char reason[JSON_ERROR_TEXT_LENGTH + 64];
		(void)snprintf(reason, sizeof(reason), "not JSON: %s", error.text);
		complain(lines, reason);
	} else if (!report_model_take(lines->sources->model, json)) {
		complain(lines, "not an event of nsmx: expected a line of -o file:PATH");
	}
	json_decref(json);
}

static bool is_blank(const char *text, size_t size)
{
	while (size > 0 && (*text == ' ' || *text == '\t' || *text == '\r')) {
		text++;
		size--;
	}
	return size == 0;
}

static void take_line(struct lines *lines)
{
	const char *text = lines->line.start;
	size_t size = writer_size(&lines->line);
	lines->number++;
	lines->sources->events++;
	if (lines->is_long || lines->line.failed) {
		complain(lines, "the line is too long for an event");
	} else if (!is_blank(text, size)) {
		take_json(lines, text, size);
	}
	writer_restart(&lines->line);
	lines->is_long = false;
	if (lines->number % TICK_LINES == 0 && progress_is_due(&lines->sources->progress)) {
		progress_show_work(&lines->sources->progress, "the report", lines->sources->events,
		                   "events");
	}
}

static void add_octets(struct lines *lines, const uint8_t *octets, size_t size)
{
	if (lines->is_long || size > REPORT_LINE_MAX - writer_size(&lines->line)) {
		lines->is_long = true;
		writer_restart(&lines->line);
	} else {
		writer_put(&lines->line, (const char *)octets, size);
	}
}

/* Returns the number of octets that were read; 0: the end. */
static size_t read_some(struct lines *lines)
{
	const uint8_t *octets;
	size_t size;
	if (!source_peek(lines->source, 1, &octets, &size)) {
		return SIZE_MAX;
	}
	for (size_t at = 0; at < size;) {
		const uint8_t *end = memchr(octets + at, '\n', size - at);
		size_t length = end != NULL ? (size_t)(end - octets) - at : size - at;
		add_octets(lines, octets + at, length);
		at += length;
		if (end != NULL) {
			take_line(lines);
			at++;
		}
	}
	source_skip(lines->source, size);
	return size;
}

static bool report_end(const struct lines *lines)
{
	const char *damage = source_damage(lines->source);
	struct report *report = lines->sources->report;
	progress_clear(&lines->sources->progress);
	if (lines->damaged > REPORT_LINES_REPORTED) {
		log_error("%s: %" PRIu64 " more lines were left out", lines->name,
		          lines->damaged - REPORT_LINES_REPORTED);
	}
	if (lines->damaged > 0) {
		report_limits_unread(report,
		                     "%s: lines that are not events were left out: %" PRIu64,
		                     lines->name, lines->damaged);
	}
	if (damage != NULL) {
		report_limits_fail(report, "%s: after line %" PRIu64 ": %s", lines->name,
		                   lines->number, damage);
	}
	if (signals_stop()) {
		log_error("%s: interrupted after line %" PRIu64, lines->name, lines->number);
	}
	return damage == NULL && lines->damaged == 0 && !signals_stop();
}

bool report_read_file(struct report_sources *sources, const char *path)
{
	struct lines lines = { .sources = sources,
		               .name = strcmp(path, "-") == 0 ? "stdin" : path };
	int ret = source_open(&lines.source, path);
	if (ret == -ENODATA) {
		log_warn("%s: the file is empty", lines.name);
		return true;
	}
	if (ret != 0) {
		report_limits_fail(sources->report, "%s: %s", lines.name, strerror(-ret));
		return false;
	}
	writer_init_growing(&lines.line, REPORT_LINE_MAX + 1);
	while (!signals_stop() && read_some(&lines) > 0) {
	}
	if (lines.is_long || writer_size(&lines.line) > 0) {
		take_line(&lines);
	}
	bool good = report_end(&lines);
	writer_free(&lines.line);
	source_close(lines.source);
	return good;
}

bool report_is_events(const char *path)
{
	struct source *source;
	const uint8_t *octets;
	size_t size, at = 0;
	int ret = source_open(&source, path);
	if (ret != 0) {
		return ret == -ENODATA;
	}
	bool events = source_peek(source, 64, &octets, &size);
	while (events && at < size && ascii_is_blank((char)octets[at])) {
		at++;
	}
	events = events && at < size && octets[at] == '{';
	source_close(source);
	return events;
}
