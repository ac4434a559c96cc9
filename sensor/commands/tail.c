/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fnmatch.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <unistd.h>

#include <jansson.h>

#include "base/log.h"
#include "base/printable.h"
#include "base/time_ns.h"
#include "rules/keywords.h"
#include "sensor/commands/command.h"
#include "sensor/outputs/event_line.h"
#include "sensor/outputs/terminal.h"
#include "sensor/redis/redis.h"
#include "sensor/redis/redis_stream.h"
#include "sensor/redis/redis_url.h"
#include "sensor/system/signals.h"

/* A reply of Redis has at most 8 MiB, and escapes can make a text six times as long. */
#define EVENT_LINE_MAX ((size_t)64 << 20)

#define URL_DEFAULT    "redis://127.0.0.1"
#define ERROR_MAX      1280
#define BACKOFF_MIN_MS 100
#define BACKOFF_MAX_MS 5000

/* The largest number of redirections in a row, because nodes may redirect in a circle. */
#define REDIRECTIONS_MAX 16

const struct command_help tail_help = {
	.text = "Prints one readable line for each event until SIGINT. On a terminal lines fit "
	        "its width, are coloured unless NO_COLOR is set, and an incident is a short "
	        "table. Without an argument the Redis is " URL_DEFAULT " and the stream "
	        "nsmx:hits, or on a terminal nsmx:incidents unless -v, --json, --what, --rule or "
	        "--group is given; ?key=NAME names another stream.\n\n"
	        "FILE has events as -o file:FILE writes them, or is - for standard input. All of "
	        "them are printed, and --since is compared with the time of the packet. On a "
	        "terminal, if there are incidents in FILE, their hits are printed only with -v or "
	        "if "
	        "--what or --rule chooses them.",
	.examples = { { "nsmx tail", "new incidents" },
	              { "nsmx tail -v", "new hits" },
	              { "nsmx tail --since 2h --severity high redis://hub",
	                "high and critical hits from two hours ago on" },
	              { "nsmx tail --what rcpt,server hits.json", "events that a file has" },
	              { "nsmx tail --group night 'redis://hub?key=nsmx:log'",
	                "logged messages, shared among the members of a group" } },
};

struct tail {
	const struct options *options;
	struct redis_url url;
	struct redis_stream *stream;
	bool coloured;
	bool grouped;          /* incidents are printed, in place of their hits */
	size_t left_out;       /* hits that were not printed */
	bool down;             /* reported */
	bool closed;           /* standard output was closed by its reader */
	bool failed;           /* an event could not be written */
	unsigned redirections; /* in a row */
	struct writer line;
};

/* Printing */

static const json_t *value_at(const json_t *json, const char *object, const char *name)
{
	return json_object_get(object != NULL ? json_object_get(json, object) : json, name);
}

static const char *text_at(const json_t *json, const char *object, const char *name)
{
	const char *text = json_string_value(value_at(json, object, name));
	return text != NULL ? text : "";
}

static bool is_wanted(const struct options *options, const json_t *json)
{
	return keyword_is_chosen(KEYWORD_HIT_KINDS, options->hit_kinds,
	                         text_at(json, "nsmx", "what")) &&
	       (options->rule == NULL ||
	        fnmatch(options->rule, text_at(json, "rule", "id"), 0) == 0);
}

static void put_text(struct tail *tail, const char *time, unsigned severity, const char *reason,
                     size_t size)
{
	unsigned width = terminal_width(STDOUT_FILENO);
	if (width > 0) {
		terminal_put_event(&tail->line, time, severity, reason, size, width,
		                   tail->coloured);
	} else {
		event_line_put(&tail->line, time, severity, reason, size, tail->coloured);
	}
}

static void put_line(struct tail *tail, const json_t *json, unsigned severity)
{
	unsigned width = terminal_width(STDOUT_FILENO);
	if (width == 0 || !terminal_put_incident(&tail->line, json, width, tail->coloured)) {
		/* The reason may contain NUL. */
		put_text(tail, text_at(json, NULL, "@timestamp"), severity,
		         text_at(json, "event", "reason"),
		         json_string_length(value_at(json, "event", "reason")));
	}
}

/* `json` is NULL if the text cannot be read. */
static void print_one(struct tail *tail, const json_t *json, unsigned severity, const char *text,
                      size_t size)
{
	writer_restart(&tail->line);
	if (tail->options->json) {
		printable_put_json(&tail->line, text, size);
		writer_char(&tail->line, '\n');
	} else if (json != NULL) {
		put_line(tail, json, severity);
	} else {
		put_text(tail, "-", severity, text, size);
	}
	if (tail->line.failed) {
		log_error("tail: out of memory");
		tail->failed = true;
	} else if (!tail->failed) {
		(void)fwrite(tail->line.start, 1, writer_size(&tail->line), stdout);
	}
}

static bool is_incident(const json_t *json)
{
	return strcmp(text_at(json, "event", "action"), "incident") == 0;
}

/* Whether incidents take the place of hits, when there are any. */
static bool groups_hits(const struct options *options)
{
	return !options->verbose && !options->json && options->hit_kinds == 0 &&
	       options->rule == NULL && isatty(STDOUT_FILENO) != 0;
}

static bool is_left_out(struct tail *tail, const json_t *json)
{
	tail->grouped = tail->grouped || (is_incident(json) && groups_hits(tail->options));
	const json_t *incident = json_object_get(value_at(json, "nsmx", "incident"), "id");
	bool left_out = tail->grouped && incident != NULL && !is_incident(json);
	tail->left_out += left_out;
	return left_out;
}

/* An entry that is not an event is printed unchanged, because it will be acknowledged, and no other
 * consumer gets it. */
static void print_event(void *ctx, const char *text, size_t size)
{
	struct tail *tail = ctx;
	json_t *json = json_loadb(text, size, JSON_ALLOW_NUL, NULL);
	if (json == NULL) {
		print_one(tail, NULL, 0, text, size);
		return;
	}
	const json_t *number = value_at(json, "event", "severity");
	unsigned severity = (unsigned)json_integer_value(number);
	if (severity >= tail->options->severity && is_wanted(tail->options, json) &&
	    !is_left_out(tail, json)) {
		print_one(tail, json, severity, text, size);
	}
	json_decref(json);
}

static bool flush(void *ctx)
{
	struct tail *tail = ctx;
	if (tail->failed) {
		return false;
	}
	/* After a failed write, fflush() may succeed, because nothing is left to flush. */
	if (fflush(stdout) == 0 && ferror(stdout) == 0) {
		return true;
	}
	tail->closed = errno == EPIPE;
	tail->failed = !tail->closed;
	if (tail->failed) {
		log_error("tail: cannot write to standard output: %s", strerror(errno));
	}
	return false;
}

/* Files */

static bool is_recent(const struct tail *tail, const char *text, size_t size)
{
	char since[TEXT_TIME_MAX];
	struct writer out;
	if (tail->options->since_ms == OPTIONS_SINCE_NOW) {
		return true;
	}
	json_t *json = json_loadb(text, size, JSON_ALLOW_NUL, NULL);
	writer_init(&out, since, sizeof(since));
	writer_time(&out, tail->options->since_ms * NS_PER_MS);
	/* Both are UTC with nine digits after the point. */
	bool recent = strcmp(text_at(json, NULL, "@timestamp"), writer_text(&out)) >= 0;
	json_decref(json);
	return recent;
}

/* Whether an incident comes later, whose hits are then left out. A pipe cannot be read twice. */
static bool has_incident(FILE *file)
{
	char *line = NULL;
	size_t room = 0;
	bool has = false;
	if (fseeko(file, 0, SEEK_CUR) != 0) {
		return false;
	}
	off_t start = ftello(file);
	while (!has && !signals_stop() && getline(&line, &room, file) > 0) {
		has = strstr(line, "\"nsmx.incident\"") != NULL /* event.dataset */;
	}
	free(line);
	clearerr(file);
	return fseeko(file, start, SEEK_SET) == 0 && has;
}

static bool print_lines(struct tail *tail, FILE *file)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t size;
	bool good = true;
	tail->grouped = groups_hits(tail->options) && has_incident(file);
	while (good && !signals_stop() && (size = getline(&line, &room, file)) > 0) {
		size -= line[size - 1] == '\n' ? 1 : 0;
		if (size > 0 && is_recent(tail, line, (size_t)size)) {
			print_event(tail, line, (size_t)size);
		}
		good = flush(tail);
	}
	free(line);
	return good && ferror(file) == 0;
}

static int print_file(struct tail *tail, const char *path)
{
	bool standard = strcmp(path, "-") == 0;
	FILE *file = standard ? stdin : fopen(path, "re");
	if (file == NULL) {
		log_error("tail: %s: %s", path, strerror(errno));
		return EXIT_FAILED;
	}
	bool good = print_lines(tail, file);
	if (!good && ferror(file) != 0) {
		log_error("tail: %s: %s", path, strerror(errno));
	}
	if (!standard) {
		(void)fclose(file);
	}
	return good || tail->closed ? EXIT_DONE : EXIT_FAILED;
}

static int print_files(struct tail *tail)
{
	int status = EXIT_DONE;
	const struct options_operands *files = &tail->options->operands;
	for (size_t i = 0; i < files->count && !tail->closed && !signals_stop(); i++) {
		int ret = print_file(tail, files->items[i]);
		status = ret != EXIT_DONE ? ret : status;
	}
	return status;
}

/* Reading */

/* Reports trouble and pauses. Returns false if reading again cannot succeed. */
static bool recover(struct tail *tail, int trouble, int *backoff_ms)
{
	const char *reason = redis_stream_error(tail->stream);
	bool deleted = redis_stream_was_deleted(tail->stream);
	if (!redis_stream_recover(tail->stream, trouble)) {
		log_error("tail: %s: %s", tail->url.name, reason);
		return false;
	}
	if (trouble == TROUBLE_MOVED && tail->redirections++ < REDIRECTIONS_MAX) {
		return true;
	}
	if (!deleted && !tail->down) {
		tail->down = true;
		log_warn("tail: %s: %s; retrying", tail->url.name, reason);
	}
	(void)poll(NULL, 0, *backoff_ms);
	*backoff_ms = MIN(2 * *backoff_ms, BACKOFF_MAX_MS);
	return true;
}

static int follow(struct tail *tail)
{
	int backoff_ms = BACKOFF_MIN_MS;
	while (!signals_stop() && !tail->closed && !tail->failed) {
		int ret = redis_stream_read(tail->stream);
		if (ret == 0) {
			backoff_ms = BACKOFF_MIN_MS;
			tail->redirections = 0;
			if (tail->down) {
				tail->down = false;
				log_info("tail: %s: connected", tail->url.name);
			}
		} else if (!signals_stop() && !recover(tail, ret, &backoff_ms)) {
			return EXIT_FAILED;
		}
	}
	return tail->failed ? EXIT_FAILED : EXIT_DONE;
}

static bool open_stream(struct tail *tail)
{
	const struct options *options = tail->options;
	const struct redis_stream_config config = {
		.url = &tail->url,
		.group = options->group,
		.consumer = options->consumer,
		.since_ms = options->since_ms == OPTIONS_SINCE_NOW ? REDIS_STREAM_FROM_NOW
		                                                   : options->since_ms,
		.take = print_event,
		.flush = flush,
		.ctx = tail,
	};
	tail->stream = redis_stream_new(&config);
	if (tail->stream == NULL) {
		log_error("out of memory");
	}
	return tail->stream != NULL;
}

static bool parse_url(struct redis_url *url, const struct options_operands *operands,
                      char error[ERROR_MAX])
{
	char usual[] = URL_DEFAULT;
	char *target = operands->count > 0 ? operands->items[0] : usual;
	if (operands->count > 1) {
		(void)snprintf(error, ERROR_MAX, "more than one Redis URL is given");
		return false;
	}
	if (redis_url_parse(url, target, error, ERROR_MAX) != 0) {
		return false;
	}
	redis_url_conceal(target);
	redis_url_forget_environment();
	if (url->form != REDIS_URL_STREAM) {
		(void)snprintf(error, ERROR_MAX, "only a stream can be followed: remove as=");
		return false;
	}
	return true;
}

/* Follows the incidents in place of the hits. */
static void follow_incidents(struct tail *tail)
{
	struct redis_url *url = &tail->url;
	size_t size = strlen(url->incidents_key);
	if (size < sizeof(url->key)) {
		memcpy(url->key, url->incidents_key, size + 1);
		log_info("tail: incidents, of %s; -v follows single hits", url->key);
	}
}

static int follow_stream(struct tail *tail)
{
	if (!open_stream(tail)) {
		return EXIT_FAILED;
	}
	int ret = follow(tail);
	redis_stream_free(tail->stream);
	return ret;
}

static bool names_files(const struct options_operands *operands)
{
	return operands->count > 0 && strstr(operands->items[0], "://") == NULL;
}

/* Whether the URL names the stream. */
static bool names_key(const struct options_operands *operands)
{
	const char *options = operands->count > 0 ? strchr(operands->items[0], '?') : NULL;
	return options != NULL &&
	       (strncmp(options + 1, "key=", 4) == 0 || strstr(options, "&key=") != NULL);
}

int cmd_tail(struct options *options)
{
	char error[ERROR_MAX];
	struct tail tail = { .options = options };
	bool files = names_files(&options->operands);
	bool hits =
	        options->group != NULL || !groups_hits(options) || names_key(&options->operands);
	if (files && options->group != NULL) {
		log_error("tail: --group: only a stream in Redis has groups; see nsmx help tail");
		return EXIT_USAGE;
	}
	if (!files && !parse_url(&tail.url, &options->operands, error)) {
		log_error("tail: %s; see nsmx help tail", error);
		return EXIT_USAGE;
	}
	writer_init_growing(&tail.line, EVENT_LINE_MAX);
	tail.coloured = event_line_wants_colour(STDOUT_FILENO);
	if (!files && !hits) {
		follow_incidents(&tail);
	}
	signals_install();
	int ret = files ? print_files(&tail) : follow_stream(&tail);
	if (tail.left_out > 0) {
		log_info("tail: -v also prints the %zu hits of these incidents", tail.left_out);
	}
	writer_free(&tail.line);
	return ret;
}
