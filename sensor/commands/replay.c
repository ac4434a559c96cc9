/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time_ns.h"
#include "sensor/commands/command.h"
#include "sensor/intake/capture.h"
#include "sensor/intake/folder.h"
#include "sensor/intake/merge.h"
#include "sensor/process/supervisor.h"
#include "sensor/process/worker.h"
#include "sensor/system/signals.h"

/* How long a replay goes on trying to reach a Redis that has not answered once. */
#define STALL_MS 10000

#define PROGRESS_EVERY_PACKETS 8192
#define PROGRESS_EVERY_NS      200000000LL

const struct command_help replay_help = {
	.text = "A capture is pcap or pcapng, either of them compressed with gzip, zstd, xz or "
	        "lz4. A folder stands for the captures in it, - for standard input. Several "
	        "captures are read as one, in order of time. A damaged or truncated capture is "
	        "read as far as possible; the damage is reported and the exit status is 1.\n\n"
	        "Events go to standard output, everything else to standard error.",
	.examples = { { "nsmx replay incident.pcap", "hits by the installed rules" },
	              { "nsmx replay -r my.rules -o redis://127.0.0.1 captures/",
	                "hits by other rules, into Redis" },
	              { "tcpdump -w - port 53 | nsmx replay -", "hits in a pipe" } },
};

/* What is to be read, folders searched. */
struct inputs {
	struct merge_input *items;
	size_t count;
};

struct replay {
	struct options *options;
	struct worker_group *group;
	struct worker *worker;
	bool progress;
	bool shown; /* a line of progress stands on the terminal */
	int64_t shown_ns;
	bool failed;
	bool forked;           /* workers are processes of their own */
	struct inputs *shares; /* of each */
	size_t files;
};

static void clear_progress(struct replay *replay)
{
	if (replay->shown) {
		(void)fputs("\r\033[K", stderr);
		replay->shown = false;
	}
}

/* The cursor goes back: what another process says next takes the line's place. */
static void show_progress(struct replay *replay, const struct merge *merge)
{
	uint64_t done, size;
	struct counters sum;
	const char *path;
	int64_t now_ns = monotonic_ns();
	const struct capture *capture = merge_current(merge, &path);
	if (capture == NULL || now_ns - replay->shown_ns < PROGRESS_EVERY_NS) {
		return;
	}
	replay->shown_ns = now_ns;
	replay->shown = true;
	capture_progress(capture, &done, &size);
	worker_group_count(replay->group, &sum);
	(void)fprintf(stderr, "\r\033[Knsmx: ");
	if (size > 0) {
		(void)fprintf(stderr, "%3d %% of ", (int)(done * 100 / size));
	}
	(void)fprintf(stderr, "%.60s: %" PRIu64 " packets, %" PRIu64 " hits\r", path,
	              counter_get(&sum.packets), counter_get(&sum.hits));
	(void)fflush(stderr);
}

/* While Redis is waited for. Called often: the line is rewritten as often as others. */
static bool show_delivery(void *ctx)
{
	struct replay *replay = ctx;
	struct counters sum;
	int64_t now_ns = monotonic_ns();
	if (replay->progress && now_ns - replay->shown_ns >= PROGRESS_EVERY_NS) {
		worker_group_count(replay->group, &sum);
		uint64_t delivered = counter_get(&sum.events_delivered);
		uint64_t pending = counter_get(&sum.events_pending);
		replay->shown_ns = now_ns;
		replay->shown = pending > 0;
		(void)fprintf(stderr, "\r\033[K");
		if (pending > 0) {
			(void)fprintf(stderr,
			              "nsmx: delivering: %" PRIu64 " of %" PRIu64 " events\r",
			              delivered, delivered + pending);
		}
		(void)fflush(stderr);
	}
	if (replay->forked) {
		(void)signals_next(0);
	}
	return !signals_stop();
}

static void fail(struct replay *replay, const char *error)
{
	clear_progress(replay);
	log_error("%s", error);
	replay->failed = true;
}

/* Something to be told between two packets. False: that was all. */
static bool tell(struct replay *replay, enum capture_status status, const char *error)
{
	switch (status) {
	case CAPTURE_WARNING:
		clear_progress(replay);
		log_warn("%s", error);
		return true;
	case CAPTURE_DAMAGED:
	case CAPTURE_ERROR:
		/* A signal that asks to stop interrupts a read: no fault of the file. */
		if (!signals_stop()) {
			fail(replay, error);
		}
		return true;
	default:
		return status != CAPTURE_END;
	}
}

/* The next packet of a pipe may be long in coming: whoever watches must not wait. */
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
	worker_flush(replay->worker);
	if (replay->progress) {
		show_progress(replay, merge);
	}
	worker_group_tick(replay->group);
}

static void replay_packets(struct replay *replay, struct merge *merge)
{
	char error[CAPTURE_ERROR_MAX];
	struct packet packet;
	bool piped = is_piped(&replay->options->operands);
	for (uint64_t count = 1; !worker_should_stop(replay->worker); count++) {
		enum capture_status status = merge_next(merge, &packet, error);
		if (status == CAPTURE_PACKET) {
			worker_packet(replay->worker, &packet);
		} else if (!tell(replay, status, error)) {
			break;
		}
		if (piped) {
			worker_flush_pending(replay->worker);
		}
		if (count % PROGRESS_EVERY_PACKETS == 0) {
			tick(replay, merge);
		}
	}
	clear_progress(replay);
	worker_flush(replay->worker);
}

static bool add_input(struct inputs *inputs, const char *path, int64_t first_ns)
{
	struct merge_input *larger =
	        reallocarray(inputs->items, inputs->count + 1, sizeof(*larger));
	if (larger == NULL) {
		return false;
	}
	inputs->items = larger;
	larger[inputs->count].path = strdup(path);
	larger[inputs->count].first_ns = first_ns;
	return larger[inputs->count].path != NULL && ++inputs->count > 0;
}

static void free_inputs(struct inputs *inputs)
{
	for (size_t i = 0; i < inputs->count; i++) {
		free(inputs->items[i].path);
	}
	free(inputs->items);
}

static void report_of_folder(void *ctx, bool failed, const char *text)
{
	if (failed) {
		fail(ctx, text);
	} else {
		clear_progress(ctx);
		log_warn("%s", text);
	}
}

static bool add_folder(struct replay *replay, struct inputs *inputs, const char *path)
{
	struct folder folder = { .report = report_of_folder, .ctx = replay };
	bool added = true;
	folder_read(&folder, path);
	if (folder.count == 0 && !signals_stop()) {
		clear_progress(replay);
		log_warn("%s: no captures in it", path);
	}
	for (size_t i = 0; i < folder.count && added; i++) {
		added = add_input(inputs, folder.files[i].path, folder.files[i].first_ns);
	}
	folder_free(&folder);
	return added;
}

/* A file alone is not looked into before it is read: it may be a pipe. */
static bool add_file(struct inputs *inputs, const char *path, bool alone)
{
	char error[CAPTURE_ERROR_MAX];
	struct stat info;
	int64_t first_ns = INT64_MIN;
	if (!alone && stat(path, &info) == 0 && S_ISREG(info.st_mode)) {
		(void)capture_probe_file(path, &first_ns, error); /* told when it is opened */
	}
	return add_input(inputs, path, first_ns);
}

static bool find_inputs(struct replay *replay, struct inputs *inputs)
{
	const struct options_operands *files = &replay->options->operands;
	for (size_t i = 0; i < files->count && !signals_stop(); i++) {
		struct stat info;
		const char *path = files->items[i];
		bool added = stat(path, &info) == 0 && S_ISDIR(info.st_mode)
		                     ? add_folder(replay, inputs, path)
		                     : add_file(inputs, path, files->count == 1);
		if (!added) {
			return false;
		}
	}
	return true;
}

static void replay_inputs(struct replay *replay, struct inputs *inputs)
{
	struct merge *merge = merge_new(inputs->items, inputs->count, replay->options->filter);
	if (merge != NULL) {
		replay_packets(replay, merge);
	} else {
		fail(replay, "out of memory");
	}
	merge_free(merge);
}

static void replay_all(struct replay *replay)
{
	struct inputs inputs = { .items = NULL };
	if (find_inputs(replay, &inputs)) {
		replay_inputs(replay, &inputs);
	} else {
		fail(replay, "out of memory");
	}
	free_inputs(&inputs);
}

static bool check_files(const struct options_operands *files)
{
	unsigned inputs = 0;
	for (size_t i = 0; i < files->count; i++) {
		inputs += strcmp(files->items[i], "-") == 0;
	}
	if (files->count == 0) {
		log_error("replay: no capture given; see nsmx help replay");
	} else if (inputs > 1) {
		log_error("replay: standard input can be read once only");
	}
	return files->count > 0 && inputs <= 1;
}

static bool wants_progress(const struct options *options)
{
	if (options->progress == PROGRESS_AUTO) {
		return isatty(STDERR_FILENO) != 0;
	}
	return options->progress == PROGRESS_ALWAYS;
}

static struct worker_group_delivery delivery_of(struct replay *replay)
{
	return (struct worker_group_delivery){
		.state = replay->options->state,
		.stall_ms = STALL_MS,
		.can_wait = true,
		.waiting = show_delivery,
		.waiting_ctx = replay,
	};
}

/* One worker, in this process. */
static int replay_alone(struct replay *replay)
{
	const struct worker_group_delivery delivery = delivery_of(replay);
	int ret = worker_group_new(&replay->group, replay->options, false);
	if (ret != EXIT_DONE) {
		return ret;
	}
	if (!worker_group_open(replay->group) ||
	    (replay->worker = worker_new(replay->group, 0)) == NULL) {
		worker_group_free(replay->group);
		return EXIT_FAILED;
	}
	if (!worker_group_start(replay->group, &delivery)) {
		(void)worker_end(replay->worker);
		worker_group_free(replay->group);
		return EXIT_FAILED;
	}
	replay_all(replay);
	(void)worker_end(replay->worker);
	return worker_group_finish(replay->group) && !replay->failed ? EXIT_DONE : EXIT_FAILED;
}

/* Several workers, each with its share of the files */

static int by_time(const void *a, const void *b)
{
	const struct merge_input *x = a, *y = b;
	return x->first_ns < y->first_ns ? -1 : x->first_ns > y->first_ns;
}

static uint64_t size_of(const char *path)
{
	struct stat info;
	return stat(path, &info) == 0 && info.st_size > 0 ? (uint64_t)info.st_size : 1;
}

/* In order of time, so that workers get on at one pace: who waits for another has less to
 * wait for. */
static bool deal(struct replay *replay, struct inputs *inputs)
{
	uint64_t sizes[OPTIONS_WORKERS_MAX] = { 0 };
	if (inputs->count > 1) {
		qsort(inputs->items, inputs->count, sizeof(*inputs->items), by_time);
	}
	for (size_t i = 0; i < inputs->count; i++) {
		const struct merge_input *input = &inputs->items[i];
		unsigned least = 0;
		for (unsigned j = 1; j < replay->options->workers; j++) {
			least = sizes[j] < sizes[least] ? j : least;
		}
		sizes[least] += size_of(input->path);
		if (!add_input(&replay->shares[least], input->path, input->first_ns)) {
			return false;
		}
	}
	replay->files = inputs->count;
	return true;
}

static int work(void *ctx, unsigned number, int ready_fd, bool restarted)
{
	struct replay *replay = ctx;
	replay->forked = false;
	replay->progress = false; /* the parent's */
	replay->failed = false;
	replay->worker = worker_new_forked(replay->group, number, restarted);
	if (replay->worker == NULL) {
		return EXIT_FAILED;
	}
	supervisor_ready(ready_fd);
	replay_inputs(replay, &replay->shares[number]);
	bool has_outputs = worker_has_outputs(replay->worker);
	bool good = worker_end(replay->worker);
	if (!has_outputs) {
		return SUPERVISOR_OUTPUTS_GONE;
	}
	return good && !replay->failed ? EXIT_DONE : EXIT_FAILED;
}

static enum supervisor_action tick_all(void *ctx)
{
	struct replay *replay = ctx;
	struct counters sum;
	if (replay->progress) {
		replay->shown = true;
		worker_group_count(replay->group, &sum);
		(void)fprintf(stderr,
		              "\r\033[Knsmx: %zu files: %" PRIu64 " packets, %" PRIu64 " hits\r",
		              replay->files, counter_get(&sum.packets), counter_get(&sum.hits));
		(void)fflush(stderr);
	}
	return SUPERVISOR_CONTINUE;
}

static int replay_shares(struct replay *replay)
{
	const struct worker_group_delivery delivery = delivery_of(replay);
	struct supervisor_config config = {
		.work = work,
		.tick = tick_all,
		.ctx = replay,
	};
	int ret = worker_group_new(&replay->group, replay->options, true);
	if (ret != EXIT_DONE) {
		return ret;
	}
	if (!worker_group_share_watermarks(replay->group) || !worker_group_open(replay->group) ||
	    !worker_group_start(replay->group, &delivery)) {
		worker_group_free(replay->group);
		return EXIT_FAILED;
	}
	config.group = replay->group;
	replay->forked = true;
	bool good = supervisor_run(&config);
	clear_progress(replay);
	return worker_group_finish(replay->group) && good && !replay->failed ? EXIT_DONE
	                                                                     : EXIT_FAILED;
}

static int replay_together(struct replay *replay)
{
	struct inputs inputs = { .items = NULL };
	struct inputs shares[OPTIONS_WORKERS_MAX] = { { .items = NULL } };
	int ret = EXIT_FAILED;
	replay->shares = shares;
	bool found = find_inputs(replay, &inputs);
	if (inputs.count < replay->options->workers) {
		replay->options->workers = inputs.count > 0 ? (uint32_t)inputs.count : 1;
	}
	if (found && deal(replay, &inputs)) {
		ret = replay_shares(replay);
	} else {
		fail(replay, "out of memory");
	}
	for (size_t i = 0; i < OPTIONS_WORKERS_MAX; i++) {
		free_inputs(&shares[i]);
	}
	free_inputs(&inputs);
	return ret;
}

int cmd_replay(struct options *options)
{
	struct replay replay = { .options = options };
	if (!check_files(&options->operands)) {
		return EXIT_USAGE;
	}
	replay.progress = wants_progress(options);
	signals_install();
	return options->workers > 1 ? replay_together(&replay) : replay_alone(&replay);
}
