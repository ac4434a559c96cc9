/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/report/report_captures.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "sensor/hunt/hunt.h"
#include "sensor/process/replay/replay.h"
#include "sensor/report/report_limits.h"

/* Options of the replay besides rules. */
#define WORDS_MAX 16

bool report_captures_begin(struct report_captures *captures)
{
	if (!scratch_make(&captures->scratch, "nsmx-report")) {
		return false;
	}
	const char *folder = captures->scratch.path;
	(void)snprintf(captures->events, sizeof(captures->events), "file:%s/events", folder);
	(void)snprintf(captures->summary, sizeof(captures->summary), "%s/summary", folder);
	(void)snprintf(captures->history, sizeof(captures->history), "%s/history", folder);
	(void)snprintf(captures->unread, sizeof(captures->unread), "%s/unread", folder);
	return true;
}

void report_captures_end(struct report_captures *captures)
{
	scratch_remove(&captures->scratch);
}

bool report_captures_follow(struct report_captures *captures, struct options *options)
{
	struct options_list *outputs = &options->outputs;
	if (outputs->count == OPTIONS_LIST_MAX) {
		log_error("--output: more than %d targets are given", OPTIONS_LIST_MAX - 1);
		return false;
	}
	if (outputs->count == 0) {
		outputs->items[outputs->count++] = isatty(STDOUT_FILENO) != 0 ? "text" : "-";
	}
	outputs->items[outputs->count++] = captures->events;
	options->summary = options->summary != NULL ? options->summary : captures->summary;
	options->history = options->history != NULL ? options->history : captures->history;
	options->unread = captures->unread;
	return true;
}

/* Adds the options that the report shares with the other command. */
static size_t add_words(char **words, size_t count, const struct options *options)
{
	static char rules[] = "-r", progress[] = "--progress";
	static char whens[][8] = { "auto", "always", "never" };
	words[count++] = progress;
	words[count++] = whens[options->progress];
	for (size_t i = 0; i < options->rules.count; i++) {
		words[count++] = rules;
		words[count++] = (char *)options->rules.items[i];
	}
	return count;
}

int report_captures_replay(struct report_captures *captures, const struct options *options,
                           char *const *paths, size_t count)
{
	static char output[] = "-o", summary[] = "--summary", history[] = "--history";
	char *words[WORDS_MAX + 2 * OPTIONS_LIST_MAX] = {
		output, captures->events, summary, captures->summary, history, captures->history,
	};
	const struct options_operands operands = { (char **)paths, count };
	size_t words_count = add_words(words, 6, options);
	const struct scratch_members members = { .unread = captures->unread };
	return scratch_run("report", COMMAND_REPLAY, replay_run, words, words_count, &operands,
	                   &members);
}

static int hunt(struct options *options)
{
	return hunt_run(options);
}

int report_captures_hunt(struct report_captures *captures, const struct options *options)
{
	static char output[] = "-o", history[] = "--history";
	char *words[WORDS_MAX + 2 * OPTIONS_LIST_MAX] = {
		output,
		captures->events,
		history,
		(char *)options->history,
	};
	const struct options_operands operands = { .count = 0 };
	size_t words_count = add_words(words, 4, options);
	const struct scratch_members members = { .unread = NULL };
	return scratch_run("report", COMMAND_HUNT, hunt, words, words_count, &operands, &members);
}

/* A replay without events has written no file. */
bool report_captures_read(struct report_captures *captures, struct report_sources *sources)
{
	const char *path = captures->events + strlen("file:");
	report_limits_of_unread(sources->report, captures->unread);
	return (access(path, F_OK) != 0 && errno == ENOENT) || report_read_file(sources, path);
}
