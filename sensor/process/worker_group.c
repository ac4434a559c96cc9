/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/process/worker_group.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory/shared.h"
#include "base/time_ns.h"
#include "sensor/baseline/load.h"
#include "sensor/incidents/incident_process.h"
#include "sensor/intake/capture.h"
#include "sensor/metrics/metrics.h"
#include "sensor/process/rules_source.h"
#include "sensor/process/worker_group_private.h"
#include "sensor/system/privileges.h"

static bool check_filter(const struct options *options)
{
	char error[CAPTURE_ERROR_MAX];
	if (options->filter != NULL && !capture_check_filter(options->filter, error)) {
		log_error("--%s", error);
		return false;
	}
	return true;
}

static bool has_needed_history(const struct options *options, const struct ruleset *rules)
{
	bool has = options->history != NULL || ruleset_learned(rules) == 0;
	if (!has) {
		log_error("`learn` rules compare with what was seen before: name the folder of the "
		          "history with --history DIR, or leave these rules out");
	}
	return has;
}

static bool check_outputs(const struct options *options)
{
	bool good = true;
	for (size_t i = 0; i < options->outputs.count; i++) {
		char error[OUTPUTS_ERROR_MAX];
		struct outputs *outputs = outputs_parse(&options->outputs.items[i], 1, error);
		if (outputs == NULL) {
			log_error("%s", error);
			good = false;
		}
		if (outputs != NULL) {
			(void)outputs_close(outputs);
		}
	}
	return good;
}

/* \param asns  Set to the file of --asn-db, if one is given. */
static bool open_asns(const struct options *options, struct asn_db **asns)
{
	char error[ASN_ERROR_MAX];
	if (options->asn_db != NULL && (*asns = asn_open(options->asn_db, error)) == NULL) {
		log_error("--asn-db: %s", error);
		return false;
	}
	return true;
}

static bool check_asns(const struct options *options)
{
	struct asn_db *asns = NULL;
	bool good = open_asns(options, &asns);
	asn_close(asns);
	return good;
}

bool worker_group_check(const struct options *options, size_t *rules)
{
	struct ruleset_stats stats;
	struct privileges privileges;
	bool good = privileges_find(&privileges, options->user);
	good = check_filter(options) && good;
	good = check_asns(options) && good;
	good = check_outputs(options) && good;
	good = pushed_rules_check(options) && good;
	struct ruleset *set = rules_source_load(options, &stats);
	good = set != NULL && has_needed_history(options, set) && good;
	ruleset_free(set);
	*rules = stats.rules;
	return good;
}

static bool open_shared(struct worker_group *group, bool forked)
{
	const struct options *options = group->options;
	group->heartbeats = shared_new(WORKER_GROUP_SETS * sizeof(*group->heartbeats));
	group->counters = counters_new(WORKER_GROUP_SETS);
	group->rule_hits = rule_hits_new();
	group->correlation = correlator_shared_new(group->workers, options->watch_s * NS_PER_S);
	group->line_locks = forked ? line_lock_new(OUTPUTS_MAX) : NULL;
	return evidence_folder_init(&group->evidence, options->evidence_max) &&
	       group->heartbeats != NULL && group->counters != NULL && group->rule_hits != NULL &&
	       group->correlation != NULL && (group->line_locks != NULL || !forked);
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
	group->evidence.fd = -1;
	group->incidents_folder = -1;
	group->metrics.listener = -1;
	group->workers = options->workers;
	group->keeps_incidents = forked;
	group->sets = worker_group_processes(group);
	group->started_ns = monotonic_ns();
	group->stats_ns = group->started_ns + options->stats_s * NS_PER_S;
	bool good = check_filter(options);
	for (size_t i = 0; i < group->sets && good; i++) {
		group->outputs[i] = worker_group_parse_outputs(options);
		good = group->outputs[i] != NULL;
	}
	if (!good || (group->rules = rules_source_load(options, &stats)) == NULL) {
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

int worker_group_learn(struct worker_group *group)
{
	if (ruleset_learned(group->rules) == 0) {
		return EXIT_DONE;
	}
	if (!has_needed_history(group->options, group->rules)) {
		return EXIT_USAGE;
	}
	if (!open_asns(group->options, &group->asns)) {
		return EXIT_USAGE;
	}
	group->known = known_new();
	if (group->known == NULL) {
		log_error("out of memory");
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}

static void report_damage(void *ctx, const char *name)
{
	const struct worker_group *group = ctx;
	log_warn("history folder %s: %s is damaged: baselines do not know its rows",
	         group->options->history, name);
}

bool worker_group_load(struct worker_group *group)
{
	int ret = 0;
	if (group->known != NULL) {
		ret = baseline_load(group->known, group->rules, group->asns,
		                    group->options->history, report_damage, group);
	}
	if (ret != 0) {
		log_error("history folder %s: cannot be read: %s", group->options->history,
		          strerror(-ret));
	}
	return ret == 0;
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
	for (size_t i = 0; i < group->sets; i++) {
		if (!outputs_open_local(group->outputs[i], error)) {
			log_error("%s", error);
			return false;
		}
		if (!group->options->verbose && group->options->alerts == OPTIONS_ALERTS_BOTH) {
			group->groups_hits = outputs_group_hits(group->outputs[i]);
		}
	}
	return worker_group_open_summary(group) &&
	       metrics_listen(&group->metrics, &group->options->metrics);
}

static void enter_metrics(void *ctx)
{
	struct worker_group *group = ctx;
	worker_group_leave_incidents(group);
	worker_group_forget(group);
	history_writer_leave(group->history);
	worker_group_end_incidents(group);
}

static void forget(void *ctx)
{
	worker_group_forget(ctx);
	worker_group_leave_incidents(ctx);
}

struct history_keep worker_group_keep(const struct options *options, bool by_traffic)
{
	return (struct history_keep){
		.age_s = { [HISTORY_CLASS_ROWS] = options->history_keep.rows_s,
		           [HISTORY_CLASS_CLIENTS] = options->history_keep.clients_s,
		           [HISTORY_CLASS_MAILBOXES] = options->history_keep.mailboxes_s },
		.octets = options->history_max,
		.by_traffic = by_traffic,
	};
}

static bool start_history(struct worker_group *group, const struct worker_group_delivery *delivery)
{
	const struct history_writer_config config = {
		.path = group->options->history,
		.sensor = group->options->sensor,
		.keep = worker_group_keep(group->options, delivery->can_wait),
		.workers = group->workers,
		.forked = group->line_locks != NULL,
		.live = !delivery->can_wait,
		.stop_ms = delivery->drain_ms,
		.confine = delivery->confine_history,
		.forget = forget,
		.forget_ctx = group,
		.counters = group->counters,
	};
	if (config.path != NULL) {
		group->history = history_writer_start(&config);
	}
	return config.path == NULL || group->history != NULL;
}

static bool open_evidence(struct worker_group *group)
{
	const char *path = group->options->evidence;
	int ret = path != NULL ? evidence_folder_open(&group->evidence, path) : 0;
	if (ret != 0) {
		log_error("evidence in %s: %s; choose another folder with --evidence", path,
		          strerror(-ret));
	}
	return ret == 0;
}

/* In a live capture. Without the folder incidents begin anew with each start. */
static void open_incidents_folder(struct worker_group *group, const char *state)
{
	int ret = incident_log_folder(state);
	if (ret >= 0) {
		group->incidents_folder = ret;
	} else {
		log_warn("%s/" INCIDENT_LOG_FOLDER ": %s; after a restart incidents begin anew",
		         state, ret == -EBUSY ? "another sensor uses it" : strerror(-ret));
	}
}

static bool open_incidents(struct worker_group *group, const char *state)
{
	if (!group->keeps_incidents) {
		return true;
	}
	if (!group->can_wait && state != NULL) {
		open_incidents_folder(group, state);
	}
	group->incidents = incident_sockets_open(group->workers, !group->can_wait);
	if (group->incidents == NULL) {
		log_error("incidents: %s", strerror(errno));
	}
	return group->incidents != NULL;
}

void worker_group_end_incidents(struct worker_group *group)
{
	incident_sockets_close(group->incidents);
	group->incidents = NULL;
}

int worker_group_keep_incidents(struct worker_group *group, bool restarted,
                                bool (*ready)(void *ctx, int journal), void *ctx)
{
	struct outputs *outputs = group->outputs[group->workers];
	struct incident_process process = {
		.workers = group->workers,
		.live = !group->can_wait,
		.quiet_end = group->groups_hits,
		.report = group->options->alerts != OPTIONS_ALERTS_HITS,
		.sensor = group->options->sensor,
		.sockets = group->incidents,
		.outputs = outputs,
		.counters = &group->counters[group->workers],
	};
	worker_group_enter_incidents(group);
	int ret = outputs_take_over(outputs, group->line_locks, restarted);
	if (ret != 0) {
		log_error("cannot write the journal: %s", strerror(-ret));
		return EXIT_FAILED;
	}
	if (group->incidents_folder >= 0) {
		process.log = incident_log_open(group->incidents_folder);
	}
	bool good = ready(ctx, outputs_journal_fd(outputs)) && incident_process_run(&process);
	incident_log_close(process.log);
	return outputs_end(outputs) && good ? EXIT_DONE : EXIT_FAILED;
}

bool worker_group_start(struct worker_group *group, const struct worker_group_delivery *delivery)
{
	group->can_wait = delivery->can_wait;
	group->metrics.counters = group->counters;
	group->metrics.rule_hits = group->rule_hits;
	group->metrics.sets = WORKER_GROUP_SETS;
	group->metrics.sensor = group->options->sensor;
	group->metrics.confine = delivery->confine_metrics;
	group->metrics.forget = enter_metrics;
	group->metrics.forget_ctx = group;
	outputs_name(group->outputs[0], &group->metrics.names);
	metrics_maintain(&group->metrics);
	return open_evidence(group) && start_history(group, delivery) &&
	       worker_group_start_outputs(group, delivery) &&
	       open_incidents(group, delivery->incidents);
}

void worker_group_tick(struct worker_group *group)
{
	int64_t now_ns = monotonic_ns();
	for (size_t i = 0; i < group->sets; i++) {
		outputs_maintain(group->outputs[i]);
	}
	metrics_maintain(&group->metrics);
	history_writer_maintain(group->history);
	evidence_folder_maintain(&group->evidence);
	worker_group_report_reload(group);
	worker_group_report_drops(group, now_ns);
	if (group->options->stats_s > 0 && now_ns >= group->stats_ns) {
		group->stats_ns = now_ns + group->options->stats_s * NS_PER_S;
		worker_group_log_counters(group);
	}
}

void worker_group_leave(struct worker_group *group, unsigned worker)
{
	if (worker < group->workers) {
		correlator_shared_leave(group->correlation, worker);
	}
}

void worker_group_reap(struct worker_group *group, unsigned worker)
{
	counters_reap(&group->counters[worker]);
	if (worker < group->workers) {
		history_writer_reap(group->history, worker);
	}
}

bool worker_group_deliver(struct worker_group *group)
{
	/* The history and the events are written at the same time. */
	history_writer_stop(group->history);
	bool good = worker_group_close_outputs(group);
	good = history_writer_close(group->history) && good;
	group->history = NULL;
	return good;
}

static void end_pushed(struct worker_group *group)
{
	pushed_rules_stop(group->pushed);
	group->pushed = NULL;
}

bool worker_group_finish(struct worker_group *group)
{
	end_pushed(group);
	bool good = worker_group_deliver(group);
	worker_group_print_summary(group);
	good = worker_group_save_summary(group) && good;
	worker_group_free(group);
	return good;
}

void worker_group_free(struct worker_group *group)
{
	if (group == NULL) {
		return;
	}
	worker_group_end_incidents(group);
	end_pushed(group);
	(void)history_writer_close(group->history);
	(void)worker_group_close_outputs(group);
	metrics_stop(&group->metrics);
	worker_group_leave_incidents(group);
	evidence_folder_close(&group->evidence);
	if (group->summary_fd >= 0) {
		(void)close(group->summary_fd);
	}
	shared_free(group->heartbeats, WORKER_GROUP_SETS * sizeof(*group->heartbeats));
	correlator_shared_free(group->correlation);
	known_free(group->known);
	asn_close(group->asns);
	line_lock_free(group->line_locks, OUTPUTS_MAX);
	ruleset_free(group->rules);
	counters_free(group->counters, WORKER_GROUP_SETS);
	rule_hits_free(group->rule_hits);
	free(group);
}
