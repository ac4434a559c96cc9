/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sensor/commands.h"
#include "sensor/intake/capture.h"
#include "sensor/intake/folder.h"
#include "sensor/log.h"
#include "sensor/signals.h"
#include "sensor/worker.h"

/* How long a replay goes on trying to deliver when nothing gets through. */
#define STALL_MS 10000

#define PROGRESS_EVERY_PACKETS 8192
#define PROGRESS_EVERY_NS      200000000LL

struct replay {
	struct options options;
	struct worker *worker;
	bool progress;
	bool shown; /* a line of progress stands on the terminal */
	int64_t shown_ns;
	bool failed;
};

static int64_t monotonic_ns(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void clear_progress(struct replay *replay)
{
	if (replay->shown) {
		(void)fputs("\r\033[K", stderr);
		replay->shown = false;
	}
}

/* The cursor goes back: what another process says next takes the line's place. */
static void show_progress(struct replay *replay, const struct capture *capture, const char *path)
{
	uint64_t done, size, packets, hits;
	int64_t now_ns = monotonic_ns();
	if (now_ns - replay->shown_ns < PROGRESS_EVERY_NS) {
		return;
	}
	replay->shown_ns = now_ns;
	replay->shown = true;
	capture_progress(capture, &done, &size);
	worker_totals(replay->worker, &packets, &hits);
	(void)fprintf(stderr, "\r\033[Knsmx: ");
	if (size > 0) {
		(void)fprintf(stderr, "%3d %% of ", (int)(done * 100 / size));
	}
	(void)fprintf(stderr, "%.60s: %" PRIu64 " packets, %" PRIu64 " hits\r", path, packets,
	              hits);
	(void)fflush(stderr);
}

/* While Redis is waited for. Called often: the line is rewritten as often as others. */
static bool show_delivery(void *ctx)
{
	struct replay *replay = ctx;
	uint64_t delivered, pending;
	int64_t now_ns = monotonic_ns();
	if (replay->progress && now_ns - replay->shown_ns >= PROGRESS_EVERY_NS) {
		worker_delivery(replay->worker, &delivered, &pending);
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
	return !signals_stop();
}

static void fail(struct replay *replay, const char *error)
{
	clear_progress(replay);
	log_error("%s", error);
	replay->failed = true;
}

/* Something to be told between two packets. False: the file is done with. */
static bool tell(struct replay *replay, enum capture_status status, const char *error)
{
	switch (status) {
	case CAPTURE_NONE:
		return true;
	case CAPTURE_WARNING:
		clear_progress(replay);
		log_warn("%s", error);
		return true;
	case CAPTURE_DAMAGED:
		fail(replay, error);
		return true;
	case CAPTURE_ERROR:
		fail(replay, error);
		return false;
	default:
		return false;
	}
}

/* True when the next packet may be long in coming: whoever watches must not wait. */
static bool is_piped(const struct capture *capture)
{
	uint64_t done, size;
	capture_progress(capture, &done, &size);
	return size == 0;
}

static void replay_packets(struct replay *replay, struct capture *capture, const char *path)
{
	char error[CAPTURE_ERROR_MAX];
	struct packet packet;
	bool piped = is_piped(capture);
	for (uint64_t count = 1; !worker_should_stop(replay->worker); count++) {
		enum capture_status status = capture_next(capture, &packet, error);
		if (status == CAPTURE_PACKET) {
			worker_packet(replay->worker, &packet);
		} else if (!tell(replay, status, error)) {
			break;
		}
		if (piped) {
			worker_flush_pending(replay->worker);
		}
		if (replay->progress && count % PROGRESS_EVERY_PACKETS == 0) {
			show_progress(replay, capture, path);
		}
	}
}

static void replay_file(struct replay *replay, const char *path)
{
	char error[CAPTURE_ERROR_MAX];
	struct capture *capture = capture_open_file(path, replay->options.filter, error);
	if (capture == NULL) {
		/* A signal that asks to stop interrupts the first read: no fault of the file. */
		if (!signals_stop()) {
			fail(replay, error);
		}
		return;
	}
	replay_packets(replay, capture, path);
	worker_flush(replay->worker);
	capture_close(capture);
}

static void tell_of_folder(void *ctx, bool failed, const char *text)
{
	if (failed) {
		fail(ctx, text);
	} else {
		clear_progress(ctx);
		log_warn("%s", text);
	}
}

static void replay_folder(struct replay *replay, const char *path)
{
	struct folder folder = { .tell = tell_of_folder, .ctx = replay };
	folder_read(&folder, path);
	for (size_t i = 0; i < folder.count && !worker_should_stop(replay->worker); i++) {
		replay_file(replay, folder.files[i].path);
	}
	folder_free(&folder);
}

static void replay_all(struct replay *replay)
{
	const struct options_words *files = &replay->options.files;
	for (size_t i = 0; i < files->count && !worker_should_stop(replay->worker); i++) {
		struct stat info;
		if (stat(files->items[i], &info) == 0 && S_ISDIR(info.st_mode)) {
			replay_folder(replay, files->items[i]);
		} else {
			replay_file(replay, files->items[i]);
		}
	}
	clear_progress(replay);
}

static bool check_files(const struct options_words *files)
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

static int replay_captures(struct replay *replay)
{
	if (!check_files(&replay->options.files)) {
		return EXIT_USAGE;
	}
	replay->progress = wants_progress(&replay->options);
	signals_install(false);
	int ret = worker_new(&replay->worker, &replay->options);
	if (ret != EXIT_DONE) {
		return ret;
	}
	worker_be_patient(replay->worker, show_delivery, replay);
	if (!worker_open_outputs(replay->worker) ||
	    !worker_start(replay->worker, replay->options.state, 0, STALL_MS)) {
		worker_free(replay->worker);
		return EXIT_FAILED;
	}
	replay_all(replay);
	return worker_finish(replay->worker) && !replay->failed ? EXIT_DONE : EXIT_FAILED;
}

int cmd_replay(int argc, char **argv)
{
	char error[OPTIONS_ERROR_MAX];
	struct replay replay = { .failed = false };
	int ret = EXIT_USAGE;
	if (options_parse(&replay.options, COMMAND_REPLAY, argc, argv, error)) {
		ret = replay_captures(&replay);
	} else {
		log_error("replay: %s; see nsmx help replay", error);
	}
	options_free(&replay.options);
	return ret;
}
