/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/fleet/fleet_judge.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time_ns.h"
#include "sensor/system/child.h"

static int run(const struct fleet_config *config, int bundle, int out, pid_t parent)
{
	const struct rlimit limit = { FLEET_JUDGE_S, FLEET_JUDGE_S };
	const int kept[] = { bundle, out };
	struct fleet_verdict verdict = { .taken = false };
	config->forget(config->ctx, NULL);
	if (!child_follow("nsmx-judge", parent) || !child_keep_only(kept, 2) ||
	    setrlimit(RLIMIT_CPU, &limit) != 0 || !config->confine_judge()) {
		return 1;
	}
	config->judge(config->ctx, bundle, &verdict);
	return write(out, &verdict, sizeof(verdict)) == (ssize_t)sizeof(verdict) ? 0 : 1;
}

bool fleet_judge_start(struct fleet_judge *judge, const struct fleet_config *config, int bundle)
{
	int ends[2];
	pid_t parent = getpid();
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
		return false;
	}
	judge->started_ns = monotonic_ns();
	judge->pid = fork();
	if (judge->pid == 0) {
		_exit(run(config, bundle, ends[1], parent));
	}
	(void)close(ends[1]);
	judge->pipe = ends[0];
	if (judge->pid < 0) {
		int error = errno;
		judge->pid = 0;
		fleet_judge_stop(judge);
		errno = error;
		return false;
	}
	return true;
}

/* Without a verdict, the set is refused. */
static void describe(int status, struct fleet_verdict *verdict)
{
	*verdict = (struct fleet_verdict){ .taken = false };
	if (WIFSIGNALED(status)) {
		(void)snprintf(verdict->reason, sizeof(verdict->reason),
		               "compiling the rules ended with signal %d (%.40s)", WTERMSIG(status),
		               strsignal(WTERMSIG(status)));
	} else {
		(void)snprintf(verdict->reason, sizeof(verdict->reason),
		               "the rules could not be compiled");
	}
}

bool fleet_judge_take(struct fleet_judge *judge, struct fleet_verdict *verdict)
{
	int status;
	if (monotonic_ns() - judge->started_ns > FLEET_JUDGE_S * NS_PER_S) {
		(void)kill(judge->pid, SIGKILL);
	}
	if (waitpid(judge->pid, &status, WNOHANG) != judge->pid) {
		return false;
	}
	judge->pid = 0;
	if (read(judge->pipe, verdict, sizeof(*verdict)) != (ssize_t)sizeof(*verdict)) {
		describe(status, verdict);
	}
	verdict->reason[sizeof(verdict->reason) - 1] = '\0';
	fleet_judge_stop(judge);
	return true;
}

void fleet_judge_stop(struct fleet_judge *judge)
{
	if (judge->pid > 0) {
		(void)kill(judge->pid, SIGKILL);
		(void)TEMP_FAILURE_RETRY(waitpid(judge->pid, NULL, 0));
		judge->pid = 0;
	}
	if (judge->pipe >= 0) {
		(void)close(judge->pipe);
		judge->pipe = -1;
	}
}
