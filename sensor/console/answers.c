/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/console/answers.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "history/clickhouse/clickhouse_url.h"
#include "sensor/console/calls.h"
#include "sensor/console/events.h"
#include "sensor/console/lookup.h"
#include "sensor/console/page_incidents.h"
#include "sensor/console/page_rows.h"
#include "sensor/redis/redis_url.h"
#include "sensor/system/landlock.h"
#include "sensor/system/sandbox.h"

static bool is_remote(const struct options *options, bool events)
{
	return (options->history != NULL && clickhouse_url_is(options->history)) ||
	       (events && options->events != NULL && redis_url_is(options->events));
}

static int open_place(const char *path)
{
	int fd = path != NULL ? open(path, O_PATH | O_CLOEXEC) : -1;
	if (path != NULL && fd < 0) {
		log_error("%s: %s", path, strerror(errno));
	}
	return fd;
}

/* The folder of the file: the file can be replaced by a new one. */
static int open_folder_of(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = path != NULL ? strrchr(path, '/') : NULL;
	if (path == NULL || strlen(path) >= sizeof(folder)) {
		return -1;
	}
	(void)snprintf(folder, sizeof(folder), "%.*s", slash != NULL ? (int)(slash - path) + 1 : 1,
	               slash != NULL ? path : ".");
	return open_place(folder);
}

bool answers_confine(const struct options *options, bool events)
{
	if (is_remote(options, events)) {
		return sandbox_enter(SANDBOX_READER_OF_SERVERS);
	}
	const int places[] = { open_place(options->history),
		               events ? open_folder_of(options->events) : -1 };
	bool good = landlock_limit_reading(places, sizeof(places) / sizeof(places[0]));
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (places[i] >= 0) {
			(void)close(places[i]);
		}
	}
	return good && sandbox_enter(SANDBOX_READER);
}

static void answer_call(struct lookup *lookup, struct events *events,
                        const struct console_request *request, struct console_answer *answer)
{
	switch (request->page) {
	case CONSOLE_INCIDENTS:
	case CONSOLE_INCIDENT:
		page_incidents_answer(events, request, answer);
		break;
	case CONSOLE_LOOKUP:
		page_rows_answer(lookup, request, answer);
		break;
	case CONSOLE_CIRCL:
	case CONSOLE_DNSDB:
		lookup_answer(lookup, request, answer);
		break;
	default:
		lookup_refuse(answer, 404, "there is no such page");
	}
}

void answers_serve(const struct options *options, int fd)
{
	struct lookup lookup = { .history = options->history };
	struct events events = { .source = options->events, .history = options->history };
	struct console_call call;
	bool connected = true;
	while (connected && calls_take(fd, &call)) {
		struct console_answer answer = { .status = 500 };
		writer_init_growing(&answer.body, CONSOLE_ANSWER_MAX);
		(void)alarm(ANSWERS_QUERY_S);
		answer_call(&lookup, &events, &call.request, &answer);
		(void)alarm(0);
		connected = calls_reply(fd, call.number, &answer);
		writer_free(&answer.body);
	}
	events_free(&events);
}
