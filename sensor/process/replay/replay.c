/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/process/replay/replay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "sensor/process/replay/progress.h"
#include "sensor/process/replay/replay_inputs.h"
#include "sensor/process/supervisor.h"
#include "sensor/process/worker.h"
#include "sensor/system/signals.h"

/* The longest time for which a replay tries to reach a Redis that has never answered. */
#define STALL_MS 10000

#define TICK_PACKETS 8192

struct replay {
	struct options *options;
	struct worker_group *group;
	struct worker *worker;
	struct progress progress;
	bool failed;
	bool interrupted; /* before all packets were read */
	bool forked;      /* workers are processes of their own */
	size_t files;
	struct replay_inputs *shares; /* the captures of each worker */
};

/* Several workers add to the file, so each text is one write. */
static void note_unread(const char *path, const char *error)
{
	FILE *file = fopen(path, "ae");
	if (file != NULL) {
		(void)fwrite(error, 1, strlen(error) + 1, file);
		(void)fclose(file);
	}
}

static void fail(struct replay *replay, const char *error)
{
	progress_clear(&replay->progress);
	log_error("%s", error);
	replay->failed = true;
	if (replay->options->unread != NULL) {
		note_unread(replay->options->unread, error);
	}
}

static void warn(struct replay *replay, const char *text)
{
	progress_clear(&replay->progress);
	log_warn("%s", text);
}

/* Called while Redis is waited for, more often than the line is due. */
static bool wait_for_delivery(void *ctx)
{
	struct replay *replay = ctx;
	struct counters sum;
	if (progress_is_due(&replay->progress)) {
		worker_group_count(replay->group, &sum);
		progress_show_delivery(&replay->progress, &sum);
	}
	if (replay->forked) {
		(void)signals_next(0);
	}
	return !signals_stop();
}

/* Handles what is not a packet; false at the end. */
static bool report_status(struct replay *replay, enum capture_status status, const char *error)
{
	switch (status) {
	case CAPTURE_WARNING:
		warn(replay, error);
		return true;
	case CAPTURE_DAMAGED:
	case CAPTURE_ERROR:
		/* A signal to stop interrupts a read, which is not an error of the file. */
		if (!signals_stop()) {
			fail(replay, error);
		}
		return true;
	default:
		return status != CAPTURE_END;
	}
}

/* Whether an input is a pipe. Its next packet may take long, and events must not wait for it. */
static bool is_piped(const struct options_operands *files)
{
	for (size_t i = 0; i < files->count; i++) {
		struct stat info;
		if (strcmp(files->items[i], "-") == 0 ||
		    (stat(files->items[i], &info) == 0 && S_ISFIFO(info.st_mode))) {
			return true;
		}
	}
	return false;
}

static void tick(struct replay *replay, const struct merge *merge)
{
	struct counters sum;
	worker_flush(replay->worker);
	if (progress_is_due(&replay->progress)) {
		worker_group_count(replay->group, &sum);
		progress_show_capture(&replay->progress, merge, &sum);
	}
	/* A process that is only a worker has no outputs of others; its supervisor maintains them.
	 */
	if (replay->options->workers == 1) {
		worker_group_tick(replay->group);
	}
}

/* SIGINT or SIGTERM came before the last packet. */
static void report_interruption(struct replay *replay, const struct merge *merge)
{
	const char *path;
	const struct capture *capture = merge_current(merge, &path);
	replay->interrupted = true;
	if (capture != NULL) {
		log_error("%s: interrupted after packet %" PRIu64, path, capture_number(capture));
	} else {
		log_error("interrupted while a capture was opened");
	}
}

static void read_packets(struct replay *replay, struct merge *merge)
{
	bool ended = false;
	char error[CAPTURE_ERROR_MAX];
	struct packet packet;
	bool piped = is_piped(&replay->options->operands);
	for (uint64_t count = 1; !ended && !worker_should_stop(replay->worker); count++) {
		enum capture_status status = merge_next(merge, &packet, error);
		if (status == CAPTURE_PACKET) {
			worker_packet(replay->worker, &packet);
		} else {
			ended = !report_status(replay, status, error);
		}
		if (piped) {
			worker_flush_pending(replay->worker);
		}
		if (count % TICK_PACKETS == 0) {
			tick(replay, merge);
		}
	}
	progress_clear(&replay->progress);
	worker_flush(replay->worker);
	if (!ended && signals_stop()) {
		report_interruption(replay, merge);
	}
}

static void read_inputs(struct replay *replay, struct replay_inputs *inputs)
{
	const struct merge_choice choice = {
		.filter = replay->options->filter,
		.since_ns = replay->options->since_ns,
		.until_ns = replay->options->until_ns,
	};
	struct merge *merge = merge_new(inputs->items, inputs->count, &choice);
	if (merge != NULL) {
		read_packets(replay, merge);
	} else {
		fail(replay, "out of memory");
	}
	merge_free(merge);
}

static void report_input(void *ctx, bool failed, const char *text)
{
	if (failed) {
		fail(ctx, text);
	} else {
		warn(ctx, text);
	}
}

static bool find_inputs(struct replay *replay, struct replay_inputs *inputs)
{
	if (!replay_inputs_find(inputs, &replay->options->operands, report_input, replay)) {
		fail(replay, "out of memory");
		return false;
	}
	return true;
}

static struct worker_group_delivery delivery_of(struct replay *replay)
{
	return (struct worker_group_delivery){
		.state = replay->options->state,
		.stall_ms = STALL_MS,
		.can_wait = true,
		.waiting = wait_for_delivery,
		.waiting_ctx = replay,
	};
}

static int finish(struct replay *replay, bool good)
{
	if (!worker_group_finish(replay->group) || !good || replay->failed) {
		return EXIT_FAILED;
	}
	return replay->interrupted ? EXIT_INTERRUPTED : EXIT_DONE;
}

static int new_group(struct replay *replay, bool forked)
{
	int ret = worker_group_new(&replay->group, replay->options, forked);
	if (ret == EXIT_DONE && (ret = worker_group_learn(replay->group)) != EXIT_DONE) {
		worker_group_free(replay->group);
	}
	return ret;
}

/* One worker, in this process */

static bool start_worker(struct replay *replay)
{
	const struct worker_group_delivery delivery = delivery_of(replay);
	if (!worker_group_open(replay->group)) {
		return false;
	}
	replay->worker = worker_new(replay->group, 0);
	if (replay->worker == NULL) {
		return false;
	}
	if (!worker_group_load(replay->group) || !worker_group_start(replay->group, &delivery)) {
		(void)worker_end(replay->worker);
		return false;
	}
	return true;
}

static int replay_here(struct replay *replay)
{
	struct replay_inputs inputs = { .items = NULL };
	int ret = new_group(replay, false);
	if (ret != EXIT_DONE) {
		return ret;
	}
	if (!start_worker(replay)) {
		worker_group_free(replay->group);
		return EXIT_FAILED;
	}
	if (find_inputs(replay, &inputs)) {
		read_inputs(replay, &inputs);
	}
	replay_inputs_free(&inputs);
	(void)worker_end(replay->worker);
	return finish(replay, true);
}

/* Several workers, each in a process with its share of the files */

static bool sign_ready(void *ctx, int journal)
{
	const int *channel = ctx;
	(void)journal;
	return channel_sign(*channel);
}

static int work(void *ctx, unsigned number, int channel, bool restarted)
{
	struct replay *replay = ctx;
	if (number == replay->group->workers) {
		return worker_group_keep_incidents(replay->group, restarted, sign_ready, &channel);
	}
	replay->forked = false;
	replay->progress.enabled = false; /* the parent shows it */
	replay->failed = false;
	replay->worker = worker_new_forked(replay->group, number, channel, restarted);
	if (replay->worker == NULL) {
		return EXIT_FAILED;
	}
	if (!channel_sign(channel)) {
		log_error("worker %u: %s", number, strerror(errno));
		(void)worker_end(replay->worker);
		return EXIT_FAILED;
	}
	read_inputs(replay, &replay->shares[number]);
	bool has_outputs = worker_has_outputs(replay->worker);
	bool good = worker_end(replay->worker);
	if (!has_outputs) {
		return SUPERVISOR_OUTPUTS_GONE;
	}
	return good && !replay->failed ? EXIT_DONE : EXIT_FAILED;
}

static enum supervisor_action tick_workers(void *ctx)
{
	struct replay *replay = ctx;
	struct counters sum;
	if (replay->progress.enabled) {
		worker_group_count(replay->group, &sum);
		progress_show_files(&replay->progress, replay->files, &sum);
	}
	return SUPERVISOR_CONTINUE;
}

static int replay_shares(struct replay *replay)
{
	const struct worker_group_delivery delivery = delivery_of(replay);
	struct supervisor_config config = {
		.work = work,
		.tick = tick_workers,
		.ctx = replay,
	};
	int ret = new_group(replay, true);
	if (ret != EXIT_DONE) {
		return ret;
	}
	if (!worker_group_share_watermarks(replay->group) || !worker_group_open(replay->group) ||
	    !worker_group_load(replay->group) || !worker_group_start(replay->group, &delivery)) {
		worker_group_free(replay->group);
		return EXIT_FAILED;
	}
	config.group = replay->group;
	replay->forked = true;
	bool good = supervisor_run(&config);
	replay->interrupted = signals_stop(); /* workers have logged where */
	progress_clear(&replay->progress);
	return finish(replay, good);
}

static int replay_forked(struct replay *replay)
{
	struct replay_inputs inputs = { .items = NULL };
	struct replay_inputs shares[OPTIONS_WORKERS_MAX] = { { .items = NULL } };
	struct options *options = replay->options;
	int ret = EXIT_FAILED;
	bool found = find_inputs(replay, &inputs);
	if (inputs.count < options->workers) {
		options->workers = inputs.count > 0 ? (uint32_t)inputs.count : 1;
	}
	replay->files = inputs.count;
	replay->shares = shares;
	if (found && replay_inputs_deal(&inputs, shares, options->workers)) {
		ret = replay_shares(replay);
	} else if (found) {
		fail(replay, "out of memory");
	}
	for (size_t i = 0; i < OPTIONS_WORKERS_MAX; i++) {
		replay_inputs_free(&shares[i]);
	}
	replay_inputs_free(&inputs);
	return ret;
}

int replay_run(struct options *options)
{
	struct replay replay = { .options = options };
	progress_init(&replay.progress, options->progress);
	signals_install();
	return options->workers > 1 ? replay_forked(&replay) : replay_here(&replay);
}
