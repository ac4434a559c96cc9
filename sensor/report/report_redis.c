/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/time_ns.h"
#include "sensor/redis/redis.h"
#include "sensor/redis/redis_stream.h"
#include "sensor/report/report_limits.h"
#include "sensor/report/report_source.h"
#include "sensor/system/exit_status.h"
#include "sensor/system/signals.h"

#define ERROR_MAX 512
/* The largest number of redirections in a row, because nodes may redirect in a circle. */
#define REDIRECTIONS_MAX 16

struct reader {
	struct report_sources *sources;
	const struct redis_url *url;
	uint64_t entries, damaged;
	int64_t end_ns; /* CLOCK_MONOTONIC time after which no more is read; 0: none */
	bool late;      /* it is after that time */
};

static void complain(struct reader *reader, const char *reason)
{
	progress_clear(&reader->sources->progress);
	if (reader->damaged++ < REPORT_LINES_REPORTED) {
		log_error("%s: entry %" PRIu64 " of %s: left out: %s", reader->url->name,
		          reader->entries, reader->url->key, reason);
	}
}

static void take(void *ctx, const char *text, size_t size)
{
	struct reader *reader = ctx;
	json_t *json = json_loadb(text, size, JSON_ALLOW_NUL, NULL);
	reader->entries++;
	reader->sources->events++;
	if (json == NULL || !report_model_take(reader->sources->model, json)) {
		complain(reader, "not an event of nsmx");
	}
	json_decref(json);
	if (progress_is_due(&reader->sources->progress)) {
		progress_show_work(&reader->sources->progress, "the report",
		                   reader->sources->events, "events");
	}
}

static bool read_entries(struct reader *reader, struct redis_stream *stream)
{
	bool more = true;
	for (unsigned redirections = 0; more && !reader->late && !signals_stop();) {
		int ret = redis_stream_read_present(stream, &more);
		if (ret == TROUBLE_MOVED && redirections++ < REDIRECTIONS_MAX &&
		    redis_stream_recover(stream, ret)) {
			more = true;
		} else if (ret != 0) {
			progress_clear(&reader->sources->progress);
			report_limits_fail(reader->sources->report, "%s: %s", reader->url->name,
			                   redis_stream_error(stream));
			return false;
		}
		reader->late = more && reader->end_ns > 0 && monotonic_ns() > reader->end_ns;
	}
	if (signals_stop()) {
		log_error("%s: interrupted after entry %" PRIu64 " of %s", reader->url->name,
		          reader->entries, reader->url->key);
	}
	return !signals_stop() && reader->damaged == 0;
}

static bool read_stream(struct report_sources *sources, const struct redis_url *url, int64_t end_ns,
                        bool *complete)
{
	struct reader reader = { .sources = sources, .url = url, .end_ns = end_ns };
	const struct redis_stream_config config = { .url = url, .take = take, .ctx = &reader };
	struct redis_stream *stream = redis_stream_new(&config);
	if (stream == NULL) {
		report_limits_fail(sources->report, "%s: out of memory", url->name);
		return false;
	}
	bool good = read_entries(&reader, stream);
	redis_stream_free(stream);
	if (reader.damaged > REPORT_LINES_REPORTED) {
		log_error("%s: %" PRIu64 " more entries of %s were left out", url->name,
		          reader.damaged - REPORT_LINES_REPORTED, url->key);
	}
	if (reader.damaged > 0) {
		report_limits_unread(
		        sources->report,
		        "%s: entries of %s that are not events were left out: %" PRIu64, url->name,
		        url->key, reader.damaged);
	}
	*complete = !reader.late;
	return good;
}

static bool parse_url(struct redis_url *url, char *target)
{
	char error[ERROR_MAX];
	if (redis_url_parse(url, target, error, sizeof(error)) != 0) {
		log_error("report: %s; see nsmx help report", error);
		return false;
	}
	redis_url_conceal(target);
	if (url->form != REDIS_URL_STREAM) {
		log_error("report: %s: only a stream can be read: remove as=", url->name);
		return false;
	}
	return true;
}

static void choose_incidents(struct redis_url *url)
{
	(void)snprintf(url->key, sizeof(url->key), "%.*s", (int)sizeof(url->key) - 1,
	               url->incidents_key);
}

int report_read_redis(struct report_sources *sources, char *target, char *name, size_t name_size)
{
	struct redis_url url;
	bool complete;
	if (!parse_url(&url, target)) {
		return EXIT_USAGE;
	}
	(void)snprintf(name, name_size, "%s", url.name);
	bool good = read_stream(sources, &url, 0, &complete);
	choose_incidents(&url);
	good = read_stream(sources, &url, 0, &complete) && good;
	redis_url_forget(&url);
	return good ? EXIT_DONE : EXIT_FAILED;
}

int report_read_redis_for(struct report_sources *sources, char *target, char *name,
                          size_t name_size, unsigned seconds, bool *complete)
{
	struct redis_url hits, incidents;
	*complete = true;
	if (!parse_url(&hits, target)) {
		return EXIT_USAGE;
	}
	(void)snprintf(name, name_size, "%s", hits.name);
	incidents = hits;
	choose_incidents(&incidents);
	bool good = read_stream(sources, &incidents, 0, complete) &&
	            read_stream(sources, &hits, monotonic_ns() + seconds * NS_PER_S, complete);
	redis_url_forget(&incidents);
	redis_url_forget(&hits);
	return good ? EXIT_DONE : EXIT_FAILED;
}
