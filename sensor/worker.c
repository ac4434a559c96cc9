/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sensor/counters.h"
#include "sensor/deliver/outputs.h"
#include "sensor/hijacks.h"
#include "sensor/hits.h"
#include "sensor/join.h"
#include "sensor/log.h"
#include "sensor/metrics.h"
#include "sensor/pipeline.h"
#include "sensor/reload.h"
#include "sensor/rules_source.h"
#include "sensor/signals.h"
#include "sensor/watch.h"

#define NS_PER_S       1000000000LL
#define WARN_EVERY_S   60
#define EVENTS_BATCHED 256 /* events after which they are handed on at once */

struct worker {
	const struct options *options;
	struct counters *counters;
	struct ruleset *rules;
	struct reload *reload;
	struct outputs *outputs;
	struct watch *watch;
	struct join *join;
	struct hijacks *hijacks;
	struct hits *hits;
	struct pipeline *pipeline;
	struct timespec started;
	time_t stats_at;
	time_t drops_said;
	uint64_t drops_before;
	unsigned unflushed;
	bool (*waiting)(void *ctx); /* NULL: it never waits */
	void *waiting_ctx;
	pid_t metrics;
	int summary_fd; /* -1: none, or saved */
};

static void take_event(void *ctx, const struct event *event)
{
	struct worker *worker = ctx;
	outputs_emit(worker->outputs, event);
	worker->unflushed++;
}

static void learn_hit(void *ctx, const struct observation *seen, const struct rule_view *rule,
                      const char *event_id)
{
	struct worker *worker = ctx;
	join_learn(worker->join, seen, rule, event_id);
	hijacks_answer(worker->hijacks, seen);
}

static int open_pipeline(struct worker *worker)
{
	const struct options *options = worker->options;
	worker->watch = watch_new(options->watch_s * NS_PER_S);
	worker->join = worker->watch != NULL ? join_new(worker->watch) : NULL;
	worker->hijacks = hijacks_new();
	if (worker->join == NULL || worker->hijacks == NULL) {
		return -ENOMEM;
	}
	const struct hits_config hits = {
		.rules = worker->rules,
		.counters = worker->counters,
		.sensor = options->sensor,
		.suppress_ns = options->suppress_s * NS_PER_S,
		.emit = take_event,
		.ctx = worker,
		.learn = learn_hit,
		.learn_ctx = worker,
	};
	worker->hits = hits_new(&hits);
	if (worker->hits == NULL) {
		return -ENOMEM;
	}
	const struct pipeline_config config = {
		.ports = &options->ports,
		.hits = worker->hits,
		.watch = worker->watch,
		.join = worker->join,
		.hijacks = worker->hijacks,
		.counters = worker->counters,
		.dedup_ns = options->dedup_ms * 1000000LL,
		.log_dns = options->log_dns,
		.log_smtp = options->log_smtp,
	};
	return pipeline_new(&worker->pipeline, &config);
}

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

int worker_new(struct worker **out, const struct options *options)
{
	struct ruleset_stats stats;
	struct worker *worker = calloc(1, sizeof(*worker));
	if (worker == NULL) {
		log_error("out of memory");
		return EXIT_FAILED;
	}
	worker->options = options;
	worker->summary_fd = -1;
	(void)clock_gettime(CLOCK_MONOTONIC, &worker->started);
	worker->stats_at = worker->started.tv_sec + options->stats_s;
	if (!check_filter(options) || (worker->outputs = parse_outputs(options)) == NULL ||
	    (worker->rules = rules_source_load(&options->rules, &stats)) == NULL) {
		worker_free(worker);
		return EXIT_USAGE;
	}
	worker->counters = counters_new();
	worker->reload = reload_new(&options->rules, options->min_ratio);
	if (worker->counters == NULL || worker->reload == NULL || open_pipeline(worker) != 0) {
		log_error("out of memory");
		worker_free(worker);
		return EXIT_FAILED;
	}
	counter_set(&worker->counters->rules, stats.rules);
	*out = worker;
	return EXIT_DONE;
}

/* At the start, for at the end it would be late to learn that it cannot be written. */
static bool open_summary(struct worker *worker)
{
	const char *path = worker->options->summary;
	if (path == NULL) {
		return true;
	}
	worker->summary_fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (worker->summary_fd < 0) {
		log_error("--summary %s: %s", path, strerror(errno));
		return false;
	}
	return true;
}

static bool save_summary(struct worker *worker)
{
	int fd = worker->summary_fd;
	worker->summary_fd = -1;
	if (fd >= 0 && counters_save(worker->counters, fd) != 0) {
		log_error("--summary %s: %s", worker->options->summary, strerror(errno));
		return false;
	}
	return true;
}

bool worker_open_outputs(struct worker *worker)
{
	char error[OUTPUTS_ERROR_MAX];
	if (!outputs_open_local(worker->outputs, error)) {
		log_error("%s", error);
		return false;
	}
	return open_summary(worker);
}

void worker_be_patient(struct worker *worker, bool (*waiting)(void *ctx), void *ctx)
{
	worker->waiting = waiting;
	worker->waiting_ctx = ctx;
}

bool worker_start(struct worker *worker, const char *state, unsigned drain_ms, unsigned stall_ms)
{
	char error[OUTPUTS_ERROR_MAX];
	const struct outputs_config config = {
		.counters = worker->counters,
		.sensor = worker->options->sensor,
		.state = state,
		.drain_ms = drain_ms,
		.stall_ms = stall_ms,
		.journal_max = worker->options->journal_max,
		.journal_sync = worker->options->journal_sync,
		.patient = worker->waiting != NULL,
		.waiting = worker->waiting,
		.waiting_ctx = worker->waiting_ctx,
	};
	if (!outputs_start(worker->outputs, &config, error)) {
		log_error("%s", error);
		return false;
	}
	return true;
}

bool worker_start_metrics(struct worker *worker, const struct privileges *privileges)
{
	const struct metrics_config config = {
		.endpoint = &worker->options->metrics,
		.counters = worker->counters,
		.sensor = worker->options->sensor,
		.privileges = privileges,
	};
	return metrics_start(&config, &worker->metrics);
}

bool worker_needs_journal(const struct worker *worker)
{
	return outputs_need_journal(worker->outputs);
}

void worker_packet(struct worker *worker, const struct packet *packet)
{
	pipeline_packet(worker->pipeline, packet);
	if (worker->unflushed >= EVENTS_BATCHED) {
		worker_flush(worker);
	} else if (worker->waiting == NULL) {
		/* Live packets do not come again, those of a replay can be read again. */
		outputs_keep(worker->outputs);
	}
}

static void print_stats(struct worker *worker)
{
	struct timespec now;
	if (worker->options->stats_s == 0) {
		return;
	}
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	if (now.tv_sec < worker->stats_at) {
		return;
	}
	worker->stats_at = now.tv_sec + worker->options->stats_s;
	counters_settle(worker->counters);
	char line[2048];
	size_t size = 0;
	for (size_t i = 0; i < COUNTERS_COUNT && size < sizeof(line); i++) {
		size += (size_t)snprintf(line + size, sizeof(line) - size, " %s=%" PRIu64,
		                         counters_name(i), counters_value(worker->counters, i));
	}
	log_info("stats:%s", line);
}

void worker_flush(struct worker *worker)
{
	worker->unflushed = 0;
	outputs_flush(worker->outputs);
	pipeline_count(worker->pipeline);
	print_stats(worker);
}

void worker_flush_pending(struct worker *worker)
{
	if (worker->unflushed > 0) {
		worker_flush(worker);
	}
}

void worker_idle(struct worker *worker)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	pipeline_tick(worker->pipeline, now.tv_sec * NS_PER_S + now.tv_nsec);
	worker_flush(worker);
}

void worker_reload(struct worker *worker)
{
	reload_ask(worker->reload);
}

void worker_take_rules(struct worker *worker)
{
	struct ruleset_stats stats;
	struct ruleset *fresh;
	enum reload_outcome outcome = reload_take(worker->reload, worker->rules, &stats, &fresh);
	if (outcome == RELOAD_NOTHING) {
		return;
	}
	counter_add(&worker->counters->rules_errors, stats.errors);
	if (outcome == RELOAD_REFUSED) {
		return;
	}
	hits_set_rules(worker->hits, fresh);
	ruleset_free(worker->rules);
	worker->rules = fresh;
	counter_set(&worker->counters->rules, stats.rules);
	counter_add(&worker->counters->reloads, 1);
	log_info("%zu rules read again", stats.rules);
}

void worker_count_drops(struct worker *worker, const struct capture_drops *drops)
{
	uint64_t all = drops->kernel + drops->interface;
	counter_set(&worker->counters->kernel_drops, drops->kernel);
	counter_set(&worker->counters->interface_drops, drops->interface);
	time_t now = time(NULL);
	if (all > worker->drops_before && now - worker->drops_said >= WARN_EVERY_S) {
		log_warn("%" PRIu64 " packets dropped before they were read",
		         all - worker->drops_before);
		worker->drops_before = all;
		worker->drops_said = now;
	}
}

bool worker_should_stop(const struct worker *worker)
{
	return signals_stop() || !outputs_alive(worker->outputs);
}

void worker_totals(const struct worker *worker, uint64_t *packets, uint64_t *hits)
{
	*packets = counter_get(&worker->counters->packets);
	*hits = counter_get(&worker->counters->hits);
}

void worker_delivery(const struct worker *worker, uint64_t *delivered, uint64_t *pending)
{
	counters_settle(worker->counters);
	*delivered = counter_get(&worker->counters->events_delivered);
	*pending = counter_get(&worker->counters->events_pending);
}

static void print_summary(const struct worker *worker)
{
	const struct counters *c = worker->counters;
	struct timespec now;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	double seconds = (double)(now.tv_sec - worker->started.tv_sec) +
	                 (double)(now.tv_nsec - worker->started.tv_nsec) / NS_PER_S;
	log_info("%" PRIu64 " packets, %" PRIu64 " bytes in %.2f s (%" PRIu64
	         " not decoded, %" PRIu64 " dropped)",
	         counter_get(&c->packets), counter_get(&c->bytes), seconds,
	         counter_get(&c->undecoded_packets),
	         counter_get(&c->kernel_drops) + counter_get(&c->interface_drops));
	log_info("%" PRIu64 " DNS responses (%" PRIu64 " malformed messages), %" PRIu64
	         " SMTP sessions, %" PRIu64 " recipients",
	         counter_get(&c->dns_responses), counter_get(&c->dns_malformed),
	         counter_get(&c->smtp_sessions), counter_get(&c->smtp_recipients));
	log_info("%" PRIu64 " hits by %" PRIu64 " rules (%" PRIu64
	         " repeats held back); events: %" PRIu64 " delivered, %" PRIu64 " pending, %" PRIu64
	         " dropped",
	         counter_get(&c->hits), counter_get(&c->rules), counter_get(&c->hits_suppressed),
	         counter_get(&c->events_delivered), counter_get(&c->events_pending),
	         counter_get(&c->events_dropped));
}

bool worker_finish(struct worker *worker)
{
	pipeline_count(worker->pipeline);
	pipeline_free(worker->pipeline);
	worker->pipeline = NULL;
	hits_free(worker->hits);
	worker->hits = NULL;
	bool good = outputs_close(worker->outputs);
	worker->outputs = NULL;
	counters_settle(worker->counters);
	hijacks_report(worker->hijacks);
	print_summary(worker);
	good = save_summary(worker) && good;
	worker_free(worker);
	return good;
}

void worker_free(struct worker *worker)
{
	if (worker == NULL) {
		return;
	}
	pipeline_free(worker->pipeline);
	hits_free(worker->hits);
	if (worker->outputs != NULL) {
		(void)outputs_close(worker->outputs);
	}
	metrics_stop(worker->metrics);
	hijacks_free(worker->hijacks);
	join_free(worker->join);
	watch_free(worker->watch);
	if (worker->summary_fd >= 0) {
		(void)close(worker->summary_fd);
	}
	reload_free(worker->reload);
	ruleset_free(worker->rules);
	counters_free(worker->counters);
	free(worker);
}
