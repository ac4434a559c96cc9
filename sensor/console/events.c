/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/console/events.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/time_ns.h"
#include "sensor/redis/redis_url.h"
#include "sensor/report/report_history.h"
#include "sensor/report/report_limits.h"
#include "sensor/report/report_merge.h"
#include "sensor/report/report_source.h"

#define SENTENCES_MAX 8
#define NAME_ROOM     1024

static void say(struct report *report, const char *sentence)
{
	(void)report_add_text(&report->memory, &report->limits, SENTENCES_MAX,
	                      (struct report_text){ sentence, strlen(sentence) });
}

/* Begins with the first whole line of what is read. */
static bool skip_old(struct report *report, FILE *file, uint64_t size)
{
	int c = 0;
	if (size <= EVENTS_FILE_MAX) {
		return true;
	}
	if (fseeko(file, (off_t)(size - EVENTS_FILE_MAX), SEEK_SET) != 0) {
		return false;
	}
	while (c != '\n' && (c = getc(file)) != EOF) {
	}
	say(report, "Only the last 64 MiB of the file of events were read.");
	return true;
}

/* A line without its end is being written. */
static uint64_t take_lines(struct report_model *model, FILE *file)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t size;
	uint64_t damaged = 0;
	while ((size = getline(&line, &room, file)) > 0 && line[size - 1] == '\n') {
		json_t *json = (size_t)size <= REPORT_LINE_MAX
		                       ? json_loadb(line, (size_t)size, JSON_ALLOW_NUL, NULL)
		                       : NULL;
		damaged += json == NULL || !report_model_take(model, json);
		json_decref(json);
	}
	free(line);
	return damaged;
}

static bool fail(struct events *events, const char *reason)
{
	(void)snprintf(events->error, sizeof(events->error), "%s", reason);
	return false;
}

static bool read_file(struct events *events, struct report_model *model)
{
	struct stat info;
	FILE *file = fopen(events->source, "re");
	if (file == NULL) {
		return fail(events, strerror(errno));
	}
	bool good = fstat(fileno(file), &info) == 0 &&
	            skip_old(&events->report, file, (uint64_t)info.st_size);
	uint64_t damaged = good ? take_lines(model, file) : 0;
	good = good && ferror(file) == 0;
	int error = errno;
	(void)fclose(file);
	if (damaged > 0) {
		say(&events->report, "Lines that are not events were left out.");
	}
	return good || fail(events, strerror(error));
}

static bool read_redis(struct events *events, struct report_model *model)
{
	struct report_sources sources = { .model = model, .report = &events->report };
	char name[NAME_ROOM], target[NAME_ROOM];
	bool complete;
	(void)snprintf(target, sizeof(target), "%s", events->source);
	int status = report_read_redis_for(&sources, target, name, sizeof(name), EVENTS_HITS_S,
	                                   &complete);
	explicit_bzero(target, sizeof(target));
	if (!complete) {
		say(&events->report,
		    "Redis has more hits than were read; the numbers of incidents have all.");
	}
	return status == 0 || fail(events, "Redis could not be read; see the log");
}

static void forget(struct events *events)
{
	report_free(&events->report);
	free(events->completed);
	events->completed = NULL;
	events->read = false;
	events->error[0] = '\0';
}

static bool read_all(struct events *events)
{
	bool redis = redis_url_is(events->source);
	forget(events);
	struct report_model *model = report_model_new(&events->report);
	if (model == NULL) {
		return fail(events, "out of memory");
	}
	events->report.written_ns = realtime_ns();
	bool good = redis ? read_redis(events, model) : read_file(events, model);
	const struct report_totals totals = *report_model_totals(model);
	report_model_end(model);
	report_limits_of_events(&events->report);
	report_limits_of_model(&events->report, &totals);
	events->completed = calloc(events->report.incident_count + 1, sizeof(bool));
	events->read = good && events->completed != NULL;
	events->read_ns = monotonic_ns();
	return events->read;
}

/* Whether a file is not the one that was read. */
static bool has_changed(struct events *events)
{
	struct stat info;
	if (stat(events->source, &info) != 0) {
		return true;
	}
	const uint64_t id[4] = { info.st_dev, info.st_ino, (uint64_t)info.st_size,
		                 (uint64_t)info.st_mtim.tv_sec * NS_PER_S +
		                         (uint64_t)info.st_mtim.tv_nsec };
	bool changed = memcmp(id, events->file_id, sizeof(id)) != 0;
	memcpy(events->file_id, id, sizeof(id));
	return changed;
}

bool events_refresh(struct events *events)
{
	int64_t age_ns = monotonic_ns() - events->read_ns;
	if (redis_url_is(events->source)) {
		return (events->read && age_ns < EVENTS_REDIS_S * NS_PER_S) || read_all(events);
	}
	/* The time is noted before the file is read. */
	return !has_changed(events) && events->read ? true : read_all(events);
}

static bool has_id(const struct report_incident *incident, const char *id)
{
	return incident->id.size == strlen(id) &&
	       memcmp(incident->id.text, id, incident->id.size) == 0;
}

/* The functions about the history take a report, so it is one with this incident. */
static void complete(struct events *events, size_t number)
{
	struct report *report = &events->report;
	struct report_incident *all = report->incidents;
	size_t count = report->incident_count;
	struct progress none = { .enabled = false };
	report->incidents = &all[number];
	report->incident_count = 1;
	(void)report_add_histories(report, &events->history, 1, &none);
	report->incidents = all;
	report->incident_count = count;
}

struct report_incident *events_find(struct events *events, const char *id)
{
	for (size_t i = 0; i < events->report.incident_count; i++) {
		if (has_id(&events->report.incidents[i], id)) {
			if (events->history != NULL && !events->completed[i]) {
				events->completed[i] = true;
				complete(events, i);
			}
			return &events->report.incidents[i];
		}
	}
	return NULL;
}

void events_free(struct events *events)
{
	forget(events);
}
