/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/console/answers.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "history/clickhouse/clickhouse_url.h"
#include "sensor/console/calls.h"
#include "sensor/console/lookup.h"
#include "sensor/system/landlock.h"
#include "sensor/system/sandbox.h"

static bool is_remote(const struct options *options)
{
	return options->history != NULL && clickhouse_url_is(options->history);
}

static int open_place(const char *path)
{
	int fd = path != NULL ? open(path, O_PATH | O_CLOEXEC) : -1;
	if (path != NULL && fd < 0) {
		log_error("%s: %s", path, strerror(errno));
	}
	return fd;
}

bool answers_confine(const struct options *options)
{
	if (is_remote(options)) {
		return sandbox_enter(SANDBOX_READER_OF_SERVERS);
	}
	const int places[] = { open_place(options->history) };
	bool good = landlock_limit_reading(places, sizeof(places) / sizeof(places[0]));
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (places[i] >= 0) {
			(void)close(places[i]);
		}
	}
	return good && sandbox_enter(SANDBOX_READER);
}

void answers_serve(const struct options *options, int fd)
{
	struct lookup lookup = { .history = options->history };
	struct console_call call;
	bool connected = true;
	while (connected && calls_take(fd, &call)) {
		struct console_answer answer = { .status = 500 };
		writer_init_growing(&answer.body, CONSOLE_ANSWER_MAX);
		(void)alarm(ANSWERS_QUERY_S);
		lookup_answer(&lookup, &call.request, &answer);
		(void)alarm(0);
		connected = calls_reply(fd, call.number, &answer);
		writer_free(&answer.body);
	}
}
