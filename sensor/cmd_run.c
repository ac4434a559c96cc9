/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "sensor/commands.h"
#include "sensor/intake/capture.h"
#include "sensor/log.h"
#include "sensor/privileges.h"
#include "sensor/signals.h"
#include "sensor/worker.h"

#define STATE_DEFAULT "/var/lib/nsmx"

/* A signal to stop must be obeyed in 5 s: what is not delivered by then waits. */
#define DRAIN_MS 3000

#define WAIT_MS     200
#define HANDOVER_MS 200  /* twice what a packet lies in the kernel's buffer at most */
#define BURST       4096 /* packets of one interface before the next one's turn */

struct run {
	struct options options;
	struct worker *worker;
	struct capture *captures[OPTIONS_LIST_MAX];
	struct pollfd polls[OPTIONS_LIST_MAX];
	size_t count;
};

static bool open_captures(struct run *run)
{
	char error[CAPTURE_ERROR_MAX];
	const struct options_list *interfaces = &run->options.interfaces;
	for (size_t i = 0; i < interfaces->count; i++) {
		struct capture *capture = capture_open_live(
		        interfaces->items[i], &run->options.ports, run->options.filter, error);
		if (capture == NULL) {
			log_error("%s", error);
			return false;
		}
		run->captures[run->count] = capture;
		run->polls[run->count++] =
		        (struct pollfd){ .fd = capture_fd(capture), .events = POLLIN };
	}
	return true;
}

static void close_captures(struct run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		capture_close(run->captures[i]);
	}
}

/* Reads what one interface has. False when it can be read no more. */
static bool read_burst(struct run *run, struct capture *capture, bool *any)
{
	char error[CAPTURE_ERROR_MAX];
	struct packet packet;
	for (int i = 0; i < BURST; i++) {
		switch (capture_next(capture, &packet, error)) {
		case CAPTURE_PACKET:
			*any = true;
			worker_packet(run->worker, &packet);
			break;
		case CAPTURE_ERROR:
			log_error("%s", error);
			return false;
		default:
			return true;
		}
	}
	return true;
}

static void count_drops(struct run *run)
{
	struct capture_drops sum = { 0 };
	for (size_t i = 0; i < run->count; i++) {
		struct capture_drops drops;
		capture_drops(run->captures[i], &drops);
		sum.kernel += drops.kernel;
		sum.interface += drops.interface;
	}
	worker_count_drops(run->worker, &sum);
}

static bool loop(struct run *run)
{
	while (!worker_should_stop(run->worker)) {
		bool any = false;
		(void)poll(run->polls, run->count,
		           WAIT_MS); /* an interruption is looked into below */
		for (size_t i = 0; i < run->count; i++) {
			if (!read_burst(run, run->captures[i], &any)) {
				return false;
			}
		}
		if (signals_reload()) {
			worker_reload(run->worker);
		}
		worker_take_rules(run->worker);
		count_drops(run);
		if (any) {
			worker_flush(run->worker);
		} else {
			worker_idle(run->worker);
		}
	}
	return true;
}

static int64_t now_ms(void)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

/*
 * Reads what came before the signal: the kernel hands a part of its buffer over when that
 * is full, or some time after its first packet.
 */
static void drain(struct run *run)
{
	bool any = false, good = true;
	int64_t end_ms = now_ms() + HANDOVER_MS;
	for (int64_t left_ms = HANDOVER_MS; left_ms > 0 && good; left_ms = end_ms - now_ms()) {
		(void)poll(run->polls, run->count, (int)left_ms);
		for (size_t i = 0; i < run->count && good; i++) {
			good = read_burst(run, run->captures[i], &any);
		}
	}
}

static void say_start(const struct run *run)
{
	char names[256] = "";
	size_t size = 0;
	for (size_t i = 0; i < run->options.interfaces.count && size < sizeof(names); i++) {
		size += (size_t)snprintf(names + size, sizeof(names) - size, "%s%s",
		                         i > 0 ? ", " : "", run->options.interfaces.items[i]);
	}
	log_info("capturing on %s; stop with SIGINT", names);
}

/* In this order: what needs root, then root is given up, then the rest. */
static bool start(struct run *run)
{
	struct privileges privileges;
	const char *state = run->options.state != NULL ? run->options.state : STATE_DEFAULT;
	bool journal = worker_needs_journal(run->worker);
	if (!privileges_find(&privileges, run->options.user) ||
	    !worker_start_metrics(run->worker, &privileges) || !open_captures(run) ||
	    !worker_open_outputs(run->worker)) {
		return false;
	}
	if (journal && !privileges_make_folder(&privileges, state)) {
		return false;
	}
	return privileges_drop(&privileges) && worker_start(run->worker, state, DRAIN_MS, 0);
}

static int run_live(struct run *run)
{
	if (run->options.interfaces.count == 0 || run->options.files.count > 0) {
		log_error(run->options.files.count > 0
		                  ? "run: captures live; read files with nsmx replay"
		                  : "run: no interface: give -i IFACE; see nsmx help run");
		return EXIT_USAGE;
	}
	signals_install(true);
	int ret = worker_new(&run->worker, &run->options);
	if (ret != EXIT_DONE) {
		return ret;
	}
	if (!start(run)) {
		worker_free(run->worker);
		close_captures(run);
		return EXIT_FAILED;
	}
	say_start(run);
	bool good = loop(run);
	if (signals_stop()) {
		drain(run);
	}
	count_drops(run);
	close_captures(run);
	return worker_finish(run->worker) && good ? EXIT_DONE : EXIT_FAILED;
}

int cmd_run(int argc, char **argv)
{
	char error[OPTIONS_ERROR_MAX];
	struct run run = { .count = 0 };
	int ret = EXIT_USAGE;
	if (options_parse(&run.options, COMMAND_RUN, argc, argv, error)) {
		ret = run_live(&run);
	} else {
		log_error("run: %s; see nsmx help run", error);
	}
	options_free(&run.options);
	return ret;
}
