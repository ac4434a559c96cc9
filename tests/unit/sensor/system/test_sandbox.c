/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sensor/system/sandbox.h"

/* Calls that a compromised process would make. */

static void call_packet_socket(void)
{
	(void)socket(AF_PACKET, SOCK_RAW, 0);
}

static void call_inet_socket(void)
{
	(void)socket(AF_INET, SOCK_STREAM, 0);
}

static void call_connect(void)
{
	struct sockaddr address = { .sa_family = AF_UNSPEC };
	(void)connect(-1, &address, sizeof(address));
}

static void call_send(void)
{
	(void)send(-1, "", 1, 0);
}

static void call_exec(void)
{
	char *const none[] = { NULL };
	(void)execve("/nonexistent", none, none);
}

static void call_fork(void)
{
	if (fork() == 0) {
		_exit(0);
	}
}

static void call_kill(void)
{
	(void)kill(getppid(), 0);
}

static void call_ptrace(void)
{
	(void)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static void call_setuid(void)
{
	(void)!setuid(0);
}

static void call_chroot(void)
{
	(void)!chroot("/nonexistent");
}

static void call_mount(void)
{
	(void)syscall(SYS_mount, "", "", "", 0, NULL);
}

static void call_module(void)
{
	(void)syscall(SYS_init_module, NULL, 0, "");
}

static void call_bpf(void)
{
	(void)syscall(SYS_bpf, 0, NULL, 0);
}

static void call_chmod(void)
{
	(void)!fchmodat(AT_FDCWD, "/nonexistent", 0777, 0);
}

/* Calls that the processes need. */

static void *nothing(void *ctx)
{
	return ctx;
}

static void call_thread(void)
{
	pthread_t thread;
	if (pthread_create(&thread, NULL, nothing, NULL) == 0) {
		(void)pthread_join(thread, NULL);
	}
}

static void call_name(void)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);
	(void)getsockname(-1, (struct sockaddr *)&address, &size);
}

static void call_files(void)
{
	char byte;
	int fd = open("/dev/null", O_RDWR);
	(void)!read(fd, &byte, 1);
	(void)!write(fd, "", 1);
	(void)lseek(fd, 0, SEEK_SET);
	(void)isatty(fd);
	(void)close(fd);
}

static void call_waits(void)
{
	struct timespec short_time = { .tv_nsec = 1 };
	(void)poll(NULL, 0, 0);
	(void)nanosleep(&short_time, NULL);
}

#define WORKER     (1 << SANDBOX_WORKER)
#define PUBLISHER  (1 << SANDBOX_PUBLISHER)
#define METRICS    (1 << SANDBOX_METRICS)
#define SUPERVISOR (1 << SANDBOX_SUPERVISOR)
#define ALL        (WORKER | PUBLISHER | METRICS | SUPERVISOR)

static const struct {
	const char *label;
	void (*call)(void);
	int roles; /* that may make the call */
} tests[] = {
	{ "a packet socket", call_packet_socket, SUPERVISOR },
	{ "an Internet socket", call_inet_socket, PUBLISHER | SUPERVISOR },
	{ "connect", call_connect, PUBLISHER | SUPERVISOR },
	{ "send", call_send, PUBLISHER | METRICS | SUPERVISOR },
	{ "another process", call_fork, SUPERVISOR },
	{ "a signal", call_kill, SUPERVISOR },
	/* no role */
	{ "another program", call_exec, 0 },
	{ "ptrace", call_ptrace, 0 },
	{ "setuid", call_setuid, 0 },
	{ "chroot", call_chroot, 0 },
	{ "mount", call_mount, 0 },
	{ "a kernel module", call_module, 0 },
	{ "bpf", call_bpf, 0 },
	{ "chmod", call_chmod, 0 },
	/* every role that needs it */
	{ "a thread", call_thread, WORKER | SUPERVISOR },
	{ "a socket's name", call_name, WORKER | PUBLISHER | SUPERVISOR },
	{ "files", call_files, WORKER | PUBLISHER | SUPERVISOR },
	{ "waits", call_waits, ALL },
};

/* Makes the call in a child; returns 0, or the signal that ended it. */
static int try(enum sandbox_role role, void (*call)(void))
{
	int status;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (!sandbox_enter(role)) {
			_exit(1);
		}
		call();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void each_role_has_its_calls(void **state)
{
	(void)state;
	static const char *const names[] = { "worker", "publisher", "metrics", "supervisor" };
	if (!sandbox_is_real()) {
		skip();
	}
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		for (int role = SANDBOX_WORKER; role <= SANDBOX_SUPERVISOR; role++) {
			bool may = (tests[i].roles & 1 << role) != 0;
			int ended = try((enum sandbox_role)role, tests[i].call);
			if (ended != (may ? 0 : SIGSYS)) {
				fail_msg("%s, %s: signal %d", names[role], tests[i].label, ended);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(each_role_has_its_calls),
	};
	return cmocka_run_group_tests(all, NULL, NULL);
}
