/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/system/child.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static int compare(const void *one, const void *other)
{
	return *(const int *)one - *(const int *)other;
}

bool child_keep_only(const int *fds, size_t count)
{
	int kept[CHILD_FDS_MAX];
	unsigned from = STDERR_FILENO + 1;
	int null = open("/dev/null", O_RDWR);
	bool good = count <= CHILD_FDS_MAX && null >= 0 && dup2(null, STDIN_FILENO) >= 0 &&
	            dup2(null, STDOUT_FILENO) >= 0;
	if (good && count > 0) {
		memcpy(kept, fds, count * sizeof(kept[0]));
		qsort(kept, count, sizeof(kept[0]), compare);
	}
	for (size_t i = 0; i < count && good; i++) {
		unsigned fd = (unsigned)kept[i];
		good = fd == from || close_range(from, fd - 1, 0) == 0;
		from = fd + 1;
	}
	return good && close_range(from, ~0U, 0) == 0;
}

bool child_follow(const char *name, int parent)
{
	static const int ignored[] = { SIGHUP, SIGINT, SIGUSR1, SIGUSR2, SIGPIPE };
	sigset_t none;
	(void)prctl(PR_SET_NAME, name);
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++) {
		(void)signal(ignored[i], SIG_IGN);
	}
	(void)signal(SIGTERM, SIG_DFL);
	(void)signal(SIGCHLD, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	return getppid() == parent;
}
