/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define READ_SIZE 65536
#define WATCH_MS  200

/* In a child of history_child_start(): the end of a pipe. The parent has the other end, and closes
 * it to give up the child. */
static int lifeline = -1;

/* The function that watches long work; NULL: there is none. */
static history_goes_on_t watcher;
static void *watcher_ctx;

void history_watch(history_goes_on_t goes_on, void *ctx)
{
	watcher = goes_on;
	watcher_ctx = ctx;
}

bool history_goes_on(void)
{
	return watcher == NULL || watcher(watcher_ctx);
}

static int write_all(int fd, const char *octets, size_t size)
{
	while (size > 0) {
		ssize_t written = write(fd, octets, size);
		if (written < 0 && errno != EINTR) {
			return -errno;
		}
		octets += written > 0 ? written : 0;
		size -= written > 0 ? (size_t)written : 0;
	}
	return 0;
}

static void run(history_work_t work, void *ctx, int out, size_t limit)
{
	const struct rlimit no_core = { 0, 0 };
	struct writer output;
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	history_watch(NULL, NULL);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)setrlimit(RLIMIT_CORE, &no_core);
	if (null >= 0) {
		(void)dup2(null, STDERR_FILENO);
	}
	writer_init_growing(&output, limit);
	int ret = work(ctx, &output);
	if (ret == 0 && output.failed) {
		ret = -ENOMEM;
	}
	if (ret == 0) {
		ret = write_all(out, output.start, writer_size(&output));
	}
	_exit(-ret);
}

int history_wait_for(int fd)
{
	struct pollfd polled = { .fd = fd, .events = POLLIN };
	while (history_goes_on()) {
		int ret = poll(&polled, 1, watcher != NULL ? WATCH_MS : -1);
		if (ret > 0) {
			return 0;
		}
		if (ret < 0 && errno != EINTR) {
			return -errno;
		}
	}
	return -ECANCELED;
}

static int read_all(int fd, struct writer *output)
{
	ssize_t got = 1;
	char *room;
	int ret;
	while ((ret = history_wait_for(fd)) == 0 && got != 0 &&
	       (room = writer_reserve(output, READ_SIZE)) != NULL) {
		got = read(fd, room, READ_SIZE);
		if (got > 0) {
			writer_advance(output, (size_t)got);
		} else if (got < 0 && errno != EINTR) {
			return -errno;
		}
	}
	return ret != 0 || got == 0 ? ret : -ENOMEM;
}

static int wait_for(pid_t pid)
{
	int status = 0;
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR) {
			return -errno;
		}
	}
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO;
}

int history_in_child(history_work_t work, void *ctx, struct writer *output)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) != 0) {
		return -errno;
	}
	pid_t pid = fork();
	if (pid == 0) {
		run(work, ctx, ends[1], output != NULL ? output->limit : 1);
	}
	int ret = pid < 0 ? -errno : 0;
	(void)close(ends[1]);
	if (ret == 0) {
		ret = output != NULL ? read_all(ends[0], output) : history_wait_for(ends[0]);
	}
	(void)close(ends[0]);
	if (ret == -ECANCELED) {
		(void)kill(pid, SIGKILL);
	}
	int status = pid > 0 ? wait_for(pid) : 0;
	return status != 0 && ret != -ECANCELED ? status : ret;
}

int history_child_start(struct history_child *child, history_work_t work, void *ctx)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) != 0) {
		return -errno;
	}
	pid_t pid = fork();
	if (pid == 0) {
		lifeline = ends[1]; /* it is open until the child ends */
		(void)close(ends[0]);
		run(work, ctx, ends[1], sizeof(uint64_t));
	}
	int ret = pid < 0 ? -errno : 0;
	(void)close(ends[1]);
	if (ret != 0) {
		(void)close(ends[0]);
		return ret;
	}
	*child = (struct history_child){ .pid = pid, .end = ends[0] };
	return 0;
}

bool history_child_has_ended(const struct history_child *child)
{
	struct pollfd polled = { .fd = child->end, .events = POLLIN };
	return poll(&polled, 1, 0) == 1;
}

int history_child_wait(struct history_child *child, uint64_t *number)
{
	int watched = child->end >= 0 ? history_wait_for(child->end) : 0;
	if (number != NULL &&
	    (watched != 0 || read(child->end, number, sizeof(*number)) != sizeof(*number))) {
		*number = 0;
	}
	if (child->end >= 0) {
		(void)close(child->end);
	}
	int ret = wait_for(child->pid);
	*child = (struct history_child){ .pid = 0, .end = -1 };
	return watched != 0 ? watched : ret;
}

void history_child_give_up(struct history_child *child)
{
	if (child->pid > 0) {
		(void)close(child->end);
		child->end = -1;
		(void)history_child_wait(child, NULL);
	}
}

bool history_child_is_given_up(void)
{
	struct pollfd polled = { .fd = lifeline };
	return poll(&polled, 1, 0) == 1;
}
