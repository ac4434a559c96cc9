/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time_ns.h"
#include "sensor/commands/command.h"
#include "sensor/process/live.h"
#include "sensor/process/supervisor.h"
#include "sensor/system/notify.h"
#include "sensor/system/privileges.h"
#include "sensor/system/sandbox.h"

/* A signal to stop must be obeyed in 5 s: what is not delivered by then waits. */
#define STOP_MS  1500
#define DRAIN_MS 3000

#define LOOK_EVERY_NS NS_PER_S /* for interfaces that are missing */

const struct command_help run_help = {
	.text = "IFACE is a SPAN or TAP port. The options may also be in nsmx.conf(5). Started by "
	        "root, nsmx opens the capture and then becomes an ordinary user; started by "
	        "another user, it needs the capability CAP_NET_RAW.\n\n"
	        "SIGHUP reloads the rules; SIGUSR1 logs the counters on standard error.",
	.examples = { { "nsmx run -i eth1 -o redis://127.0.0.1", "hits into a Redis stream" },
	              { "nsmx run -i eth1 -o text -o file:/var/log/nsmx.json",
	                "hits on the terminal, and into a file" },
	              { "nsmx run -i eth1,eth2 --workers 4 --metrics 127.0.0.1:9153",
	                "two ports, four processes, counters for Prometheus" } },
};

struct run {
	struct options *options;
	struct worker_group *group;
	struct live_state *interfaces;
	int fanout;
	int64_t looked_ns;
	int64_t watchdog_ns; /* 0: none */
	int64_t pinged_ns;
	uint64_t heartbeats[OPTIONS_WORKERS_MAX];
	bool started;
};

/* A worker's life. In this order: what needs a right, then none is left, then the rest. */

static int capture(struct run *run, struct live *live, unsigned number, int ready_fd,
                   bool restarted)
{
	struct worker *worker = worker_new_forked(run->group, number, restarted);
	if (worker == NULL) {
		return EXIT_FAILED;
	}
	supervisor_ready(ready_fd);
	if (restarted && counter_get(&run->group->counters[number].reloads) > 0) {
		worker_reload(worker); /* the group's rules are those of the start */
	}
	live_loop(live, worker);
	bool has_outputs = worker_has_outputs(worker);
	bool good = worker_end(worker);
	if (!has_outputs) {
		return SUPERVISOR_OUTPUTS_GONE;
	}
	return good ? EXIT_DONE : EXIT_FAILED;
}

static int work(void *ctx, unsigned number, int ready_fd, bool restarted)
{
	struct run *run = ctx;
	struct live live;
	int status = EXIT_FAILED;
	int ret = cpus_pin(&run->options->cpus, number);
	if (ret != 0) {
		log_error("--pin-cpus: worker %u: %s", number, strerror(-ret));
		return EXIT_FAILED;
	}
	privileges_take_up();
	if (live_open(&live, run->options, run->interfaces, run->fanout, restarted) &&
	    privileges_drop_rest() && sandbox_enter(SANDBOX_WORKER)) {
		status = capture(run, &live, number, ready_fd, restarted);
	}
	return status;
}

/* Around the workers */

static void report_start(void *ctx)
{
	struct run *run = ctx;
	char names[256] = "";
	size_t size = 0;
	for (size_t i = 0; i < run->options->interfaces.count && size < sizeof(names); i++) {
		size += (size_t)snprintf(names + size, sizeof(names) - size, "%s%s",
		                         i > 0 ? ", " : "", run->options->interfaces.items[i]);
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
	for (unsigned i = 0; i < run->group->workers; i++) {
		if (counter_get(&run->group->heartbeats[i]) == run->heartbeats[i]) {
			return;
		}
	}
	for (unsigned i = 0; i < run->group->workers; i++) {
		run->heartbeats[i] = counter_get(&run->group->heartbeats[i]);
	}
	run->pinged_ns = now_ns;
	notify_send("WATCHDOG=1");
}

static enum supervisor_action tick(void *ctx)
{
	struct run *run = ctx;
	int64_t now_ns = monotonic_ns();
	ping_watchdog(run, now_ns);
	if (now_ns - run->looked_ns < LOOK_EVERY_NS) {
		return SUPERVISOR_CONTINUE;
	}
	run->looked_ns = now_ns;
	return live_is_back(run->options, run->interfaces) ? SUPERVISOR_REPLACE
	                                                   : SUPERVISOR_CONTINUE;
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
		.state = run->options->state,
		.drain_ms = DRAIN_MS,
		.confine_publisher = confine_publisher,
		.confine_metrics = privileges_drop_rest,
	};
	notify_open();
	run->watchdog_ns = notify_watchdog_ns();
	/* Of another sensor's no group may have the number: it would be refused. */
	run->fanout = run->options->workers > 1 ? (int)(getpid() * OPTIONS_LIST_MAX & 0xffff)
	                                        : CAPTURE_ALONE;
	if (!privileges_find(&privileges, run->options->user) || !worker_group_open(run->group)) {
		return false;
	}
	if (worker_group_needs_journal(run->group) &&
	    !privileges_make_folder(&privileges, delivery.state)) {
		return false;
	}
	return privileges_drop(&privileges, true) && sandbox_enter(SANDBOX_SUPERVISOR) &&
	       worker_group_start(run->group, &delivery);
}

static int run_live(struct run *run)
{
	if (run->options->interfaces.count == 0 || run->options->operands.count > 0) {
		log_error(run->options->operands.count > 0
		                  ? "run: captures live; read files with nsmx replay"
		                  : "run: no interface: give -i IFACE; see nsmx help run");
		return EXIT_USAGE;
	}
	int ret = worker_group_new(&run->group, run->options, true);
	if (ret != EXIT_DONE) {
		return ret;
	}
	if (!start(run)) {
		worker_group_free(run->group);
		return EXIT_FAILED;
	}
	const struct supervisor_config config = {
		.group = run->group,
		.work = work,
		.ready = report_start,
		.tick = tick,
		.ctx = run,
		.restart = true,
		.stop_ms = STOP_MS,
	};
	bool good = supervisor_run(&config);
	if (!run->started) {
		worker_group_free(run->group);
		return EXIT_FAILED;
	}
	notify_send("STOPPING=1");
	return worker_group_finish(run->group) && good ? EXIT_DONE : EXIT_FAILED;
}

int cmd_run(struct options *options)
{
	struct run run = { .options = options, .fanout = CAPTURE_ALONE };
	int ret = EXIT_FAILED;
	run.interfaces = live_state_new();
	if (run.interfaces == NULL) {
		log_error("run: out of memory");
	} else {
		ret = run_live(&run);
	}
	live_state_free(run.interfaces);
	return ret;
}
