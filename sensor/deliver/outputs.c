/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/deliver/outputs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sensor/deliver/journal.h"
#include "sensor/deliver/local.h"
#include "sensor/deliver/publisher.h"
#include "sensor/deliver/redis_url.h"
#include "sensor/log.h"

#define COMPLAIN_EVERY_S 60
#define RESTART_EVERY_S  2
#define WAIT_STEP_MS     20

struct output {
	enum { OUTPUT_LOCAL, OUTPUT_REDIS } kind;
	enum local_form form;
	const char *path; /* local: a file; borrowed */
	struct local *local;
	bool dead;
	struct redis_url *url;
	pid_t publisher; /* 0: none runs */
	time_t started;
	int wake_fd; /* write end of its pipe, -1: none */
};

struct outputs {
	struct output list[OUTPUTS_MAX];
	size_t count;
	struct outputs_config config;
	struct journal *journal;
	char journal_dir[PATH_MAX];
	bool temporary;
	bool unkept;  /* a hit lies in this process's memory alone */
	bool lost;    /* an event could not be taken or delivered */
	bool gave_up; /* the wait for room in the journal was in vain */
	time_t asked; /* when the user was found to ask for an end of a wait; 0: not */
	time_t complained;
};

/* Reading the targets */

static bool parse_redis(struct output *output, const char *target, char error[OUTPUTS_ERROR_MAX])
{
	char reason[1024];
	output->kind = OUTPUT_REDIS;
	output->url = malloc(sizeof(*output->url));
	if (output->url == NULL) {
		(void)snprintf(error, OUTPUTS_ERROR_MAX, "out of memory");
		return false;
	}
	if (redis_url_parse(output->url, target, reason, sizeof(reason)) != 0) {
		(void)snprintf(error, OUTPUTS_ERROR_MAX, "--output: %s", reason);
		return false;
	}
	return true;
}

static bool parse_target(struct output *output, const char *target, char error[OUTPUTS_ERROR_MAX])
{
	*output = (struct output){ .kind = OUTPUT_LOCAL, .wake_fd = -1 };
	if (redis_url_is(target)) {
		return parse_redis(output, target, error);
	}
	if (strcmp(target, "-") == 0) {
		output->form = LOCAL_JSON;
	} else if (strcmp(target, "text") == 0) {
		output->form = LOCAL_TEXT;
	} else if (strcmp(target, "null") == 0) {
		output->form = LOCAL_NULL;
	} else if (strncmp(target, "file:", 5) == 0 && target[5] != '\0') {
		output->form = LOCAL_JSON;
		output->path = target + 5;
	} else {
		/* With an '@' it may be a mistyped URL with a password. */
		size_t shown = strcspn(target, strchr(target, '@') != NULL ? ":" : "");
		(void)snprintf(error, OUTPUTS_ERROR_MAX,
		               "--output '%.*s': expected -, text, null, file:PATH, redis://HOST "
		               "or redis+unix:///SOCKET",
		               shown < 200 ? (int)shown : 200, target);
		return false;
	}
	return true;
}

static void free_outputs(struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++) {
		local_close(outputs->list[i].local);
		free(outputs->list[i].url);
	}
	free(outputs);
}

/* The same place twice is delivered to once, by whichever publisher comes first. */
static bool is_new(const struct outputs *outputs, char error[OUTPUTS_ERROR_MAX])
{
	const struct output *last = &outputs->list[outputs->count - 1];
	for (size_t i = 0; last->url != NULL && i + 1 < outputs->count; i++) {
		const struct redis_url *url = outputs->list[i].url;
		if (url != NULL && url->hash == last->url->hash) {
			(void)snprintf(error, OUTPUTS_ERROR_MAX,
			               "--output: %s: given twice; choose another key=", url->name);
			return false;
		}
	}
	return true;
}

struct outputs *outputs_parse(const char *const *targets, size_t count,
                              char error[OUTPUTS_ERROR_MAX])
{
	struct outputs *outputs = calloc(1, sizeof(*outputs));
	if (outputs == NULL || count > OUTPUTS_MAX) {
		(void)snprintf(error, OUTPUTS_ERROR_MAX,
		               outputs == NULL ? "out of memory" : "--output: at most 16 targets");
		free(outputs);
		return NULL;
	}
	for (size_t i = 0; i < count; i++) {
		outputs->count++;
		if (!parse_target(&outputs->list[i], targets[i], error) ||
		    !is_new(outputs, error)) {
			free_outputs(outputs);
			return NULL;
		}
	}
	return outputs;
}

bool outputs_need_journal(const struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++) {
		if (outputs->list[i].kind == OUTPUT_REDIS) {
			return true;
		}
	}
	return false;
}

/* Starting */

bool outputs_open_local(struct outputs *outputs, char error[OUTPUTS_ERROR_MAX])
{
	for (size_t i = 0; i < outputs->count; i++) {
		struct output *output = &outputs->list[i];
		if (output->kind != OUTPUT_LOCAL) {
			continue;
		}
		output->local = local_open(output->form, output->path);
		if (output->local == NULL) {
			(void)snprintf(error, OUTPUTS_ERROR_MAX, "--output: %s: %s",
			               output->path != NULL ? output->path : "standard output",
			               strerror(errno));
			return false;
		}
	}
	return true;
}

/* Of one output, in the counters that all processes share. */
static struct counters_output *account(const struct outputs *outputs, const struct output *output)
{
	return &outputs->config.counters->outputs[output - outputs->list];
}

static size_t read_counters(void *ctx, const char **names, uint64_t *values, size_t max)
{
	struct counters *counters = ctx;
	size_t count = 0;
	counters_settle(counters);
	for (; count < max && counters_name(count) != NULL; count++) {
		names[count] = counters_name(count);
		values[count] = counters_value(counters, count);
	}
	return count;
}

static int run_publisher(struct outputs *outputs, const struct output *output, int wake_fd)
{
	struct counters *counters = outputs->config.counters;
	const struct publisher_config config = {
		.url = output->url,
		.journal = outputs->journal_dir,
		.sensor = outputs->config.sensor,
		.wake_fd = wake_fd,
		.drain_ms = outputs->config.drain_ms,
		.stall_ms = outputs->config.stall_ms,
		.return_ms = OUTPUTS_PATIENCE_S * 1000,
		.counters = read_counters,
		.counters_ctx = counters,
		.delivered = &account(outputs, output)->delivered,
		.errors = &counters->output_errors,
		.loading = &counters->redis_loading,
	};
	return publisher_run(&config);
}

/* Write ends that a child inherited would keep its siblings' pipes open. */
static void close_wakes(struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++) {
		if (outputs->list[i].wake_fd >= 0) {
			(void)close(outputs->list[i].wake_fd);
		}
	}
}

static bool start_publisher(struct outputs *outputs, struct output *output)
{
	int pipes[2];
	if (pipe2(pipes, O_CLOEXEC) != 0) {
		return false;
	}
	if (output->wake_fd >= 0) {
		(void)close(output->wake_fd);
	}
	output->wake_fd = pipes[1];
	output->started = time(NULL);
	(void)fcntl(pipes[1], F_SETFL, O_NONBLOCK);
	output->publisher = fork();
	if (output->publisher == 0) {
		close_wakes(outputs);
		_exit(run_publisher(outputs, output, pipes[0]));
	}
	(void)close(pipes[0]);
	if (output->publisher < 0) {
		output->publisher = 0;
		return false;
	}
	return true;
}

static bool make_temporary(struct outputs *outputs)
{
	const char *folder = getenv("TMPDIR");
	int size = snprintf(outputs->journal_dir, sizeof(outputs->journal_dir), "%s/nsmx-XXXXXX",
	                    folder != NULL && folder[0] == '/' ? folder : "/tmp");
	outputs->temporary = true;
	return size > 0 && (size_t)size < sizeof(outputs->journal_dir) &&
	       mkdtemp(outputs->journal_dir) != NULL;
}

static bool open_journal(struct outputs *outputs, char error[OUTPUTS_ERROR_MAX])
{
	uint64_t hashes[OUTPUTS_MAX];
	size_t count = 0;
	const char *state = outputs->config.state;
	if (state == NULL ? !make_temporary(outputs)
	                  : snprintf(outputs->journal_dir, PATH_MAX, "%s", state) >= PATH_MAX) {
		(void)snprintf(error, OUTPUTS_ERROR_MAX, "journal in %.512s: %s",
		               state != NULL ? state : outputs->journal_dir,
		               strerror(state != NULL ? ENAMETOOLONG : errno));
		return false;
	}
	for (size_t i = 0; i < outputs->count; i++) {
		if (outputs->list[i].kind == OUTPUT_REDIS) {
			hashes[count++] = outputs->list[i].url->hash;
		}
	}
	int ret =
	        journal_open(&outputs->journal, outputs->journal_dir, outputs->config.journal_max);
	if (ret == 0) {
		journal_set_sync(outputs->journal, outputs->config.journal_sync);
		ret = journal_outputs(outputs->journal_dir, hashes, count);
	}
	if (ret == -EBUSY) {
		(void)snprintf(error, OUTPUTS_ERROR_MAX,
		               "journal in %.512s: another sensor uses it; give this one its own "
		               "with --state DIR",
		               outputs->journal_dir);
	} else if (ret != 0) {
		(void)snprintf(error, OUTPUTS_ERROR_MAX,
		               "journal in %.512s: %s; choose another folder with --state DIR",
		               outputs->journal_dir, strerror(-ret));
	}
	return ret == 0;
}

static void count_due(struct outputs *outputs, const struct output *output, uint64_t count)
{
	counter_add(&account(outputs, output)->due, count);
}

/* Events that an earlier run left are due again. */
static void count_backlog(struct outputs *outputs, const struct output *output)
{
	uint64_t position = 0, waiting = 0;
	if (journal_position(outputs->journal_dir, output->url->hash, &position) == 0 &&
	    journal_backlog(outputs->journal_dir, position, &waiting) == 0 && waiting > 0) {
		count_due(outputs, output, waiting);
		log_info("%s: %" PRIu64 " events of an earlier run wait for delivery",
		         output->url->name, waiting);
	}
}

static const char *name_target(const struct output *output)
{
	static const char *const forms[] = {
		[LOCAL_JSON] = "-",
		[LOCAL_TEXT] = "text",
		[LOCAL_NULL] = "null",
	};
	if (output->kind == OUTPUT_REDIS) {
		return output->url->name;
	}
	return output->path != NULL ? output->path : forms[output->form];
}

/* Local targets may be given twice, but a name tells one of them. */
static void name_outputs(struct outputs *outputs)
{
	struct counters_output *accounts = outputs->config.counters->outputs;
	for (size_t i = 0; i < outputs->count; i++) {
		const char *name = name_target(&outputs->list[i]);
		size_t same = 1;
		for (size_t j = 0; j < i; j++) {
			same += strcmp(name_target(&outputs->list[j]), name) == 0;
		}
		(void)snprintf(accounts[i].name, sizeof(accounts[i].name),
		               same > 1 ? "%s%.230s #%zu" : "%s%.230s",
		               outputs->list[i].path != NULL ? "file:" : "", name, same);
	}
}

bool outputs_start(struct outputs *outputs, const struct outputs_config *config,
                   char error[OUTPUTS_ERROR_MAX])
{
	outputs->config = *config;
	name_outputs(outputs);
	if (!outputs_need_journal(outputs)) {
		return true;
	}
	if (!open_journal(outputs, error)) {
		return false;
	}
	for (size_t i = 0; i < outputs->count; i++) {
		struct output *output = &outputs->list[i];
		if (output->kind != OUTPUT_REDIS) {
			continue;
		}
		count_backlog(outputs, output);
		if (!start_publisher(outputs, output)) {
			(void)snprintf(error, OUTPUTS_ERROR_MAX, "%.512s: no publisher: %s",
			               output->url->name, strerror(errno));
			return false;
		}
	}
	return true;
}

/* Events */

static void count_dropped(struct outputs *outputs, const struct output *output, uint64_t count)
{
	outputs->lost = true;
	counter_add(&outputs->config.counters->events_dropped, count);
	counter_add(&account(outputs, output)->dropped, count);
}

static void complain(struct outputs *outputs, const char *name, const char *reason)
{
	time_t now = time(NULL);
	if (now - outputs->complained >= COMPLAIN_EVERY_S) {
		outputs->complained = now;
		log_error("%s: %s; events are dropped", name, reason);
	}
}

static void drop(struct outputs *outputs, const struct output *output, uint64_t count,
                 const char *reason)
{
	count_dropped(outputs, output, count);
	complain(outputs, local_name(output->local), reason);
}

static bool is_full(int ret)
{
	return ret == -EDQUOT || ret == -ENOSPC;
}

/* One step of a wait for the publishers; false when it is to end. */
static bool wait_a_little(const struct outputs *outputs)
{
	(void)poll(NULL, 0, WAIT_STEP_MS);
	return outputs->config.waiting == NULL ||
	       outputs->config.waiting(outputs->config.waiting_ctx);
}

/* Changes with each sign of life of an output. */
static uint64_t signs_of_life(const struct outputs *outputs)
{
	struct counters *counters = outputs->config.counters;
	counters_settle(counters);
	return counter_get(&counters->events_delivered) + counter_get(&counters->redis_loading);
}

/* A replay loses nothing by being slow: it waits until there is room. */
static int append_patiently(struct outputs *outputs, const struct record *record)
{
	int ret = journal_append(outputs->journal, record);
	if (!is_full(ret)) {
		return ret;
	}
	uint64_t signs = signs_of_life(outputs);
	time_t since = time(NULL);
	while (is_full(ret) && outputs->config.patient && !outputs->gave_up) {
		outputs_flush(outputs);
		bool go_on = wait_a_little(outputs);
		uint64_t before = signs;
		signs = signs_of_life(outputs);
		if (signs != before) {
			since = time(NULL);
		}
		outputs->gave_up = !go_on || time(NULL) - since >= OUTPUTS_PATIENCE_S;
		ret = journal_append(outputs->journal, record);
	}
	return ret;
}

static void emit_to_journal(struct outputs *outputs, const struct event *event)
{
	int ret = append_patiently(outputs, &event->record);
	for (size_t i = 0; i < outputs->count; i++) {
		const struct output *output = &outputs->list[i];
		if (output->kind == OUTPUT_REDIS) {
			count_due(outputs, output, 1);
			if (ret != 0) {
				count_dropped(outputs, output, 1);
			}
		}
	}
	if (ret != 0) {
		complain(outputs, outputs->journal_dir,
		         ret == -EDQUOT ? "the journal is full" : strerror(-ret));
	}
}

void outputs_emit(struct outputs *outputs, const struct event *event)
{
	outputs->unkept = outputs->unkept || event->record.kind == RECORD_HIT;
	if (outputs->journal != NULL) {
		emit_to_journal(outputs, event);
	}
	for (size_t i = 0; i < outputs->count; i++) {
		struct output *output = &outputs->list[i];
		if (output->kind != OUTPUT_LOCAL) {
			continue;
		}
		count_due(outputs, output, 1);
		if (output->dead || !local_add(output->local, event)) {
			drop(outputs, output, 1, "cannot be written");
		}
	}
}

static void flush_local(struct outputs *outputs, struct output *output)
{
	uint64_t delivered;
	if (output->dead) {
		return;
	}
	int error = local_flush(output->local, &delivered);
	counter_add(&account(outputs, output)->delivered, delivered);
	if (error == 0) {
		return;
	}
	counter_add_shared(&outputs->config.counters->output_errors, 1);
	if (error == EPIPE) {
		/* The reader has gone, as `head` does: it comes back no more. */
		output->dead = true;
		drop(outputs, output, local_waiting(output->local), strerror(error));
	} else if (time(NULL) - outputs->complained >= COMPLAIN_EVERY_S) {
		outputs->complained = time(NULL);
		log_error("%s: %s; events wait", local_name(output->local), strerror(error));
	}
}

/* A publisher ends by itself only if something went very wrong; its place in
 * the journal is kept, so another one goes on from there. */
static void look_after(struct outputs *outputs, struct output *output, time_t pause)
{
	int status;
	if (output->publisher > 0 && waitpid(output->publisher, &status, WNOHANG) > 0) {
		output->publisher = 0;
		counter_add_shared(&outputs->config.counters->output_errors, 1);
		log_warn("%s: the publisher ended (%s %d); starting another", output->url->name,
		         WIFSIGNALED(status) ? "signal" : "status",
		         WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	}
	if (output->publisher == 0 && time(NULL) - output->started >= pause &&
	    !start_publisher(outputs, output)) {
		log_error("%s: no publisher: %s", output->url->name, strerror(errno));
	}
}

void outputs_keep(struct outputs *outputs)
{
	if (!outputs->unkept) {
		return;
	}
	outputs->unkept = false;
	if (outputs->journal != NULL) {
		/* What cannot be written is told of by the flush. */
		(void)journal_write(outputs->journal);
	}
	for (size_t i = 0; i < outputs->count; i++) {
		if (outputs->list[i].kind == OUTPUT_LOCAL) {
			flush_local(outputs, &outputs->list[i]);
		}
	}
}

void outputs_flush(struct outputs *outputs)
{
	outputs->unkept = false;
	int ret = outputs->journal != NULL ? journal_flush(outputs->journal) : 0;
	if (ret != 0 && time(NULL) - outputs->complained >= COMPLAIN_EVERY_S) {
		outputs->complained = time(NULL);
		log_error("%s: %s; events wait in memory", outputs->journal_dir, strerror(-ret));
	}
	for (size_t i = 0; i < outputs->count; i++) {
		struct output *output = &outputs->list[i];
		if (output->kind == OUTPUT_LOCAL) {
			flush_local(outputs, output);
		} else {
			look_after(outputs, output, RESTART_EVERY_S);
			publisher_wake(output->wake_fd);
		}
	}
}

bool outputs_alive(const struct outputs *outputs)
{
	if (outputs->gave_up) {
		return false;
	}
	for (size_t i = 0; i < outputs->count; i++) {
		if (!outputs->list[i].dead) {
			return true;
		}
	}
	return false;
}

/* The end */

static void close_local(struct outputs *outputs, struct output *output)
{
	flush_local(outputs, output);
	uint64_t waiting = output->dead ? 0 : local_waiting(output->local);
	if (waiting > 0) {
		outputs->complained = 0;
		drop(outputs, output, waiting, "cannot be written");
	}
}

/* Nothing is lost by this: what Redis has taken, it has with the position. */
static void hurry(struct outputs *outputs, const struct output *output)
{
	if (outputs->asked == 0) {
		outputs->asked = time(NULL);
	} else if (time(NULL) - outputs->asked >= OUTPUTS_STOP_S) {
		(void)kill(output->publisher, SIGKILL);
	}
}

/* Waits for a publisher that was told to end; true when it has delivered all. */
static bool await_publisher(struct outputs *outputs, struct output *output)
{
	int status = 1;
	pid_t ended = output->publisher == 0 ? -1 : 0;
	while (ended == 0 || (ended < 0 && errno == EINTR)) {
		ended = waitpid(output->publisher, &status, WNOHANG);
		if (ended == 0 && !wait_a_little(outputs)) {
			hurry(outputs, output);
		}
	}
	return ended > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* All are told at once, so that their bounds of time run side by side. */
static bool end_publishers(struct outputs *outputs)
{
	bool delivered = true;
	close_wakes(outputs);
	for (size_t i = 0; i < outputs->count; i++) {
		if (outputs->list[i].kind == OUTPUT_REDIS) {
			outputs->list[i].wake_fd = -1;
			delivered = await_publisher(outputs, &outputs->list[i]) && delivered;
		}
	}
	return delivered;
}

static bool close_journal(struct outputs *outputs)
{
	bool delivered = true;
	int ret = journal_flush(outputs->journal);
	for (size_t i = 0; i < outputs->count; i++) {
		if (outputs->list[i].kind == OUTPUT_REDIS) {
			look_after(outputs, &outputs->list[i], 0);
		}
	}
	journal_close(outputs->journal);
	outputs->journal = NULL;
	if (ret != 0) {
		log_error("%s: %s; events were lost", outputs->journal_dir, strerror(-ret));
		delivered = false;
	}
	delivered = end_publishers(outputs) && delivered;
	counters_settle(outputs->config.counters);
	if (!delivered) {
		log_error("%" PRIu64 " events wait in %s; they are delivered when nsmx runs again "
		          "with --state %s",
		          counter_get(&outputs->config.counters->events_pending),
		          outputs->journal_dir, outputs->journal_dir);
	} else if (outputs->temporary && (ret = journal_remove(outputs->journal_dir)) != 0) {
		log_warn("%s: %s", outputs->journal_dir, strerror(-ret));
	}
	return delivered;
}

bool outputs_close(struct outputs *outputs)
{
	if (outputs->config.counters == NULL) {
		free_outputs(outputs); /* never started: there are no events */
		return true;
	}
	for (size_t i = 0; i < outputs->count; i++) {
		if (outputs->list[i].local != NULL) {
			close_local(outputs, &outputs->list[i]);
		}
	}
	if (outputs->journal != NULL && !close_journal(outputs)) {
		outputs->lost = true;
	}
	bool delivered = !outputs->lost;
	free_outputs(outputs);
	return delivered;
}
