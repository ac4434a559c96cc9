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

static bool open_shared(struct team *team, bool forked)
{
	const struct options *options = team->options;
	team->beats = shared_new(OPTIONS_WORKERS_MAX * sizeof(*team->beats));
	team->counters = counters_new(OPTIONS_WORKERS_MAX);
	team->watch = watch_new(options->watch_s * NS_PER_S);
	team->line_locks = forked ? line_lock_new(OUTPUTS_MAX) : NULL;
	for (unsigned i = 0; i < team->workers; i++) {
		team->incident_summary[i] = incident_summary_new();
		if (team->incident_summary[i] == NULL) {
			return false;
		}
	}
	for (unsigned i = 0; i < team->workers; i++) {
		incident_summary_share(team->incident_summary[i], team->incident_summary,
		                       team->workers);
	}
	return team->beats != NULL && team->counters != NULL && team->watch != NULL &&
	       (team->line_locks != NULL || !forked);
}

int worker_group_new(struct team **out, const struct options *options, bool forked)
{
	struct ruleset_stats stats;
	struct team *team = calloc(1, sizeof(*team));
	if (team == NULL) {
		log_error("out of memory");
		return EXIT_FAILED;
	}
	team->options = options;
	team->summary_fd = -1;
	team->metrics.listener = -1;
	team->workers = options->workers;
	team->sets = team->workers;
	team->started_ns = monotonic_ns();
	team->stats_ns = team->started_ns + options->stats_s * NS_PER_S;
	bool good = check_filter(options);
	for (size_t i = 0; i < team->sets && good; i++) {
		team->outputs[i] = parse_outputs(options);
		good = team->outputs[i] != NULL;
	}
	if (!good || (team->rules = rules_source_load(&options->rules, &stats)) == NULL) {
		worker_group_free(team);
		return EXIT_USAGE;
	}
	if (!open_shared(team, forked)) {
		log_error("out of memory");
		worker_group_free(team);
		return EXIT_FAILED;
	}
	counter_set(&team->counters->rules, stats.rules);
	*out = team;
	return EXIT_DONE;
}

/* At the start, for at the end it would be late to learn that it cannot be written. */
static bool open_summary(struct team *team)
{
	const char *path = team->options->summary;
	if (path == NULL) {
		return true;
	}
	team->summary_fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (team->summary_fd < 0) {
		log_error("--summary %s: %s", path, strerror(errno));
		return false;
	}
	return true;
}

bool worker_group_share_watermarks(struct team *team)
{
	team->watermarks = watermarks_new(team->workers);
	if (team->watermarks == NULL) {
		log_error("out of memory");
	}
	return team->watermarks != NULL;
}

bool worker_group_open(struct team *team)
{
	char error[OUTPUTS_ERROR_MAX];
	for (size_t i = 0; i < team->workers; i++) {
		if (!outputs_open_local(team->outputs[i], error)) {
			log_error("%s", error);
			return false;
		}
	}
	return open_summary(team) && metrics_listen(&team->metrics, &team->options->metrics);
}

bool worker_group_needs_journal(const struct team *team)
{
	return outputs_need_journal(team->outputs[0]);
}

static bool start_outputs(struct team *team, const struct worker_group_delivery *delivery,
                          size_t set, size_t number)
{
	char error[OUTPUTS_ERROR_MAX];
	char path[PATH_MAX];
	if (delivery->state != NULL && !journal_path(delivery->state, number, path)) {
		log_error("journal in %s: %s", delivery->state, strerror(ENAMETOOLONG));
		return false;
	}
	const struct outputs_config config = {
		.counters = &team->counters[set],
		.all = team->counters,
		.all_count = OPTIONS_WORKERS_MAX,
		.sensor = team->options->sensor,
		.state = delivery->state != NULL ? path : NULL,
		.again = delivery->state,
		.remove = set >= team->workers,
		.drain_ms = delivery->drain_ms,
		.stall_ms = delivery->stall_ms,
		.journal_max = team->options->journal_max,
		.journal_sync = team->options->journal_sync,
		.patient = delivery->patient,
		.waiting = delivery->waiting,
		.waiting_ctx = delivery->waiting_ctx,
		.confine = delivery->confine_publisher,
	};
	if (!outputs_start(team->outputs[set], &config, error)) {
		log_error("%s", error);
		return false;
	}
	return true;
}

bool worker_group_start(struct team *team, const struct worker_group_delivery *delivery)
{
	team->patient = delivery->patient;
	team->metrics.counters = team->counters;
	team->metrics.sets = OPTIONS_WORKERS_MAX;
	team->metrics.sensor = team->options->sensor;
	team->metrics.confine = delivery->confine_metrics;
	metrics_maintain(&team->metrics);
	for (size_t i = 0; i < team->workers; i++) {
		if (!start_outputs(team, delivery, i, i)) {
			return false;
		}
	}
	if (delivery->state == NULL || !worker_group_needs_journal(team)) {
		return true;
	}
	/* A run with fewer workers than the last finds journals without one. */
	for (size_t i = team->workers; i < OPTIONS_WORKERS_MAX; i++) {
		if (!has_journal(delivery->state, i)) {
			continue;
		}
		size_t set = team->sets;
		team->outputs[set] = parse_outputs(team->options);
		team->sets += team->outputs[set] != NULL;
		if (team->outputs[set] == NULL || !start_outputs(team, delivery, set, i)) {
			return false;
		}
	}
	return true;
}

void worker_group_count(const struct team *team, struct counters *sum)
{
	counters_sum(team->counters, OPTIONS_WORKERS_MAX, sum);
}

void worker_group_log_counters(const struct team *team)
{
	struct counters sum;
	char line[2048];
	size_t size = 0;
	worker_group_count(team, &sum);
	for (size_t i = 0; i < COUNTERS_COUNT && size < sizeof(line); i++) {
		size += (size_t)snprintf(line + size, sizeof(line) - size, " %s=%" PRIu64,
		                         counters_name(i), counters_value(&sum, i));
	}
	log_info("stats:%s", line);
}

static void tell_drops(struct team *team, int64_t now_ns)
{
	uint64_t kernel = 0, interface = 0;
	if (team->drops_said_ns != 0 && now_ns - team->drops_said_ns < WARN_EVERY_NS) {
		return;
	}
	for (size_t i = 0; i < team->workers; i++) {
		kernel += counter_get(&team->counters[i].kernel_drops);
		interface += counter_get(&team->counters[i].interface_drops);
	}
	uint64_t all = kernel + interface;
	if (all > team->drops_before) {
		log_warn("%" PRIu64 " packets dropped before they were read, in all %" PRIu64
		         " by the kernel (a larger --buffer or more --workers help) and %" PRIu64
		         " by interfaces",
		         all - team->drops_before, kernel, interface);
		team->drops_before = all;
		team->drops_said_ns = now_ns;
	}
}

void worker_group_tick(struct team *team)
{
	int64_t now_ns = monotonic_ns();
	for (size_t i = 0; i < team->sets; i++) {
		outputs_maintain(team->outputs[i]);
	}
	metrics_maintain(&team->metrics);
	tell_drops(team, now_ns);
	if (team->options->stats_s > 0 && now_ns >= team->stats_ns) {
		team->stats_ns = now_ns + team->options->stats_s * NS_PER_S;
		worker_group_log_counters(team);
	}
}

void worker_group_leave(struct team *team, unsigned worker)
{
	if (team->watermarks != NULL) {
		watermarks_end(team->watermarks, worker);
	}
}

void worker_group_reap(struct team *team, unsigned worker)
{
	counters_reap(&team->counters[worker]);
	for (size_t i = 0; i < OUTPUTS_MAX && team->line_locks != NULL; i++) {
		line_lock_reap(line_lock_at(team->line_locks, i), worker);
	}
}

static void print_summary(const struct team *team)
{
	struct counters c;
	worker_group_count(team, &c);
	double seconds = (double)(monotonic_ns() - team->started_ns) / NS_PER_S;
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

static bool save_summary(struct team *team)
{
	struct counters sum;
	int fd = team->summary_fd;
	team->summary_fd = -1;
	worker_group_count(team, &sum);
	if (fd >= 0 && counters_save(&sum, fd) != 0) {
		log_error("--summary %s: %s", team->options->summary, strerror(errno));
		return false;
	}
	return true;
}

static bool close_outputs(struct team *team)
{
	bool good = true;
	/* Forked workers have written all. Told at once, publishers drain side by side. */
	for (size_t i = 0; i < team->sets && team->line_locks != NULL; i++) {
		if (team->outputs[i] != NULL) {
			outputs_close_wakes(team->outputs[i]);
		}
	}
	for (size_t i = 0; i < team->sets; i++) {
		good = (team->outputs[i] == NULL || outputs_close(team->outputs[i])) && good;
		team->outputs[i] = NULL;
	}
	return good;
}

bool worker_group_finish(struct team *team)
{
	bool good = close_outputs(team);
	for (unsigned i = 1; i < team->workers; i++) {
		incident_summary_merge(team->incident_summary[0], team->incident_summary[i]);
	}
	incident_summary_report(team->incident_summary[0]);
	print_summary(team);
	good = save_summary(team) && good;
	worker_group_free(team);
	return good;
}

void worker_group_free(struct team *team)
{
	if (team == NULL) {
		return;
	}
	(void)close_outputs(team);
	metrics_stop(&team->metrics);
	for (unsigned i = 0; i < team->workers; i++) {
		incident_summary_free(team->incident_summary[i]);
	}
	if (team->summary_fd >= 0) {
		(void)close(team->summary_fd);
	}
	shared_free(team->beats, OPTIONS_WORKERS_MAX * sizeof(*team->beats));
	watch_free(team->watch);
	watermarks_free(team->watermarks);
	line_lock_free(team->line_locks, OUTPUTS_MAX);
	ruleset_free(team->rules);
	counters_free(team->counters, OPTIONS_WORKERS_MAX);
	free(team);
}
