/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/process/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time_ns.h"
#include "sensor/process/loader.h"
#include "sensor/system/signals.h"

#define TICK_MS 200
#define LAST_MS 300 /* for the process that keeps the incidents, after the workers were killed */
/* A second signal within this time is the same one, sent to the process and to its group. */
#define AGAIN_NS      INT64_C(500000000)
#define MESSAGES_MAX  8 /* the largest number of messages of a worker that are read at a time */
#define BACKOFF_MIN_S 1
#define BACKOFF_MAX_S 30
#define WELL_S        60 /* a worker that has lived for this long resets the pause */

struct child {
	pid_t pid;   /* 0: not running */
	int channel; /* -1: none */
	bool ready;
	bool ended; /* no replacement follows */
	unsigned backoff_s;
	int64_t started_ns;
	int64_t due_ns; /* when the replacement is started */
};

struct supervisor {
	const struct supervisor_config *config;
	unsigned count;
	struct child children[WORKER_GROUP_SETS];
	bool stopping;
	bool replacing;
	int64_t replaced_ns; /* the time at which the replacement began */
	struct loader loader;
	bool load_again; /* the rules may have changed since the loader was started */
	int rules;       /* those of the last reload, for replacements of workers; -1: none */
	bool failed;
	int64_t stopped_ns;
	int64_t kill_ns;      /* 0: never */
	int64_t last_kill_ns; /* when also the last process is killed; 0: never */
};

static void close_channel(struct child *child)
{
	if (child->channel >= 0) {
		(void)close(child->channel);
		child->channel = -1;
	}
}

static void close_rules(struct supervisor *supervisor)
{
	if (supervisor->rules >= 0) {
		(void)close(supervisor->rules);
		supervisor->rules = -1;
	}
	if (supervisor->loader.image >= 0) {
		(void)close(supervisor->loader.image);
	}
}

static int run_worker(struct supervisor *supervisor, unsigned worker, int channel, bool restarted)
{
	char name[32]; /* the kernel keeps the first 15 octets */
	for (unsigned i = 0; i < supervisor->count; i++) {
		close_channel(&supervisor->children[i]);
	}
	close_rules(supervisor);
	if (worker < supervisor->config->group->workers) {
		(void)snprintf(name, sizeof(name), "nsmx-worker-%u", worker);
	} else {
		(void)snprintf(name, sizeof(name), "nsmx-incidents");
	}
	(void)prctl(PR_SET_NAME, name);
	signals_install_worker();
	return supervisor->config->work(supervisor->config->ctx, worker, channel, restarted);
}

static void fork_worker(struct supervisor *supervisor, unsigned worker, bool restarted)
{
	struct child *child = &supervisor->children[worker];
	int ends[2] = { -1, -1 };
	child->started_ns = monotonic_ns();
	child->due_ns = 0;
	child->ready = false;
	child->pid = channel_open(ends) ? fork() : -1;
	if (child->pid == 0) {
		(void)close(ends[0]);
		_exit(run_worker(supervisor, worker, ends[1], restarted));
	}
	child->channel = ends[0];
	if (ends[1] >= 0) {
		(void)close(ends[1]);
	}
	if (child->pid < 0) {
		log_error("worker %u: %s", worker, strerror(errno));
		close_channel(child);
		child->pid = 0;
		child->due_ns = monotonic_ns() + BACKOFF_MAX_S * NS_PER_S;
	}
}

/* Takes the messages of a worker, a few at once. */
static void take_messages(struct supervisor *supervisor, unsigned worker)
{
	const struct supervisor_config *config = supervisor->config;
	struct child *child = &supervisor->children[worker];
	struct channel_fds fds;
	for (int i = 0; i < MESSAGES_MAX; i++) {
		enum channel_status status = channel_receive(child->channel, &fds);
		if (status != CHANNEL_MESSAGE) {
			return;
		}
		if (fds.count == 0) {
			child->ready = true;
		} else if (config->take != NULL) {
			config->take(config->ctx, worker, &fds);
		} else {
			channel_close_fds(&fds);
		}
	}
}

static void signal_workers(const struct supervisor *supervisor, int number)
{
	for (unsigned i = 0; i < supervisor->config->group->workers; i++) {
		if (supervisor->children[i].pid > 0) {
			(void)kill(supervisor->children[i].pid, number);
		}
	}
}

static void signal_all(const struct supervisor *supervisor, int number)
{
	for (unsigned i = 0; i < supervisor->count; i++) {
		if (supervisor->children[i].pid > 0) {
			(void)kill(supervisor->children[i].pid, number);
		}
	}
}

static void stop(struct supervisor *supervisor)
{
	unsigned stop_ms = supervisor->config->stop_ms;
	if (supervisor->stopping) {
		if (monotonic_ns() - supervisor->stopped_ns >= AGAIN_NS) {
			signal_all(supervisor, SIGKILL);
		}
		return;
	}
	supervisor->stopping = true;
	supervisor->stopped_ns = monotonic_ns();
	loader_stop(&supervisor->loader);
	worker_group_end_incidents(supervisor->config->group);
	supervisor->kill_ns = stop_ms > 0 ? monotonic_ns() + stop_ms * NS_PER_MS : 0;
	if (supervisor->config->stopping != NULL) {
		supervisor->config->stopping(supervisor->config->ctx);
	}
	signal_all(supervisor, SIGTERM);
}

static bool is_late(const struct supervisor *supervisor)
{
	return supervisor->kill_ns != 0 && monotonic_ns() >= supervisor->kill_ns;
}

static void describe(int status, char text[64])
{
	if (WIFSIGNALED(status)) {
		(void)snprintf(text, 64, "signal %d (%.40s)", WTERMSIG(status),
		               strsignal(WTERMSIG(status)));
	} else {
		(void)snprintf(text, 64, "status %d", WEXITSTATUS(status));
	}
}

/* Returns the pause before a replacement: 1 s, doubled with each early death. */
static unsigned next_backoff_s(const struct child *child)
{
	if (child->backoff_s == 0 || monotonic_ns() - child->started_ns >= WELL_S * NS_PER_S) {
		return BACKOFF_MIN_S;
	}
	return 2 * child->backoff_s < BACKOFF_MAX_S ? 2 * child->backoff_s : BACKOFF_MAX_S;
}

static void handle_death(struct supervisor *supervisor, unsigned worker, int status)
{
	struct child *child = &supervisor->children[worker];
	char why[64];
	describe(status, why);
	worker_group_reap(supervisor->config->group, worker);
	if (!supervisor->config->restart || supervisor->stopping) {
		log_error("worker %u ended by %s", worker, why);
		supervisor->failed = true;
		child->ended = true;
		return;
	}
	child->backoff_s = next_backoff_s(child);
	child->due_ns = monotonic_ns() + child->backoff_s * NS_PER_S;
	log_error("worker %u ended by %s; a replacement starts in %u s", worker, why,
	          child->backoff_s);
}

static void take_status(struct supervisor *supervisor, unsigned worker, int status)
{
	struct child *child = &supervisor->children[worker];
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	child->pid = 0;
	take_messages(supervisor, worker);
	close_channel(child);
	worker_group_leave(supervisor->config->group, worker);
	if (supervisor->config->ended != NULL && worker < supervisor->config->group->workers) {
		supervisor->config->ended(supervisor->config->ctx, worker);
	}
	if (code == EXIT_DONE && supervisor->replacing && !supervisor->stopping) {
		child->due_ns = monotonic_ns();
	} else if (code == EXIT_DONE && (supervisor->stopping || !supervisor->config->restart)) {
		child->ended = true;
	} else if (code == EXIT_FAILED && (supervisor->stopping || !supervisor->config->restart)) {
		child->ended = true; /* the worker has logged the reason */
		supervisor->failed = true;
	} else if (code == SUPERVISOR_OUTPUTS_GONE) {
		child->ended = true;
		supervisor->failed = true;
		if (!supervisor->stopping) {
			stop(supervisor);
		}
	} else {
		handle_death(supervisor, worker, status);
	}
}

static void reap(struct supervisor *supervisor)
{
	for (unsigned i = 0; i < supervisor->count; i++) {
		int status;
		struct child *child = &supervisor->children[i];
		if (child->pid > 0 && waitpid(child->pid, &status, WNOHANG) == child->pid) {
			take_status(supervisor, i, status);
		}
	}
}

/* The worker gets the rules, then the signal. */
static void send_rules(const struct supervisor *supervisor, unsigned worker,
                       const struct channel_fds *fds)
{
	const struct child *child = &supervisor->children[worker];
	if (child->pid <= 0 || worker >= supervisor->config->group->workers) {
		return;
	}
	if (!channel_send(child->channel, fds->items, fds->count)) {
		log_error("cannot send the new rules to worker %u: %s", worker, strerror(errno));
	}
	(void)kill(child->pid, SIGHUP);
}

/* Starts the process that compiles the rules; while it runs, it is started again later. */
static void load_rules(struct supervisor *supervisor)
{
	const struct supervisor_config *config = supervisor->config;
	supervisor->load_again = supervisor->loader.pid > 0;
	if (!supervisor->load_again && loader_fork(&supervisor->loader) == 0) {
		_exit(config->load(config->ctx, supervisor->loader.image));
	}
}

static void send_to_all(struct supervisor *supervisor, int rules)
{
	const struct supervisor_config *config = supervisor->config;
	struct channel_fds fds = { .items = { rules }, .count = 1 };
	if (config->files != NULL) {
		fds.count += config->files(config->ctx, fds.items + 1);
	}
	for (unsigned i = 0; i < supervisor->count; i++) {
		send_rules(supervisor, i, &fds);
	}
	channel_close_fds(&fds);
}

/* If there were errors, workers get an empty set, which changes nothing, and the files of the
 * outputs. */
static void take_rules(struct supervisor *supervisor)
{
	bool good;
	int rules = loader_take(&supervisor->loader, &good);
	if (rules < 0) {
		return;
	}
	if (good) {
		int kept = fcntl(rules, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		if (supervisor->rules >= 0) {
			(void)close(supervisor->rules);
		}
		supervisor->rules = kept;
		worker_group_expect_reload(supervisor->config->group);
	}
	send_to_all(supervisor, rules);
	if (supervisor->load_again) {
		load_rules(supervisor);
	}
}

/* The replacement has the rules of the start. If they were reloaded since, it gets the new ones. */
static void send_reloaded(const struct supervisor *supervisor, unsigned worker)
{
	const struct channel_fds fds = { .items = { supervisor->rules }, .count = 1 };
	if (supervisor->rules >= 0) {
		send_rules(supervisor, worker, &fds);
	}
}

static void start_due(struct supervisor *supervisor)
{
	for (unsigned i = 0; i < supervisor->count; i++) {
		struct child *child = &supervisor->children[i];
		if (child->pid > 0 || child->ended) {
			continue;
		}
		/* A worker that does not run does not hang, so its heartbeat is advanced. */
		counter_add(&supervisor->config->group->heartbeats[i], 1);
		if (supervisor->stopping) {
			child->ended = true;
		} else if (monotonic_ns() >= child->due_ns) {
			fork_worker(supervisor, i, true);
			send_reloaded(supervisor, i);
		}
	}
}

static bool any_left(const struct supervisor *supervisor)
{
	for (unsigned i = 0; i < supervisor->count; i++) {
		if (!supervisor->children[i].ended) {
			return true;
		}
	}
	return false;
}

/* The process that keeps the incidents stays: it serves the workers that follow. */
static void replace(struct supervisor *supervisor)
{
	supervisor->replacing = true;
	supervisor->replaced_ns = monotonic_ns();
	signal_workers(supervisor, SIGTERM);
}

static void act(struct supervisor *supervisor, enum supervisor_action action)
{
	if (action == SUPERVISOR_REPLACE) {
		replace(supervisor);
	} else if (action == SUPERVISOR_RELOAD) {
		load_rules(supervisor);
	}
}

/* Watches the replacement until every worker that ran when it began has ended. */
static void watch_replacement(struct supervisor *supervisor)
{
	bool late =
	        monotonic_ns() - supervisor->replaced_ns >= supervisor->config->stop_ms * NS_PER_MS;
	bool left = false;
	for (unsigned i = 0; i < supervisor->config->group->workers; i++) {
		const struct child *child = &supervisor->children[i];
		if (child->pid > 0 && child->started_ns < supervisor->replaced_ns) {
			left = true;
			if (late) {
				(void)kill(child->pid, SIGKILL);
			}
		}
	}
	supervisor->replacing = left;
}

static void take_signal(struct supervisor *supervisor, int number)
{
	switch (number) {
	case SIGINT:
	case SIGTERM:
		stop(supervisor);
		break;
	case SIGHUP:
		if (supervisor->config->load == NULL) {
			stop(supervisor);
		} else if (!supervisor->stopping) {
			load_rules(supervisor);
		}
		break;
	case SIGUSR1:
		worker_group_log_counters(supervisor->config->group);
		break;
	default:
		break;
	}
}

/*
 * Starts a worker and waits until it is ready, so that a fault of all workers is logged once.
 * False when it ends, or does not stop in time.
 */
static bool start_worker(struct supervisor *supervisor, unsigned worker)
{
	struct child *child = &supervisor->children[worker];
	fork_worker(supervisor, worker, false);
	struct pollfd channel = { .fd = child->channel, .events = POLLIN };
	while (child->pid > 0 && !child->ready && !is_late(supervisor)) {
		(void)poll(&channel, 1, TICK_MS);
		take_messages(supervisor, worker);
		if (!child->ready && (channel.revents & POLLHUP) != 0) {
			break;
		}
		take_signal(supervisor, signals_next(0));
	}
	return child->ready;
}

/* Workers are killed first, and after a short time the process that keeps their incidents. */
static void kill_late(struct supervisor *supervisor)
{
	log_error("workers have not stopped in time and are killed");
	signal_workers(supervisor, SIGKILL);
	supervisor->kill_ns = 0;
	supervisor->last_kill_ns = monotonic_ns() + LAST_MS * NS_PER_MS;
}

static bool is_last_late(const struct supervisor *supervisor)
{
	return supervisor->last_kill_ns != 0 && monotonic_ns() >= supervisor->last_kill_ns;
}

static void supervise(struct supervisor *supervisor)
{
	const struct supervisor_config *config = supervisor->config;
	while (any_left(supervisor)) {
		take_signal(supervisor, signals_next(TICK_MS));
		for (unsigned i = 0; i < supervisor->count; i++) {
			take_messages(supervisor, i);
		}
		reap(supervisor);
		take_rules(supervisor);
		start_due(supervisor);
		worker_group_tick(config->group);
		if (is_late(supervisor)) {
			kill_late(supervisor);
		}
		if (is_last_late(supervisor)) {
			signal_all(supervisor, SIGKILL);
		}
		if (supervisor->replacing) {
			watch_replacement(supervisor);
		}
		if (config->tick != NULL && !supervisor->stopping && !supervisor->replacing) {
			act(supervisor, config->tick(config->ctx));
		}
	}
}

/* Starts the workers, one after the other; false when one fails, or the user asks to stop. */
static bool start_all(struct supervisor *supervisor)
{
	for (unsigned i = 0; i < supervisor->count; i++) {
		bool started = start_worker(supervisor, i);
		if (supervisor->stopping) {
			return false;
		}
		if (!started) {
			supervisor->failed = true;
			return false;
		}
	}
	return true;
}

bool supervisor_run(const struct supervisor_config *config)
{
	struct supervisor supervisor = {
		.config = config,
		.count = worker_group_processes(config->group),
		.loader = { .image = -1 },
		.rules = -1,
	};
	for (unsigned i = 0; i < supervisor.count; i++) {
		supervisor.children[i].channel = -1;
	}
	signals_hold();
	bool started = start_all(&supervisor);
	if (!config->restart) {
		worker_group_end_incidents(config->group);
	}
	if (started) {
		if (config->ready != NULL) {
			config->ready(config->ctx);
		}
	} else {
		for (unsigned i = 0; i < supervisor.count; i++) {
			supervisor.children[i].ended = supervisor.children[i].pid == 0;
		}
		stop(&supervisor);
	}
	supervise(&supervisor);
	close_rules(&supervisor);
	return !supervisor.failed;
}
