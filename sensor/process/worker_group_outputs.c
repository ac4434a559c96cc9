/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "sensor/process/worker_group_private.h"

/* The journal of the process that keeps the incidents, among those of workers. */
#define INCIDENTS_JOURNAL OPTIONS_WORKERS_MAX

struct outputs *worker_group_parse_outputs(const struct options *options)
{
	char error[OUTPUTS_ERROR_MAX];
	const char *usual = isatty(STDOUT_FILENO) != 0 ? "text" : "-";
	struct outputs *outputs =
	        options->outputs.count > 0
	                ? outputs_parse(options->outputs.items, options->outputs.count, error)
	                : outputs_parse(&usual, 1, error);
	if (outputs == NULL) {
		log_error("%s", error);
	}
	return outputs;
}

void worker_group_forget_except(struct worker_group *group, const struct redis_url *keep)
{
	outputs_conceal(group->options->outputs.items, group->options->outputs.count);
	for (size_t i = 0; i < group->sets; i++) {
		if (group->outputs[i] != NULL) {
			outputs_forget(group->outputs[i], keep);
		}
	}
	pushed_rules_forget(group->pushed, keep);
}

static void enter_publisher(void *ctx, const struct redis_url *keep)
{
	const struct worker_group *group = ctx;
	worker_group_forget_except(ctx, keep);
	history_writer_leave(group->history);
}

static bool journal_path(const char *state, size_t number, char path[PATH_MAX])
{
	int size = number == 0 ? snprintf(path, PATH_MAX, "%s", state)
	           : number == INCIDENTS_JOURNAL
	                   ? snprintf(path, PATH_MAX, "%s/incidents", state)
	                   : snprintf(path, PATH_MAX, "%s/worker-%zu", state, number);
	return size > 0 && size < PATH_MAX;
}

static bool has_journal(const char *state, size_t number)
{
	char path[PATH_MAX];
	return journal_path(state, number, path) && access(path, F_OK) == 0;
}

bool worker_group_needs_journal(const struct worker_group *group)
{
	return outputs_need_journal(group->outputs[0]);
}

void worker_group_forget(struct worker_group *group)
{
	worker_group_forget_except(group, NULL);
}

static void leave_others(struct worker_group *group, size_t number)
{
	worker_group_forget(group);
	pushed_rules_leave(group->pushed);
	metrics_leave(&group->metrics);
	if (group->summary_fd >= 0) {
		(void)close(group->summary_fd);
		group->summary_fd = -1;
	}
	for (size_t i = 0; i < group->sets; i++) {
		if (i != number) {
			outputs_leave(group->outputs[i]);
			group->outputs[i] = NULL;
		}
	}
}

void worker_group_leave_incidents(struct worker_group *group)
{
	if (group->incidents_folder >= 0) {
		(void)close(group->incidents_folder);
		group->incidents_folder = -1;
	}
}

void worker_group_enter_worker(struct worker_group *group, unsigned number)
{
	leave_others(group, number);
	worker_group_leave_incidents(group);
	if (group->history != NULL) {
		history_writer_enter_worker(group->history, number);
	}
}

void worker_group_enter_incidents(struct worker_group *group)
{
	leave_others(group, group->workers);
	if (group->evidence.fd >= 0) {
		(void)close(group->evidence.fd);
		group->evidence.fd = -1;
	}
	history_writer_leave(group->history);
	incident_sockets_enter_process(group->incidents);
}

static bool start_outputs(struct worker_group *group, const struct worker_group_delivery *delivery,
                          size_t set, size_t number)
{
	char error[OUTPUTS_ERROR_MAX];
	char path[PATH_MAX];
	if (delivery->state != NULL && !journal_path(delivery->state, number, path)) {
		log_error("journal in %s: %s", delivery->state, strerror(ENAMETOOLONG));
		return false;
	}
	const struct outputs_config config = {
		.counters = &group->counters[set],
		.all = group->counters,
		.all_count = WORKER_GROUP_SETS,
		.sensor = group->options->sensor,
		.state = delivery->state != NULL ? path : NULL,
		.again = delivery->state,
		.remove = set >= worker_group_processes(group),
		.drain_ms = delivery->drain_ms,
		.stall_ms = delivery->stall_ms,
		.journal_max = group->options->journal_max,
		.journal_sync = group->options->journal_sync,
		.patient = delivery->can_wait,
		.waiting = delivery->waiting,
		.waiting_ctx = delivery->waiting_ctx,
		.confine = delivery->confine_publisher,
		.forget = enter_publisher,
		.forget_ctx = group,
	};
	if (!outputs_start(group->outputs[set], &config, error)) {
		log_error("%s", error);
		return false;
	}
	return true;
}

/* Starts publishers for journals that an earlier run with more workers has left. */
static bool start_left_journals(struct worker_group *group,
                                const struct worker_group_delivery *delivery)
{
	for (size_t i = group->workers; i <= INCIDENTS_JOURNAL; i++) {
		if ((i == INCIDENTS_JOURNAL && group->keeps_incidents) ||
		    !has_journal(delivery->state, i)) {
			continue;
		}
		size_t set = group->sets;
		group->outputs[set] = worker_group_parse_outputs(group->options);
		group->sets += group->outputs[set] != NULL;
		if (group->outputs[set] == NULL || !start_outputs(group, delivery, set, i)) {
			return false;
		}
	}
	return true;
}

bool worker_group_start_outputs(struct worker_group *group,
                                const struct worker_group_delivery *delivery)
{
	for (size_t i = 0; i < group->workers; i++) {
		if (!start_outputs(group, delivery, i, i)) {
			return false;
		}
	}
	if (group->keeps_incidents &&
	    !start_outputs(group, delivery, group->workers, INCIDENTS_JOURNAL)) {
		return false;
	}
	bool started = delivery->state == NULL || !worker_group_needs_journal(group) ||
	               start_left_journals(group, delivery);
	/* Only publishers, and the process that restarts them, need a password from now on. */
	outputs_conceal(group->options->outputs.items, group->options->outputs.count);
	return started;
}

bool worker_group_close_outputs(struct worker_group *group)
{
	bool good = true;
	/* Forked workers have written all events. All publishers deliver the rest at the same
	 * time. */
	for (size_t i = 0; i < group->sets && group->line_locks != NULL; i++) {
		if (group->outputs[i] != NULL) {
			outputs_close_wakes(group->outputs[i]);
		}
	}
	for (size_t i = 0; i < group->sets; i++) {
		good = (group->outputs[i] == NULL || outputs_close(group->outputs[i])) && good;
		group->outputs[i] = NULL;
	}
	return good;
}

size_t worker_group_open_files_again(struct worker_group *group, int fds[OUTPUTS_MAX])
{
	size_t count = outputs_open_files_again(group->outputs[0], fds);
	for (size_t i = 0; i < group->workers; i++) {
		int own[OUTPUTS_MAX];
		size_t copied = 0;
		while (copied < count &&
		       (own[copied] = fcntl(fds[copied], F_DUPFD_CLOEXEC, 0)) >= 0) {
			copied++;
		}
		outputs_replace_files(group->outputs[i], own, copied);
	}
	return count;
}
