/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/process/worker.h"
#include "sensor/outputs/outputs.h"
#include "sensor/outputs/rows_output.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time_ns.h"
#include "history/table.h"
#include "sensor/correlate/correlator.h"
#include "sensor/detect/pipeline.h"
#include "sensor/hits/hits.h"
#include "sensor/incidents/incident_feed.h"
#include "sensor/incidents/incidents.h"
#include "sensor/outputs/outputs.h"
#include "sensor/outputs/rows_output.h"
#include "sensor/process/channel.h"
#include "sensor/process/reload.h"
#include "sensor/system/signals.h"

#define EVENTS_BATCHED 256 /* events after which the outputs are flushed at once */
/* The longest time for which a worker of a live capture that ends waits to pass on its rows. */
#define LAST_ROWS_MS 1000
/* The time that a live worker has at its end to send notes of incidents. */
#define LAST_NOTES_MS 300

struct worker {
	struct worker_group *group;
	unsigned number;
	bool forked;
	int channel; /* to the supervisor */
	struct counters *counters;
	struct outputs *outputs;
	const struct ruleset *rules;
	struct ruleset *own_rules; /* NULL: those of the group */
	struct reload *reload;
	struct correlator *correlator;
	struct memory_budget memory;
	struct evidence *evidence;   /* NULL: packets of hits are not written */
	struct incidents *incidents; /* NULL: another process keeps them */
	struct incident_feed *feed;  /* the notes for that process; NULL: this one keeps them */
	struct hits *hits;
	struct baseline *baseline;     /* NULL: no rule learns */
	struct history_table *history; /* NULL: no history is kept */
	int64_t rows_due_ns;           /* when rows are passed on; 0: when the table is full */
	uint64_t rows_dropped;         /* those that were counted */
	struct rows_output *rows;      /* NULL: no output receives rows */
	uint8_t *batch;                /* the room of the current batch */
	uint8_t *own_batch;            /* room, if there is no folder */
	struct pipeline *pipeline;
	unsigned unflushed;
};

static void emit_record(struct worker *worker, const struct record *record)
{
	outputs_emit(worker->outputs, record);
	worker->unflushed++;
}

static void take_record(void *ctx, const struct record *record)
{
	struct worker *worker = ctx;
	if (record->kind != RECORD_HIT ||
	    worker->group->options->alerts != OPTIONS_ALERTS_INCIDENTS) {
		emit_record(worker, record);
	}
}

static void take_incident(void *ctx, const struct record *record)
{
	struct worker *worker = ctx;
	if (worker->group->options->alerts != OPTIONS_ALERTS_HITS) {
		emit_record(worker, record);
	}
}

static void take_note(void *ctx, const struct incident_note *note)
{
	struct worker *worker = ctx;
	if (worker->incidents != NULL) {
		incidents_take(worker->incidents, note);
	} else {
		incident_feed_put(worker->feed, note);
	}
}

/* The only worker of a replay keeps the incidents itself. */
static bool open_incidents(struct worker *worker)
{
	struct worker_group *group = worker->group;
	const struct incidents_config config = {
		.sensor = group->options->sensor,
		.counters = worker->counters,
		.emit = take_incident,
		.ctx = worker,
	};
	if (!group->keeps_incidents) {
		worker->incidents = incidents_new(&config);
		return worker->incidents != NULL;
	}
	worker->feed = calloc(1, sizeof(*worker->feed));
	if (worker->feed != NULL) {
		worker->feed->counters = worker->counters;
		worker->feed->socket =
		        incident_sockets_enter_worker(group->incidents, worker->number);
	}
	return worker->feed != NULL;
}

static void send_notes(struct worker *worker)
{
	if (worker->feed != NULL) {
		incident_feed_send(worker->feed);
	}
}

static void close_incidents(struct worker *worker)
{
	if (worker->feed != NULL) {
		incident_feed_end(worker->feed, LAST_NOTES_MS);
	}
	free(worker->feed);
	if (worker->incidents != NULL && !worker->group->groups_hits) {
		incidents_log(worker->incidents);
	}
	incidents_end(worker->incidents);
}

static bool open_evidence(struct worker *worker)
{
	const struct evidence_config config = {
		.folder = &worker->group->evidence,
		.counters = worker->counters,
		.worker = worker->number,
		/* A replay in this process has all rights of its caller. */
		.may_remove = worker->group->line_locks == NULL,
	};
	if (worker->group->options->evidence != NULL) {
		worker->evidence = evidence_new(&config);
		return worker->evidence != NULL;
	}
	return true;
}

static bool open_hits(struct worker *worker)
{
	const struct options *options = worker->group->options;
	const struct hits_config config = {
		.rules = worker->rules,
		.counters = worker->counters,
		.rule_hits = worker->group->rule_hits,
		.sensor = options->sensor,
		.memory = &worker->memory,
		.suppress_ns = options->suppress_s * NS_PER_S,
		.choice = { .severity = options->severity,
		            .kinds = options->hit_kinds,
		            .rule = options->rule },
		.evidence = worker->evidence,
		.emit = take_record,
		.ctx = worker,
		.learn = correlator_learn,
		.learn_ctx = worker->correlator,
		.note = take_note,
	};
	worker->hits = hits_new(&config);
	return worker->hits != NULL;
}

static bool has_folder(const struct worker *worker)
{
	return worker->group->options->history != NULL;
}

static uint8_t *find_room(void *ctx)
{
	struct worker *worker = ctx;
	worker->batch = has_folder(worker)
	                        ? history_writer_room(worker->group->history, worker->number)
	                        : worker->own_batch;
	return worker->batch;
}

static void put_batch(void *ctx, size_t size, size_t rows)
{
	const struct worker *worker = ctx;
	if (worker->rows != NULL) {
		rows_output_take(worker->rows, worker->batch, size, monotonic_ns());
	}
	if (has_folder(worker)) {
		history_writer_put(worker->group->history, worker->number, size, rows);
	}
}

static int64_t next_due_ns(const struct worker *worker)
{
	return monotonic_ns() + worker->group->options->history_interval_s * NS_PER_S;
}

static void count_dropped_rows(struct worker *worker, uint64_t dropped)
{
	counter_add_shared(&worker->counters->history_rows_dropped, dropped - worker->rows_dropped);
	worker->rows_dropped = dropped;
}

/* Passes rows on if they are due. If there is no room, the next call tries again. */
static void pass_rows(struct worker *worker)
{
	if (worker->rows_due_ns == 0 || worker->history == NULL) {
		return;
	}
	if (monotonic_ns() >= worker->rows_due_ns && history_table_flush(worker->history)) {
		worker->rows_due_ns = next_due_ns(worker);
	}
	if (has_folder(worker)) {
		history_writer_hold(worker->group->history, worker->number,
		                    history_table_rows(worker->history));
	}
	count_dropped_rows(worker, history_table_dropped(worker->history));
}

/* A worker in this process is created before the group starts the history, a worker process
 * afterwards. */
static bool open_history(struct worker *worker)
{
	const struct history_sink sink = { .room = find_room, .put = put_batch, .ctx = worker };
	bool sends = outputs_want_rows(worker->outputs);
	if (!sends && !has_folder(worker)) {
		return true;
	}
	if (sends) {
		worker->rows = rows_output_new(worker->outputs, worker->group->options->sensor);
	}
	if (!has_folder(worker)) {
		worker->own_batch = malloc(HISTORY_BATCH_MAX);
	}
	worker->history = history_table_new(&sink);
	if (worker->group->options->history_interval_s > 0) {
		worker->rows_due_ns = next_due_ns(worker);
	}
	return worker->history != NULL && (!sends || worker->rows != NULL) &&
	       (has_folder(worker) || worker->own_batch != NULL);
}

/* The table belongs to all workers, so one of them counts what it has forgotten. */
static void count_baseline(const struct worker *worker)
{
	struct counters *counters = worker->counters;
	if (worker->baseline != NULL) {
		counter_set(&counters->baseline_omitted, baseline_omitted(worker->baseline));
	}
	if (worker->baseline != NULL && worker->number == 0) {
		counter_set(&counters->baseline_evicted, known_evicted(worker->group->known));
	}
}

static bool open_baseline(struct worker *worker)
{
	struct known *known = worker->group->known;
	if (known != NULL) {
		worker->baseline = baseline_new(known, worker->rules, worker->group->asns);
	}
	return known == NULL || worker->baseline != NULL;
}

static void pass_last_rows(struct worker *worker)
{
	if (worker->history == NULL) {
		return;
	}
	if (worker->rows_due_ns != 0 && has_folder(worker)) {
		history_writer_await_room(worker->group->history, worker->number, LAST_ROWS_MS);
	}
	bool passed = history_table_flush(worker->history);
	size_t left = passed ? 0 : history_table_rows(worker->history);
	count_dropped_rows(worker, history_table_dropped(worker->history) + left);
	if (worker->rows_due_ns != 0 && has_folder(worker)) {
		history_writer_hold(worker->group->history, worker->number, 0);
	}
}

static bool open_pipeline(struct worker *worker)
{
	const struct options *options = worker->group->options;
	const struct pipeline_config config = {
		.ports = &options->ports,
		.hits = worker->hits,
		.correlator = worker->correlator,
		.counters = worker->counters,
		.memory = &worker->memory,
		.evidence = worker->evidence,
		.history = worker->history,
		.history_clients = options->history_clients,
		.baseline = worker->baseline,
		.history_mail = options->history_mail != OPTIONS_HISTORY_MAIL_NONE,
		.history_mailboxes = options->history_mail == OPTIONS_HISTORY_MAIL_MAILBOXES,
		.dedup_ns = options->dedup_ms * 1000000LL,
		.notice_copies = options->interfaces.count == 0,
		.questions = options->questions,
		/* In a replay the answer may be in a file that another worker reads. */
		.unanswered = !worker->group->can_wait || worker->group->workers == 1,
		.separate = options->separate,
		.log_dns = (options->log & OPTIONS_LOG_DNS) != 0,
		.log_smtp = (options->log & OPTIONS_LOG_SMTP) != 0,
	};
	return pipeline_new(&worker->pipeline, &config) == 0;
}

static void free_worker(struct worker *worker)
{
	/* Sessions that end now emit events, which need all parts below. */
	pipeline_free(worker->pipeline);
	pass_last_rows(worker);
	history_table_free(worker->history);
	baseline_free(worker->baseline);
	rows_output_close(worker->rows);
	free(worker->own_batch);
	hits_free(worker->hits);
	close_incidents(worker);
	evidence_free(worker->evidence);
	correlator_finish(worker->correlator);
	correlator_free(worker->correlator);
	reload_free(worker->reload);
	ruleset_free(worker->own_rules);
	free(worker);
}

struct worker *worker_new(struct worker_group *group, unsigned number)
{
	const struct options *options = group->options;
	struct worker *worker = calloc(1, sizeof(*worker));
	if (worker == NULL) {
		log_error("out of memory");
		return NULL;
	}
	worker->group = group;
	worker->number = number;
	worker->counters = &group->counters[number];
	worker->outputs = group->outputs[number];
	worker->rules = group->rules;
	memory_budget_init(&worker->memory, MEMORY_BUDGET_WORKER);
	worker->reload = reload_new(group->rules, options->min_ratio, number > 0);
	worker->correlator = correlator_new(group->correlation, number, signals_stop);
	if (worker->reload == NULL || worker->correlator == NULL || !open_evidence(worker) ||
	    !open_incidents(worker) || !open_hits(worker) || !open_history(worker) ||
	    !open_baseline(worker) || !open_pipeline(worker)) {
		log_error("out of memory");
		free_worker(worker);
		return NULL;
	}
	return worker;
}

struct worker *worker_new_forked(struct worker_group *group, unsigned number, int channel,
                                 bool restarted)
{
	worker_group_enter_worker(group, number);
	int ret = outputs_take_over(group->outputs[number], group->line_locks, restarted);
	if (ret != 0) {
		log_error("cannot write the journal: %s", strerror(-ret));
		return NULL;
	}
	struct worker *worker = worker_new(group, number);
	if (worker != NULL) {
		worker->forked = true;
		worker->channel = channel;
	}
	return worker;
}

void worker_packet(struct worker *worker, const struct packet *packet)
{
	correlator_packet(worker->correlator, packet->time_ns);
	pipeline_packet(worker->pipeline, packet);
	if (worker->unflushed >= EVENTS_BATCHED) {
		worker_flush(worker);
	} else if (!worker->group->can_wait) {
		/* A replay can read its packets again; live packets are lost. */
		outputs_keep(worker->outputs);
		send_notes(worker);
	}
}

void worker_flush(struct worker *worker)
{
	worker->unflushed = 0;
	send_notes(worker);
	pass_rows(worker);
	pipeline_count(worker->pipeline);
	count_baseline(worker);
	outputs_flush(worker->outputs);
	counter_add(&worker->group->heartbeats[worker->number], 1);
}

void worker_flush_pending(struct worker *worker)
{
	if (worker->unflushed > 0) {
		worker_flush(worker);
	}
}

void worker_idle(struct worker *worker)
{
	pipeline_tick(worker->pipeline, realtime_ns());
	worker_flush(worker);
}

void worker_reload(struct worker *worker)
{
	struct channel_fds fds;
	int image = -1;
	while (channel_receive(worker->channel, &fds) == CHANNEL_MESSAGE) {
		if (fds.count == 0) {
			continue;
		}
		if (image >= 0) {
			(void)close(image);
		}
		image = fds.items[0];
		outputs_replace_files(worker->outputs, fds.items + 1, fds.count - 1);
	}
	if (image >= 0) {
		reload_ask(worker->reload, image);
	}
}

void worker_take_rules(struct worker *worker)
{
	struct ruleset_stats stats;
	struct ruleset *fresh;
	if (reload_take(worker->reload, worker->rules, &stats, &fresh) != RELOAD_FRESH) {
		return;
	}
	hits_set_rules(worker->hits, fresh);
	if (worker->baseline != NULL) {
		baseline_set_rules(worker->baseline, fresh);
	}
	ruleset_free(worker->own_rules);
	worker->own_rules = fresh;
	worker->rules = fresh;
	counter_set(&worker->counters->rules, stats.rules);
	counter_add(&worker->counters->reloads, 1);
}

bool worker_has_outputs(const struct worker *worker)
{
	return outputs_alive(worker->outputs);
}

bool worker_should_stop(const struct worker *worker)
{
	return signals_stop() || !worker_has_outputs(worker);
}

bool worker_end(struct worker *worker)
{
	struct outputs *outputs = worker->outputs;
	bool forked = worker->forked;
	pipeline_count(worker->pipeline);
	count_baseline(worker);
	free_worker(worker);
	return !forked || outputs_end(outputs);
}
