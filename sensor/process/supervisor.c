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
#include "sensor/system/signals.h"

#define TICK_MS 200
/* A second signal within this time is the same one, sent to the process and to its group. */
#define AGAIN_NS      INT64_C(500000000)
#define BACKOFF_MIN_S 1
#define BACKOFF_MAX_S 30
#define WELL_S        60 /* a worker that has lived so long restarts the backoff */

struct child {
	pid_t pid;  /* 0: not running */
	bool ended; /* no replacement follows */
	unsigned backoff_s;
	int64_t started_ns;
	int64_t due_ns; /* when the replacement is started */
};

struct supervisor {
	const struct supervisor_config *config;
	unsigned count;
	struct child children[OPTIONS_WORKERS_MAX];
	bool stopping;
	bool replacing;
	bool failed;
	int64_t stopped_ns;
	int64_t kill_ns; /* 0: never */
};

static int run_worker(const struct supervisor *supervisor, unsigned worker, int ready_fd,
                      bool restarted)
{
	char name[32]; /* the kernel keeps the first 15 octets */
	(void)snprintf(name, sizeof(name), "nsmx-worker-%u", worker);
	(void)prctl(PR_SET_NAME, name);
	signals_install_worker();
	return supervisor->config->work(supervisor->config->ctx, worker, ready_fd, restarted);
}

static bool fork_worker(struct supervisor *supervisor, unsigned worker, int ready_fd,
                        bool restarted)
{
	struct child *child = &supervisor->children[worker];
	child->started_ns = monotonic_ns();
	child->due_ns = 0;
	child->pid = fork();
	if (child->pid == 0) {
		_exit(run_worker(supervisor, worker, ready_fd, restarted));
	}
	if (child->pid < 0) {
		log_error("worker %u: %s", worker, strerror(errno));
		child->pid = 0;
		child->due_ns = monotonic_ns() + BACKOFF_MAX_S * NS_PER_S;
	}
	return child->pid > 0;
}

void supervisor_ready(int ready_fd)
{
	if (ready_fd >= 0) {
		ssize_t written = write(ready_fd, "", 1);
		(void)written;
		(void)close(ready_fd);
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
	supervisor->kill_ns = stop_ms > 0 ? monotonic_ns() + stop_ms * NS_PER_MS : 0;
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

/* 1 s, doubled with each early death. */
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
	worker_group_leave(supervisor->config->group, worker);
	if (code == EXIT_DONE && supervisor->replacing && !supervisor->stopping) {
		child->due_ns = monotonic_ns();
	} else if (code == EXIT_DONE && (supervisor->stopping || !supervisor->config->restart)) {
		child->ended = true;
	} else if (code == EXIT_FAILED && (supervisor->stopping || !supervisor->config->restart)) {
		child->ended = true; /* it has logged the reason */
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

static void start_due(struct supervisor *supervisor)
{
	for (unsigned i = 0; i < supervisor->count; i++) {
		struct child *child = &supervisor->children[i];
		if (child->pid > 0 || child->ended) {
			continue;
		}
		/* A worker that does not run does not hang: the watchdog must not expire. */
		counter_add(&supervisor->config->group->heartbeats[i], 1);
		if (supervisor->stopping) {
			child->ended = true;
		} else if (monotonic_ns() >= child->due_ns) {
			(void)fork_worker(supervisor, i, -1, true);
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

/* True when every worker that ran at that time has ended. */
static bool is_replaced(const struct supervisor *supervisor, int64_t since_ns)
{
	for (unsigned i = 0; i < supervisor->count; i++) {
		const struct child *child = &supervisor->children[i];
		if (child->pid > 0 && child->started_ns < since_ns) {
			return false;
		}
	}
	return true;
}

static void take_signal(struct supervisor *supervisor, int number)
{
	switch (number) {
	case SIGINT:
	case SIGTERM:
		stop(supervisor);
		break;
	case SIGHUP:
		if (!supervisor->config->restart) {
			stop(supervisor);
			break;
		}
		signal_all(supervisor, SIGHUP);
		break;
	case SIGUSR1:
		worker_group_log_counters(supervisor->config->group);
		break;
	default:
		break;
	}
}

/* True when it reports that it is ready; false when it ends, or does not stop in time. */
static bool await_ready(struct supervisor *supervisor, int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	char byte;
	while (poll(&ready, 1, TICK_MS) <= 0) {
		take_signal(supervisor, signals_next(0));
		if (is_late(supervisor)) {
			return false;
		}
	}
	return read(fd, &byte, 1) == 1;
}

/* Waits until the worker is ready, so that a fault of all workers is logged once. */
static bool start_worker(struct supervisor *supervisor, unsigned worker)
{
	int pipes[2];
	if (pipe2(pipes, O_CLOEXEC) != 0) {
		log_error("worker %u: %s", worker, strerror(errno));
		return false;
	}
	bool forked = fork_worker(supervisor, worker, pipes[1], false);
	(void)close(pipes[1]);
	bool ready = forked && await_ready(supervisor, pipes[0]);
	(void)close(pipes[0]);
	return ready;
}

static void supervise(struct supervisor *supervisor)
{
	const struct supervisor_config *config = supervisor->config;
	int64_t replaced_ns = 0;
	while (any_left(supervisor)) {
		take_signal(supervisor, signals_next(TICK_MS));
		reap(supervisor);
		start_due(supervisor);
		worker_group_tick(config->group);
		if (is_late(supervisor)) {
			log_error("workers do not stop: killing them");
			supervisor->kill_ns = 0;
			signal_all(supervisor, SIGKILL);
		}
		if (supervisor->replacing && is_replaced(supervisor, replaced_ns)) {
			supervisor->replacing = false;
		}
		if (config->tick != NULL && !supervisor->stopping && !supervisor->replacing &&
		    config->tick(config->ctx) == SUPERVISOR_REPLACE) {
			supervisor->replacing = true;
			replaced_ns = monotonic_ns();
			signal_all(supervisor, SIGTERM);
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
	struct supervisor supervisor = { .config = config, .count = config->group->workers };
	signals_hold();
	if (start_all(&supervisor)) {
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
	return !supervisor.failed;
}
