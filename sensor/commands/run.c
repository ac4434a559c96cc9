/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time_ns.h"
#include "sensor/commands/commands.h"
#include "sensor/process/live.h"
#include "sensor/process/supervisor.h"
#include "sensor/system/notify.h"
#include "sensor/system/privileges.h"
#include "sensor/system/sandbox.h"

#define STATE_DEFAULT "/var/lib/nsmx"

/* A signal to stop must be obeyed in 5 s: what is not delivered by then waits. */
#define STOP_MS  1500
#define DRAIN_MS 3000

#define LOOK_EVERY_NS NS_PER_S /* for interfaces that are missing */

struct run {
	struct options options;
	struct team *team;
	struct live_state *interfaces;
	int groups;
	int64_t looked_ns;
	int64_t watchdog_ns; /* 0: none */
	int64_t pinged_ns;
	uint64_t beats[OPTIONS_WORKERS_MAX];
	bool started;
};

/* A worker's life. In this order: what needs a right, then none is left, then the rest. */

static int capture(struct run *run, struct live *live, unsigned number, int ready_fd, bool again)
{
	struct worker *worker = worker_new_forked(run->team, number, again);
	if (worker == NULL) {
		return EXIT_FAILED;
	}
	supervisor_ready(ready_fd);
	if (again && counter_get(&run->team->counters[number].reloads) > 0) {
		worker_reload(worker); /* the team's rules are those of the start */
	}
	live_loop(live, worker);
	bool heard = worker_is_heard(worker);
	bool good = worker_end(worker);
	if (!heard) {
		return SUPERVISOR_UNHEARD;
	}
	return good ? EXIT_DONE : EXIT_FAILED;
}

static int work(void *ctx, unsigned number, int ready_fd, bool again)
{
	struct run *run = ctx;
	struct live live;
	int status = EXIT_FAILED;
	int ret = cpus_pin(&run->options.cpus, number);
	if (ret != 0) {
		log_error("--pin-cpus: worker %u: %s", number, strerror(-ret));
		return EXIT_FAILED;
	}
	privileges_take_up();
	if (live_open(&live, &run->options, run->interfaces, run->groups, again) &&
	    privileges_drop_rest() && sandbox_enter(SANDBOX_WORKER)) {
		status = capture(run, &live, number, ready_fd, again);
	}
	return status;
}

/* Around the workers */

static void say_start(void *ctx)
{
	struct run *run = ctx;
	char names[256] = "";
	size_t size = 0;
	for (size_t i = 0; i < run->options.interfaces.count && size < sizeof(names); i++) {
		size += (size_t)snprintf(names + size, sizeof(names) - size, "%s%s",
		                         i > 0 ? ", " : "", run->options.interfaces.items[i]);
	}
	log_info("capturing on %s; stop with SIGINT", names);
	run->started = true;
	notify_send("READY=1");
}

/* The watchdog hears of us as long as every worker gets on. */
static void ping_watchdog(struct run *run, int64_t now_ns)
{
	if (run->watchdog_ns == 0 || now_ns - run->pinged_ns < run->watchdog_ns / 4) {
		return;
	}
	for (unsigned i = 0; i < run->team->workers; i++) {
		if (counter_get(&run->team->beats[i]) == run->beats[i]) {
			return;
		}
	}
	for (unsigned i = 0; i < run->team->workers; i++) {
		run->beats[i] = counter_get(&run->team->beats[i]);
	}
	run->pinged_ns = now_ns;
	notify_send("WATCHDOG=1");
}

static enum supervisor_wish tick(void *ctx)
{
	struct run *run = ctx;
	int64_t now_ns = monotonic_ns();
	ping_watchdog(run, now_ns);
	if (now_ns - run->looked_ns < LOOK_EVERY_NS) {
		return SUPERVISOR_GO_ON;
	}
	run->looked_ns = now_ns;
	return live_is_back(&run->options, run->interfaces) ? SUPERVISOR_REPLACE : SUPERVISOR_GO_ON;
}

static bool confine_publisher(void)
{
	return privileges_drop_rest() && sandbox_enter(SANDBOX_PUBLISHER);
}

/* What needs root, then root is given up, then the rest. */
static bool start(struct run *run)
{
	struct privileges privileges;
	const struct worker_group_delivery delivery = {
		.state = run->options.state != NULL ? run->options.state : STATE_DEFAULT,
		.drain_ms = DRAIN_MS,
		.confine_publisher = confine_publisher,
		.confine_metrics = privileges_drop_rest,
	};
	notify_open();
	run->watchdog_ns = notify_watchdog_ns();
	/* Of another sensor's no group may have the number: it would be refused. */
	run->groups = run->options.workers > 1 ? (int)(getpid() * OPTIONS_LIST_MAX & 0xffff)
	                                       : CAPTURE_ALONE;
	if (!privileges_find(&privileges, run->options.user) || !worker_group_open(run->team)) {
		return false;
	}
	if (worker_group_needs_journal(run->team) &&
	    !privileges_make_folder(&privileges, delivery.state)) {
		return false;
	}
	return privileges_drop(&privileges, true) && sandbox_enter(SANDBOX_SUPERVISOR) &&
	       worker_group_start(run->team, &delivery);
}

static int run_live(struct run *run)
{
	if (run->options.interfaces.count == 0 || run->options.files.count > 0) {
		log_error(run->options.files.count > 0
		                  ? "run: captures live; read files with nsmx replay"
		                  : "run: no interface: give -i IFACE; see nsmx help run");
		return EXIT_USAGE;
	}
	int ret = worker_group_new(&run->team, &run->options, true);
	if (ret != EXIT_DONE) {
		return ret;
	}
	if (!start(run)) {
		worker_group_free(run->team);
		return EXIT_FAILED;
	}
	const struct supervisor_config config = {
		.team = run->team,
		.work = work,
		.ready = say_start,
		.tick = tick,
		.ctx = run,
		.restart = true,
		.stop_ms = STOP_MS,
	};
	bool good = supervisor_run(&config);
	if (!run->started) {
		worker_group_free(run->team);
		return EXIT_FAILED;
	}
	notify_send("STOPPING=1");
	return worker_group_finish(run->team) && good ? EXIT_DONE : EXIT_FAILED;
}

int cmd_run(int argc, char **argv)
{
	char error[OPTIONS_ERROR_MAX];
	struct run run = { .groups = CAPTURE_ALONE };
	int ret = EXIT_USAGE;
	run.interfaces = live_state_new();
	if (run.interfaces == NULL) {
		log_error("run: no memory");
		ret = EXIT_FAILED;
	} else if (options_parse(&run.options, COMMAND_RUN, argc, argv, error)) {
		ret = run_live(&run);
	} else {
		log_error("run: %s; see nsmx help run", error);
	}
	live_state_free(run.interfaces);
	options_free(&run.options);
	return ret;
}
