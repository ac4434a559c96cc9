/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/process/worker_group.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/shared.h"
#include "base/time_ns.h"
#include "sensor/intake/capture.h"
#include "sensor/metrics/metrics.h"
#include "sensor/process/rules_source.h"

#define WARN_EVERY_NS (60 * NS_PER_S)

static struct outputs *parse_outputs(const struct options *options)
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

static bool check_filter(const struct options *options)
{
	char error[CAPTURE_ERROR_MAX];
	if (options->filter != NULL && !capture_check_filter(options->filter, error)) {
		log_error("--%s", error);
		return false;
	}
	return true;
}

static bool journal_path(const char *state, size_t number, char path[PATH_MAX])
{
	int size = number == 0 ? snprintf(path, PATH_MAX, "%s", state)
	                       : snprintf(path, PATH_MAX, "%s/worker-%zu", state, number);
	return size > 0 && size < PATH_MAX;
}

static bool has_journal(const char *state, size_t number)
{
	char path[PATH_MAX];
	return journal_path(state, number, path) && access(path, F_OK) == 0;
}

static bool open_shared(struct worker_group *group, bool forked)
{
	const struct options *options = group->options;
	group->heartbeats = shared_new(OPTIONS_WORKERS_MAX * sizeof(*group->heartbeats));
	group->counters = counters_new(OPTIONS_WORKERS_MAX);
	group->correlation = correlator_shared_new(group->workers, options->watch_s * NS_PER_S);
	group->line_locks = forked ? line_lock_new(OUTPUTS_MAX) : NULL;
	return group->heartbeats != NULL && group->counters != NULL && group->correlation != NULL &&
	       (group->line_locks != NULL || !forked);
}

int worker_group_new(struct worker_group **out, const struct options *options, bool forked)
{
	struct ruleset_stats stats;
	struct worker_group *group = calloc(1, sizeof(*group));
	if (group == NULL) {
		log_error("out of memory");
		return EXIT_FAILED;
	}
	group->options = options;
	group->summary_fd = -1;
	group->metrics.listener = -1;
	group->workers = options->workers;
	group->sets = group->workers;
	group->started_ns = monotonic_ns();
	group->stats_ns = group->started_ns + options->stats_s * NS_PER_S;
	bool good = check_filter(options);
	for (size_t i = 0; i < group->sets && good; i++) {
		group->outputs[i] = parse_outputs(options);
		good = group->outputs[i] != NULL;
	}
	if (!good || (group->rules = rules_source_load(&options->rules, &stats)) == NULL) {
		worker_group_free(group);
		return EXIT_USAGE;
	}
	if (!open_shared(group, forked)) {
		log_error("out of memory");
		worker_group_free(group);
		return EXIT_FAILED;
	}
	counter_set(&group->counters->rules, stats.rules);
	*out = group;
	return EXIT_DONE;
}

/* At the start, for at the end it would be late to learn that it cannot be written. */
static bool open_summary(struct worker_group *group)
{
	const char *path = group->options->summary;
	if (path == NULL) {
		return true;
	}
	group->summary_fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (group->summary_fd < 0) {
		log_error("--summary %s: %s", path, strerror(errno));
		return false;
	}
	return true;
}

bool worker_group_share_watermarks(struct worker_group *group)
{
	bool shared = correlator_shared_add_watermarks(group->correlation);
	if (!shared) {
		log_error("out of memory");
	}
	return shared;
}

bool worker_group_open(struct worker_group *group)
{
	char error[OUTPUTS_ERROR_MAX];
	for (size_t i = 0; i < group->workers; i++) {
		if (!outputs_open_local(group->outputs[i], error)) {
			log_error("%s", error);
			return false;
		}
	}
	return open_summary(group) && metrics_listen(&group->metrics, &group->options->metrics);
}

bool worker_group_needs_journal(const struct worker_group *group)
{
	return outputs_need_journal(group->outputs[0]);
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
		.all_count = OPTIONS_WORKERS_MAX,
		.sensor = group->options->sensor,
		.state = delivery->state != NULL ? path : NULL,
		.again = delivery->state,
		.remove = set >= group->workers,
		.drain_ms = delivery->drain_ms,
		.stall_ms = delivery->stall_ms,
		.journal_max = group->options->journal_max,
		.journal_sync = group->options->journal_sync,
		.patient = delivery->can_wait,
		.waiting = delivery->waiting,
		.waiting_ctx = delivery->waiting_ctx,
		.confine = delivery->confine_publisher,
	};
	if (!outputs_start(group->outputs[set], &config, error)) {
		log_error("%s", error);
		return false;
	}
	return true;
}

bool worker_group_start(struct worker_group *group, const struct worker_group_delivery *delivery)
{
	group->can_wait = delivery->can_wait;
	group->metrics.counters = group->counters;
	group->metrics.sets = OPTIONS_WORKERS_MAX;
	group->metrics.sensor = group->options->sensor;
	group->metrics.confine = delivery->confine_metrics;
	metrics_maintain(&group->metrics);
	for (size_t i = 0; i < group->workers; i++) {
		if (!start_outputs(group, delivery, i, i)) {
			return false;
		}
	}
	if (delivery->state == NULL || !worker_group_needs_journal(group)) {
		return true;
	}
	/* A run with fewer workers than the last finds journals without one. */
	for (size_t i = group->workers; i < OPTIONS_WORKERS_MAX; i++) {
		if (!has_journal(delivery->state, i)) {
			continue;
		}
		size_t set = group->sets;
		group->outputs[set] = parse_outputs(group->options);
		group->sets += group->outputs[set] != NULL;
		if (group->outputs[set] == NULL || !start_outputs(group, delivery, set, i)) {
			return false;
		}
	}
	return true;
}

void worker_group_count(const struct worker_group *group, struct counters *sum)
{
	counters_sum(group->counters, OPTIONS_WORKERS_MAX, sum);
}

void worker_group_log_counters(const struct worker_group *group)
{
	struct counters sum;
	char line[2048];
	size_t size = 0;
	worker_group_count(group, &sum);
	for (size_t i = 0; i < COUNTERS_COUNT && size < sizeof(line); i++) {
		size += (size_t)snprintf(line + size, sizeof(line) - size, " %s=%" PRIu64,
		                         counters_name(i), counters_value(&sum, i));
	}
	log_info("stats:%s", line);
}

static void report_drops(struct worker_group *group, int64_t now_ns)
{
	uint64_t kernel = 0, interface = 0;
	if (group->drops_reported_ns != 0 && now_ns - group->drops_reported_ns < WARN_EVERY_NS) {
		return;
	}
	for (size_t i = 0; i < group->workers; i++) {
		kernel += counter_get(&group->counters[i].kernel_drops);
		interface += counter_get(&group->counters[i].interface_drops);
	}
	uint64_t all = kernel + interface;
	if (all > group->drops_before) {
		log_warn("%" PRIu64 " packets dropped before they were read, in all %" PRIu64
		         " by the kernel (a larger --buffer or more --workers help) and %" PRIu64
		         " by interfaces",
		         all - group->drops_before, kernel, interface);
		group->drops_before = all;
		group->drops_reported_ns = now_ns;
	}
}

void worker_group_tick(struct worker_group *group)
{
	int64_t now_ns = monotonic_ns();
	for (size_t i = 0; i < group->sets; i++) {
		outputs_maintain(group->outputs[i]);
	}
	metrics_maintain(&group->metrics);
	report_drops(group, now_ns);
	if (group->options->stats_s > 0 && now_ns >= group->stats_ns) {
		group->stats_ns = now_ns + group->options->stats_s * NS_PER_S;
		worker_group_log_counters(group);
	}
}

void worker_group_leave(struct worker_group *group, unsigned worker)
{
	correlator_shared_leave(group->correlation, worker);
}

void worker_group_reap(struct worker_group *group, unsigned worker)
{
	counters_reap(&group->counters[worker]);
	for (size_t i = 0; i < OUTPUTS_MAX && group->line_locks != NULL; i++) {
		line_lock_reap(line_lock_at(group->line_locks, i), worker);
	}
}

static void print_summary(const struct worker_group *group)
{
	struct counters c;
	worker_group_count(group, &c);
	double seconds = (double)(monotonic_ns() - group->started_ns) / NS_PER_S;
	log_info("%" PRIu64 " packets, %" PRIu64 " bytes in %.2f s (%" PRIu64
	         " not decoded, %" PRIu64 " dropped)",
	         counter_get(&c.packets), counter_get(&c.bytes), seconds,
	         counter_get(&c.undecoded_packets),
	         counter_get(&c.kernel_drops) + counter_get(&c.interface_drops));
	log_info("%" PRIu64 " DNS responses (%" PRIu64 " malformed messages), %" PRIu64
	         " SMTP sessions, %" PRIu64 " recipients",
	         counter_get(&c.dns_responses), counter_get(&c.dns_malformed),
	         counter_get(&c.smtp_sessions), counter_get(&c.smtp_recipients));
	log_info("%" PRIu64 " hits by %" PRIu64 " rules (%" PRIu64
	         " repeats held back); events: %" PRIu64 " delivered, %" PRIu64 " pending, %" PRIu64
	         " dropped",
	         counter_get(&c.hits), counter_get(&c.rules), counter_get(&c.hits_suppressed),
	         counter_get(&c.events_delivered), counter_get(&c.events_pending),
	         counter_get(&c.events_dropped));
}

static bool save_summary(struct worker_group *group)
{
	struct counters sum;
	int fd = group->summary_fd;
	group->summary_fd = -1;
	worker_group_count(group, &sum);
	if (fd >= 0 && counters_save(&sum, fd) != 0) {
		log_error("--summary %s: %s", group->options->summary, strerror(errno));
		return false;
	}
	return true;
}

static bool close_outputs(struct worker_group *group)
{
	bool good = true;
	/* Forked workers have written all. Told at once, publishers drain side by side. */
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

bool worker_group_finish(struct worker_group *group)
{
	bool good = close_outputs(group);
	correlator_shared_report(group->correlation);
	print_summary(group);
	good = save_summary(group) && good;
	worker_group_free(group);
	return good;
}

void worker_group_free(struct worker_group *group)
{
	if (group == NULL) {
		return;
	}
	(void)close_outputs(group);
	metrics_stop(&group->metrics);
	if (group->summary_fd >= 0) {
		(void)close(group->summary_fd);
	}
	shared_free(group->heartbeats, OPTIONS_WORKERS_MAX * sizeof(*group->heartbeats));
	correlator_shared_free(group->correlation);
	line_lock_free(group->line_locks, OUTPUTS_MAX);
	ruleset_free(group->rules);
	counters_free(group->counters, OPTIONS_WORKERS_MAX);
	free(group);
}
