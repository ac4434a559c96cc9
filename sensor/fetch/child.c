/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/fetch/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sanitizer.h"
#include "base/time_ns.h"
#include "sensor/system/signals.h"

#define WATCH_MS 100

#define SECONDS_CPU 600

static void bound(const struct child *child)
{
	const struct rlimit memory = { child->memory, child->memory };
	rlim_t cpu = child->seconds < SECONDS_CPU ? child->seconds + 1 : SECONDS_CPU;
	const struct rlimit processor = { cpu, cpu };
	if (!ADDRESS_SANITIZED) {
		(void)setrlimit(RLIMIT_AS, &memory);
	}
	(void)setrlimit(RLIMIT_CPU, &processor);
}

/* The signal is set again, because the kernel clears it when the user changes. */
static bool drop_rights(const struct child_rules *rules, const struct child *child)
{
	return privileges_drop(&rules->user, false) && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 &&
	       (child->confine == NULL || child->confine(child->ctx)) && sandbox_enter(child->role);
}

__attribute__((noreturn)) static void run(const struct child_rules *rules,
                                          const struct child *child)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)signal(SIGINT, SIG_DFL);
	(void)signal(SIGTERM, SIG_DFL);
	bound(child);
	bool ready =
	        (child->prepare == NULL || child->prepare(child->ctx)) && drop_rights(rules, child);
	_exit(ready && child->work(child->ctx) ? 0 : 1);
}

/* Waits until the child closes its end of the pipe. */
static enum child_end watch(struct child_rules *rules, const struct child *child, int pipe)
{
	struct pollfd polled = { .fd = pipe, .events = POLLIN };
	int64_t until_ns = monotonic_ns() + (int64_t)child->seconds * NS_PER_S;
	while (poll(&polled, 1, WATCH_MS) <= 0) {
		if (signals_stop()) {
			return CHILD_INTERRUPTED;
		}
		if (monotonic_ns() > until_ns) {
			return CHILD_LATE;
		}
		if (progress_is_due(&rules->progress)) {
			progress_show_work(&rules->progress, child->name, *child->octets, "octets");
		}
	}
	return CHILD_DONE;
}

static enum child_end wait_for(struct child_rules *rules, const struct child *child, pid_t pid,
                               int pipe)
{
	int status = 0;
	enum child_end end = watch(rules, child, pipe);
	if (end != CHILD_DONE) {
		(void)kill(pid, SIGKILL);
	}
	while (waitpid(pid, &status, 0) < 0) {
	}
	progress_clear(&rules->progress);
	if (end != CHILD_DONE) {
		return end;
	}
	return !WIFEXITED(status)         ? CHILD_DIED
	       : WEXITSTATUS(status) == 0 ? CHILD_DONE
	                                  : CHILD_FAILED;
}

enum child_end child_run(struct child_rules *rules, const struct child *child)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) != 0) {
		return CHILD_DIED;
	}
	pid_t pid = fork();
	if (pid == 0) {
		(void)close(ends[0]); /* the other end is open until the child ends */
		run(rules, child);
	}
	(void)close(ends[1]);
	enum child_end end = pid > 0 ? wait_for(rules, child, pid, ends[0]) : CHILD_DIED;
	(void)close(ends[0]);
	return end;
}
