/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/process/loader.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "sensor/system/child.h"
#include "sensor/system/exit_status.h"

static void fail(const char *why)
{
	log_error("cannot reload the rules: %s", why);
}

static void close_image(struct loader *loader)
{
	if (loader->image >= 0) {
		(void)close(loader->image);
		loader->image = -1;
	}
}

/* In the process */
static void begin(const struct loader *loader, pid_t parent)
{
	if (!child_keep_only(&loader->image, 1) || !child_follow("nsmx-rules", parent)) {
		fail(strerror(errno));
		_exit(EXIT_FAILED);
	}
}

pid_t loader_fork(struct loader *loader)
{
	pid_t parent = getpid();
	loader->image = memfd_create("nsmx-rules", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	pid_t pid = loader->image >= 0 ? fork() : -1;
	if (pid == 0) {
		begin(loader, parent);
		return 0;
	}
	if (pid < 0) {
		fail(strerror(errno));
		close_image(loader);
	}
	loader->pid = pid > 0 ? pid : 0;
	return pid;
}

/* Seals the memory, which is emptied if the process has failed. */
static bool seal(int image, bool good)
{
	return (good || ftruncate(image, 0) == 0) &&
	       fcntl(image, F_ADD_SEALS,
	             F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0;
}

int loader_take(struct loader *loader, bool *good)
{
	int status;
	if (loader->pid == 0 || waitpid(loader->pid, &status, WNOHANG) != loader->pid) {
		return -1;
	}
	int image = loader->image;
	loader->pid = 0;
	loader->image = -1;
	*good = WIFEXITED(status) && WEXITSTATUS(status) == EXIT_DONE;
	if (WIFSIGNALED(status)) {
		fail(strsignal(WTERMSIG(status)));
	}
	if (!seal(image, *good)) {
		fail(strerror(errno));
		(void)close(image);
		return -1;
	}
	return image;
}

void loader_stop(struct loader *loader)
{
	if (loader->pid > 0) {
		(void)kill(loader->pid, SIGKILL);
		(void)waitpid(loader->pid, NULL, 0);
		loader->pid = 0;
	}
	close_image(loader);
}
