/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/param.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time_ns.h"
#include "sensor/outputs/outputs_private.h"
#include "sensor/publisher/publisher.h"

#define RESTART_EVERY_S 2
#define WAIT_STEP_MS    20
#define GRACE_MS        300 /* a publisher ends by itself at the end of its time */

static size_t read_counters(void *ctx, const char **names, uint64_t *values, size_t max)
{
	const struct outputs_config *config = ctx;
	struct counters sum;
	size_t count = 0;
	counters_sum(config->all, config->all_count, &sum);
	for (; count < max && counters_name(count) != NULL; count++) {
		names[count] = counters_name(count);
		values[count] = counters_value(&sum, count);
	}
	return count;
}

static int run_publisher(struct outputs *outputs, const struct output *output)
{
	struct counters *counters = outputs->config.counters;
	const struct publisher_config config = {
		.name = output->name,
		.hash = output->hash,
		.url = output->url,
		.syslog = output->syslog,
		.journal = outputs->journal_dir,
		.sensor = outputs->config.sensor,
		.wake_fd = output->read_fd,
		.drain_ms = outputs->config.drain_ms,
		.stall_ms = outputs->config.stall_ms,
		.return_ms = OUTPUTS_PATIENCE_S * 1000,
		.counters = read_counters,
		.counters_ctx = &outputs->config,
		.delivered = &outputs_account(outputs, output)->delivered,
		.counted = &outputs_account(outputs, output)->counted,
		.errors = &counters->output_errors,
		.dropped = &outputs_account(outputs, output)->dropped,
		.dropped_anywhere = &counters->events_dropped,
		.loading = &counters->redis_loading,
	};
	return publisher_run(&config);
}

void outputs_close_wakes(struct outputs *outputs)
{
	outputs->ended_ns = outputs->ended_ns != 0 ? outputs->ended_ns : monotonic_ns();
	for (size_t i = 0; i < outputs->count; i++) {
		if (outputs->list[i].wake_fd >= 0) {
			(void)close(outputs->list[i].wake_fd);
			outputs->list[i].wake_fd = -1;
		}
	}
}

static bool open_pipe(struct output *output)
{
	int pipes[2];
	if (output->read_fd >= 0) {
		return true;
	}
	if (pipe2(pipes, O_CLOEXEC) != 0) {
		return false;
	}
	output->read_fd = pipes[0];
	output->wake_fd = pipes[1];
	return fcntl(pipes[1], F_SETFL, O_NONBLOCK) == 0;
}

/*
 * A publisher closes all files of its parent except its pipe and the lock. If it kept a write end,
 * the pipe of another publisher would stay open.
 */
static bool close_others(const struct outputs *outputs, const struct output *output)
{
	const unsigned pipe = (unsigned)output->read_fd;
	const unsigned lock = (unsigned)journal_lock_fd(outputs->journal);
	const unsigned low = MIN(pipe, lock), high = MAX(pipe, lock);
	return (low <= STDERR_FILENO + 1 || close_range(STDERR_FILENO + 1, low - 1, 0) == 0) &&
	       (high == low + 1 || close_range(low + 1, high - 1, 0) == 0) &&
	       close_range(high + 1, ~0U, 0) == 0;
}

static int enter_publisher(struct outputs *outputs, const struct output *output)
{
	const struct outputs_config *config = &outputs->config;
	(void)prctl(PR_SET_NAME, "nsmx-publisher");
	if (!close_others(outputs, output)) {
		log_error("%s: close_range: %s", output->name, strerror(errno));
		return 1;
	}
	if (config->forget != NULL) {
		config->forget(config->forget_ctx, output->url);
	}
	return config->confine == NULL || config->confine() ? run_publisher(outputs, output) : 1;
}

bool outputs_start_publisher(struct outputs *outputs, struct output *output)
{
	if (!open_pipe(output)) {
		return false;
	}
	output->started = time(NULL);
	output->publisher = fork();
	if (output->publisher == 0) {
		_exit(enter_publisher(outputs, output));
	}
	if (output->publisher < 0) {
		output->publisher = 0;
		return false;
	}
	return true;
}

static void take_end(struct outputs *outputs, struct output *output, int status)
{
	output->publisher = 0;
	counter_add_shared(&outputs->config.counters->output_errors, 1);
	log_warn("%s: the publisher ended (%s %d); starting another", output->name,
	         WIFSIGNALED(status) ? "signal" : "status",
	         WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

/* A publisher that has ended without being asked has crashed or was killed. Its replacement
 * continues from the position in the journal. */
void outputs_revive_publisher(struct outputs *outputs, struct output *output, time_t pause)
{
	int status;
	if (output->publisher > 0 && waitpid(output->publisher, &status, WNOHANG) > 0) {
		take_end(outputs, output, status);
	}
	if (output->publisher == 0 && time(NULL) - output->started >= pause &&
	    !outputs_start_publisher(outputs, output)) {
		log_error("%s: no publisher: %s", output->name, strerror(errno));
	}
}

void outputs_maintain(struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++) {
		if (outputs->list[i].kind == OUTPUT_NETWORK) {
			outputs_revive_publisher(outputs, &outputs->list[i], RESTART_EVERY_S);
		}
	}
}

bool outputs_wait_step(const struct outputs *outputs)
{
	(void)poll(NULL, 0, WAIT_STEP_MS);
	return outputs->config.waiting == NULL ||
	       outputs->config.waiting(outputs->config.waiting_ctx);
}

/* The moment at which a publisher that has not ended is killed; 0: never. */
static int64_t deadline_ns(const struct outputs *outputs)
{
	int64_t stop_ns = outputs->stop_ns != 0 ? outputs->stop_ns + OUTPUTS_STOP_S * NS_PER_S : 0;
	int64_t drain_ns =
	        outputs->config.drain_ms > 0
	                ? outputs->ended_ns + (outputs->config.drain_ms + GRACE_MS) * NS_PER_MS
	                : 0;
	return drain_ns != 0 ? drain_ns : stop_ns;
}

/* Killing a publisher loses nothing: Redis has the position together with the events, and syslog
 * receives the last batch again. */
static void kill_late(struct outputs *outputs, const struct output *output, bool go_on)
{
	if (!go_on && outputs->stop_ns == 0) {
		outputs->stop_ns = monotonic_ns();
	}
	int64_t end_ns = deadline_ns(outputs);
	if (end_ns != 0 && monotonic_ns() >= end_ns) {
		(void)kill(output->publisher, SIGKILL);
	}
}

/* Waits for a publisher whose pipe has ended; its status, or -1. */
static int await_end(struct outputs *outputs, struct output *output)
{
	int status = -1;
	pid_t ended = output->publisher == 0 ? -1 : 0;
	while (ended == 0) {
		ended = waitpid(output->publisher, &status, WNOHANG);
		if (ended == 0) {
			kill_late(outputs, output, outputs_wait_step(outputs));
		}
	}
	return ended > 0 ? status : -1;
}

/* Returns true if the publisher has delivered all events. If it was killed meanwhile, it is
 * restarted, unless there is a time limit. */
static bool await_publisher(struct outputs *outputs, struct output *output)
{
	int status = await_end(outputs, output);
	if (status >= 0 && WIFSIGNALED(status) && outputs->stop_ns == 0 &&
	    outputs->config.drain_ms == 0) {
		take_end(outputs, output, status);
		status = outputs_start_publisher(outputs, output) ? await_end(outputs, output) : -1;
	}
	return status >= 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* All pipes are closed first, so that the time limits run in parallel. */
bool outputs_end_publishers(struct outputs *outputs)
{
	bool delivered = true;
	outputs_close_wakes(outputs);
	for (size_t i = 0; i < outputs->count; i++) {
		if (outputs->list[i].kind == OUTPUT_NETWORK) {
			delivered = await_publisher(outputs, &outputs->list[i]) && delivered;
		}
	}
	return delivered;
}
