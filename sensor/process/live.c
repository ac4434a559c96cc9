/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/process/live.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sanitizer.h"
#include "base/time_ns.h"
#include "sensor/process/interfaces.h"
#include "sensor/process/losses.h"
#include "sensor/process/rules_source.h"
#include "sensor/process/supervisor.h"
#include "sensor/process/worker_group_private.h"
#include "sensor/system/landlock.h"
#include "sensor/system/notify.h"
#include "sensor/system/privileges.h"
#include "sensor/system/sandbox.h"
#include "sensor/system/signals.h"

/* The program must stop within 5 s of a signal. Workers have the longer part, because what a killed
 * worker has in memory is lost, while events that are not delivered stay in the journal.
 * AddressSanitizer makes everything slower, and looks for leaks at the end. */
#define SLOWDOWN (ADDRESS_SANITIZED ? 4 : 1)
#define STOP_MS  (2500 * SLOWDOWN)
#define DRAIN_MS (2000 * SLOWDOWN)

#define LOOK_EVERY_NS NS_PER_S /* for interfaces that are missing */
/* Replacements are limited, because a worker under attack may report a missing interface at any
 * time. */
#define REPLACE_EVERY_NS (5 * NS_PER_S)

struct live {
	const struct options *options;
	struct worker_group *group;
	struct interfaces_state *interfaces;
	struct losses *losses;
	int fanout;
	int64_t looked_ns;
	int64_t watchdog_ns; /* 0: none */
	int64_t pinged_ns;
	uint64_t heartbeats[OPTIONS_WORKERS_MAX];
	bool started;
};

/* Captures, in a worker. The rights are used first and then dropped, so that packets are read
 * without rights. */

static int capture(struct live *live, struct interfaces *interfaces, unsigned number, int channel,
                   bool restarted)
{
	struct worker *worker = worker_new_forked(live->group, number, channel, restarted);
	int journal = outputs_journal_fd(live->group->outputs[number]);
	if (worker == NULL || !landlock_limit(journal, live->group->evidence.fd) ||
	    !sandbox_enter(journal >= 0 || live->group->evidence.fd >= 0 ? SANDBOX_WRITER
	                                                                 : SANDBOX_WORKER)) {
		return EXIT_FAILED;
	}
	if (!channel_sign(channel)) {
		log_error("worker %u: %s", number, strerror(errno));
		(void)worker_end(worker);
		return EXIT_FAILED;
	}
	if (restarted) {
		worker_reload(worker); /* the rules of the group are those of the start */
	}
	interfaces_capture(interfaces, worker);
	bool has_outputs = worker_has_outputs(worker);
	bool good = worker_end(worker);
	if (!has_outputs) {
		return SUPERVISOR_OUTPUTS_GONE;
	}
	return good ? EXIT_DONE : EXIT_FAILED;
}

/* Sends the packet sockets to the supervisor, which counts the packets that are lost in them. */
static bool pass_sockets(struct live *live, const struct interfaces *interfaces, unsigned number,
                         int channel)
{
	int sockets[OPTIONS_LIST_MAX];
	size_t count = interfaces_sockets(interfaces, sockets);
	losses_replace(live->losses, number);
	if (count > 0 && !channel_send(channel, sockets, count)) {
		log_error("worker %u: %s", number, strerror(errno));
		return false;
	}
	return true;
}

struct keeper {
	const struct live *live;
	int channel;
};

static bool confine_incidents(void *ctx, int journal)
{
	const struct keeper *keeper = ctx;
	int folder = keeper->live->group->incidents_folder;
	enum sandbox_role role = folder >= 0    ? SANDBOX_INCIDENTS
	                         : journal >= 0 ? SANDBOX_WRITER
	                                        : SANDBOX_WORKER;
	return privileges_drop_rest() && landlock_limit_incidents(journal, folder) &&
	       sandbox_enter(role) && channel_sign(keeper->channel);
}

static int work(void *ctx, unsigned number, int channel, bool restarted)
{
	struct live *live = ctx;
	struct interfaces interfaces;
	if (number == live->group->workers) {
		notify_close();
		losses_leave(live->losses, number);
		struct keeper keeper = { live, channel };
		return worker_group_keep_incidents(live->group, restarted, confine_incidents,
		                                   &keeper);
	}
	int status = EXIT_FAILED;
	int ret = cpus_pin(&live->options->cpus, number);
	if (ret != 0) {
		log_error("--pin-cpus: cannot bind worker %u to its processor: %s", number,
		          strerror(-ret));
		return EXIT_FAILED;
	}
	notify_close();
	losses_leave(live->losses, number);
	privileges_take_up();
	if (interfaces_open(&interfaces, live->options, live->interfaces, number, live->fanout,
	                    restarted) &&
	    pass_sockets(live, &interfaces, number, channel) && privileges_drop_rest()) {
		status = capture(live, &interfaces, number, channel, restarted);
	}
	return status;
}

/* In the supervisor */

static void report_start(void *ctx)
{
	struct live *live = ctx;
	char names[256] = "";
	size_t size = 0;
	for (size_t i = 0; i < live->options->interfaces.count && size < sizeof(names); i++) {
		size += (size_t)snprintf(names + size, sizeof(names) - size, "%s%s",
		                         i > 0 ? ", " : "", live->options->interfaces.items[i]);
	}
	log_info("capturing on %s; stop with SIGINT", names);
	live->started = true;
	notify_send("READY=1");
}

/* The watchdog is notified as long as every worker makes progress. */
static void ping_watchdog(struct live *live, int64_t now_ns)
{
	if (live->watchdog_ns == 0 || now_ns - live->pinged_ns < live->watchdog_ns / 4) {
		return;
	}
	for (unsigned i = 0; i < live->group->workers; i++) {
		if (counter_get(&live->group->heartbeats[i]) == live->heartbeats[i]) {
			return;
		}
	}
	for (unsigned i = 0; i < live->group->workers; i++) {
		live->heartbeats[i] = counter_get(&live->group->heartbeats[i]);
	}
	live->pinged_ns = now_ns;
	notify_send("WATCHDOG=1");
}

static void take_sockets(void *ctx, unsigned worker, struct channel_fds *fds)
{
	struct live *live = ctx;
	losses_take(live->losses, worker, fds);
}

static void end_sockets(void *ctx, unsigned worker)
{
	struct live *live = ctx;
	losses_end(live->losses, worker);
}

static void stop_sockets(void *ctx)
{
	struct live *live = ctx;
	losses_stop(live->losses);
}

static bool confine_loader(void)
{
	return privileges_drop_rest() && sandbox_enter(SANDBOX_WORKER);
}

static int load_rules(void *ctx, int image)
{
	struct live *live = ctx;
	struct worker_group *group = live->group;
	struct ruleset_stats stats;
	worker_group_forget_except(group, NULL); /* the passwords */
	bool good =
	        rules_source_compile(live->options, group->rules, confine_loader, image, &stats);
	counter_add(&group->counters[0].rules_errors, stats.errors);
	return good ? EXIT_DONE : EXIT_FAILED;
}

/* The supervisor's own descriptors are those of later replacements of workers. */
static size_t open_files(void *ctx, int fds[OUTPUTS_MAX])
{
	const struct live *live = ctx;
	return worker_group_open_files_again(live->group, fds);
}

static enum supervisor_action tick(void *ctx)
{
	struct live *live = ctx;
	int64_t now_ns = monotonic_ns();
	ping_watchdog(live, now_ns);
	losses_count(live->losses);
	if (pushed_rules_maintain(live->group->pushed)) {
		return SUPERVISOR_RELOAD;
	}
	if (now_ns - live->looked_ns < LOOK_EVERY_NS) {
		return SUPERVISOR_CONTINUE;
	}
	live->looked_ns = now_ns;
	if (!interfaces_any_returned(live->options, live->interfaces)) {
		return SUPERVISOR_CONTINUE;
	}
	live->looked_ns = now_ns + REPLACE_EVERY_NS - LOOK_EVERY_NS;
	return SUPERVISOR_REPLACE;
}

static bool waiting(void *ctx)
{
	(void)ctx;
	return !signals_stop();
}

static bool confine_publisher(void)
{
	return privileges_drop_rest() && sandbox_enter(SANDBOX_PUBLISHER);
}

static bool confine_history(int folder)
{
	return privileges_drop_rest() && landlock_limit_history(folder) &&
	       sandbox_enter(SANDBOX_HISTORY);
}

static bool confine_judge(void)
{
	return privileges_drop_rest() && landlock_limit(-1, -1) && sandbox_enter(SANDBOX_WORKER);
}

static bool is_below(const char *path, const char *folder)
{
	size_t size = strlen(folder);
	return path != NULL && strncmp(path, folder, size) == 0 && path[size] == '/';
}

/* The usual folder is not created for incidents alone. */
static bool is_chosen(const char *state)
{
	return strcmp(state, OPTIONS_STATE) != 0;
}

/* The group may read the history. Its folder may be in that of the journal, whose files are
 * private. */
static bool make_folders(const struct live *live, const struct privileges *privileges)
{
	const struct options *options = live->options;
	bool below = is_below(options->history, options->state) ||
	             is_below(options->evidence, options->state);
	const struct privileges_folder journal = { options->state, "journal", "--state",
		                                   below ? 0750 : 0700 };
	const struct privileges_folder history = { options->history, "history", "--history", 0750 };
	const struct privileges_folder evidence = { options->evidence, "evidence", "--evidence",
		                                    0750 };
	bool needed = below || worker_group_needs_journal(live->group) ||
	              live->group->pushed != NULL || is_chosen(options->state);
	return (!needed || privileges_make_folder(privileges, &journal)) &&
	       (history.path == NULL || privileges_make_folder(privileges, &history)) &&
	       (evidence.path == NULL || privileges_make_folder(privileges, &evidence));
}

static bool stores_incidents(const struct live *live)
{
	const char *state = live->options->state;
	return worker_group_needs_journal(live->group) || is_chosen(state) ||
	       access(state, W_OK | X_OK) == 0;
}

static void give_files(const struct live *live, const struct privileges *privileges)
{
	for (size_t i = 0; i < live->group->sets; i++) {
		outputs_set_owner(live->group->outputs[i], privileges->uid, privileges->gid);
	}
}

/* The rights of root are used first and then dropped; everything else is done without them. */
static bool start(struct live *live)
{
	struct privileges privileges;
	const struct worker_group_delivery delivery = {
		.state = live->options->state,
		.incidents = stores_incidents(live) ? live->options->state : NULL,
		.drain_ms = DRAIN_MS,
		.waiting = waiting,
		.confine_publisher = confine_publisher,
		.confine_metrics = privileges_drop_rest,
		.confine_history = confine_history,
	};
	notify_open();
	live->watchdog_ns = notify_watchdog_ns();
	/* Fanout ids must be unique per host. */
	live->fanout = live->options->workers > 1 ? (int)(getpid() * OPTIONS_LIST_MAX & 0xffff)
	                                          : CAPTURE_ALONE;
	if (!privileges_find(&privileges, live->options->user)) {
		return false;
	}
	give_files(live, &privileges);
	if (!worker_group_open(live->group) || !make_folders(live, &privileges)) {
		return false;
	}
	return privileges_drop(&privileges, true) && worker_group_load(live->group) &&
	       sandbox_enter(SANDBOX_SUPERVISOR) && worker_group_start(live->group, &delivery);
}

static int supervise(struct live *live)
{
	struct supervisor_config config = {
		.work = work,
		.ready = report_start,
		.tick = tick,
		.take = take_sockets,
		.load = load_rules,
		.files = open_files,
		.ended = end_sockets,
		.stopping = stop_sockets,
		.ctx = live,
		.restart = true,
		.stop_ms = STOP_MS,
	};
	const struct pushed_rules_confine confine = { confine_publisher, confine_judge };
	int ret = pushed_rules_check(live->options)
	                  ? worker_group_new(&live->group, live->options, true)
	                  : EXIT_USAGE;
	if (ret == EXIT_DONE && !pushed_rules_open(live->group, &confine)) {
		ret = EXIT_FAILED;
		worker_group_free(live->group);
	}
	if (ret == EXIT_DONE && (ret = worker_group_learn(live->group)) != EXIT_DONE) {
		worker_group_free(live->group);
	}
	if (ret != EXIT_DONE) {
		return ret;
	}
	live->losses = losses_new(live->options, live->group->counters, live->interfaces->passed);
	if (live->losses == NULL || !start(live)) {
		worker_group_free(live->group);
		return EXIT_FAILED;
	}
	config.group = live->group;
	bool good = supervisor_run(&config);
	losses_finish(live->losses);
	if (!live->started) {
		worker_group_free(live->group);
		return good ? EXIT_DONE : EXIT_FAILED;
	}
	notify_send("STOPPING=1");
	return worker_group_finish(live->group) && good ? EXIT_DONE : EXIT_FAILED;
}

int live_run(const struct options *options)
{
	struct live live = { .options = options, .fanout = CAPTURE_ALONE };
	int ret = EXIT_FAILED;
	signals_hold_requests();
	live.interfaces = interfaces_state_new();
	if (live.interfaces == NULL) {
		log_error("out of memory");
	} else {
		ret = supervise(&live);
	}
	losses_free(live.losses);
	interfaces_state_free(live.interfaces);
	return ret;
}
