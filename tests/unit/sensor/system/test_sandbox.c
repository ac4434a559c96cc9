/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sensor/system/landlock.h"
#include "sensor/system/sandbox.h"
#include "tests/unit/sensor/system/filters.h"

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

static void call_read_file(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		(void)close(fd);
	}
}

static void call_waits(void)
{
	struct timespec short_time = { .tv_nsec = 1 };
	(void)poll(NULL, 0, 0);
	(void)nanosleep(&short_time, NULL);
}

static void call_memory(void)
{
	(void)mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void call_code(void)
{
	(void)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void call_protect_code(void)
{
	(void)mprotect(NULL, 0, PROT_READ | PROT_EXEC);
}

static void call_unlink(void)
{
	(void)unlink("/nonexistent");
}

static void call_rename(void)
{
	(void)rename("/nonexistent", "/nonexistent2");
}

static void call_link(void)
{
	(void)!symlink("/nonexistent", "/nonexistent2");
}

#define INCIDENTS  (1 << SANDBOX_INCIDENTS)
#define WORKER     (1 << SANDBOX_WORKER | 1 << SANDBOX_WRITER | INCIDENTS)
#define PUBLISHER  (1 << SANDBOX_PUBLISHER)
#define METRICS    (1 << SANDBOX_METRICS)
#define HISTORY    (1 << SANDBOX_HISTORY)
#define FETCHER    (1 << SANDBOX_FETCHER)
#define SUPERVISOR (1 << SANDBOX_SUPERVISOR)
#define CONSOLE    (1 << SANDBOX_CONSOLE)
#define CLIENT     (1 << SANDBOX_READER_OF_SERVERS)
#define READER     (1 << SANDBOX_READER | CLIENT)
#define ALL        (WORKER | PUBLISHER | HISTORY | METRICS | CONSOLE | READER | FETCHER | SUPERVISOR)

static const struct {
	const char *label;
	void (*call)(void);
	int roles; /* that may make the call */
} tests[] = {
	{ "a packet socket", call_packet_socket, SUPERVISOR },
	{ "an Internet socket", call_inet_socket, PUBLISHER | CLIENT | FETCHER | SUPERVISOR },
	{ "connect", call_connect, PUBLISHER | READER | FETCHER | SUPERVISOR },
	{ "send", call_send, PUBLISHER | METRICS | CONSOLE | READER | FETCHER | SUPERVISOR },
	{ "another process", call_fork, HISTORY | READER | SUPERVISOR },
	/* A reader's call fails. */
	{ "a signal", call_kill, READER | SUPERVISOR },
	/* no role */
	{ "another program", call_exec, 0 },
	{ "ptrace", call_ptrace, 0 },
	{ "setuid", call_setuid, 0 },
	{ "chroot", call_chroot, 0 },
	{ "mount", call_mount, 0 },
	{ "a kernel module", call_module, 0 },
	{ "bpf", call_bpf, 0 },
	{ "chmod", call_chmod, 0 },
	{ "a link", call_link, 0 },
	/* every role that needs it */
	{ "a thread", call_thread, WORKER | HISTORY | READER | FETCHER | SUPERVISOR },
	{ "a socket's name", call_name, WORKER | PUBLISHER | READER | FETCHER | SUPERVISOR },
	/* A worker's open() fails, but does not end it. */
	{ "files", call_files, WORKER | PUBLISHER | HISTORY | READER | SUPERVISOR },
	/* A reader's calls fail. */
	{ "removal of a file", call_unlink, INCIDENTS | PUBLISHER | HISTORY | READER | SUPERVISOR },
	{ "another name of a file", call_rename,
	  INCIDENTS | PUBLISHER | HISTORY | READER | SUPERVISOR },
	{ "a file to read", call_read_file,
	  WORKER | PUBLISHER | HISTORY | READER | FETCHER | SUPERVISOR },
	{ "code", call_code,
	  PUBLISHER | HISTORY | METRICS | CONSOLE | READER | FETCHER | SUPERVISOR },
	{ "memory that becomes code", call_protect_code,
	  PUBLISHER | HISTORY | METRICS | CONSOLE | READER | FETCHER | SUPERVISOR },
	{ "memory", call_memory, ALL },
	{ "waits", call_waits, ALL },
};

static bool has_filters(void)
{
	return sandbox_is_real() && kernel_has_filters();
}

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
	static const char *const names[] = { "worker",    "writer",    "incidents",
		                             "publisher", "history",   "metrics",
		                             "console",   "reader",    "reader of servers",
		                             "fetcher",   "supervisor" };
	if (!has_filters()) {
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

/* Newer processors, arm64 for one, have only the newer call of each pair, which the C library makes
 * in place of the older one. So a role that has the older call needs the newer one too. */

#ifdef SYS_dup2
struct call {
	const char *name;
	long number;
	long arguments[3];
};

#define CALL(name, ...)                                                                            \
	{                                                                                          \
#name, SYS_##name,                                                                 \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}

static const struct call PAIRS[][2] = {
	{ CALL(access, -1), CALL(faccessat, -1, -1) },
	{ CALL(alarm, 0), CALL(setitimer, -1, -1) },
	{ CALL(dup2, -1, -1), CALL(dup3, -1, -1) },
	{ CALL(epoll_wait, -1, -1, -1), CALL(epoll_pwait, -1, -1, -1) },
	{ CALL(getrlimit, -1, -1), CALL(prlimit64, -1, -1, -1) },
	{ CALL(mkdir, -1), CALL(mkdirat, -1, -1) },
	{ CALL(open, -1, O_RDONLY), CALL(openat, -1, -1, O_RDONLY) },
	{ CALL(pipe, -1), CALL(pipe2, -1) },
	{ CALL(poll, -1, -1), CALL(ppoll, -1, -1, -1) },
	{ CALL(readlink, -1, -1), CALL(readlinkat, -1, -1) },
	{ CALL(rename, -1, -1), CALL(renameat, -1, -1, -1) },
	{ CALL(rmdir, -1), CALL(unlinkat, -1, -1, AT_REMOVEDIR) },
	{ CALL(select, -1), CALL(pselect6, -1) },
	{ CALL(stat, -1, -1), CALL(newfstatat, -1, -1, -1) },
	{ CALL(time, -1), CALL(clock_gettime, -1, -1) },
	{ CALL(unlink, -1), CALL(unlinkat, -1, -1) },
};

static const struct call *tried;

static void call_tried(void)
{
	const long *arguments = tried->arguments;
	(void)syscall(tried->number, arguments[0], arguments[1], arguments[2], 0, 0, 0);
}

static void newer_calls_are_allowed_with_the_older(void **state)
{
	(void)state;
	size_t both = 0;
	if (!has_filters()) {
		skip();
	}
	for (size_t i = 0; i < sizeof(PAIRS) / sizeof(PAIRS[0]); i++) {
		for (int role = SANDBOX_WORKER; role <= SANDBOX_SUPERVISOR; role++) {
			tried = &PAIRS[i][0];
			if (try((enum sandbox_role)role, call_tried) != 0) {
				continue;
			}
			tried = &PAIRS[i][1];
			if (try((enum sandbox_role)role, call_tried) != 0) {
				fail_msg("role %d has %s, but not %s", role, PAIRS[i][0].name,
				         tried->name);
			}
			both++;
		}
	}
	assert_true(both > 0);
}
#endif

/* A worker with a journal */

static char folder[] = "/tmp/nsmx-XXXXXX";

static int create(const char *name, int flags)
{
	char path[64];
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	int fd = openat(AT_FDCWD, path, flags | O_CLOEXEC, 0600);
	return fd >= 0 ? close(fd) : errno;
}

/* The number of the first line that is not so. */
static int check_writer(int dir_fd, bool limited)
{
	if (openat(dir_fd, "new", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) < 0) {
		return __LINE__;
	}
	if (openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) < 0) {
		return __LINE__;
	}
	static const int refused[] = { O_RDONLY,
		                       O_RDWR,
		                       O_RDWR | O_CREAT | O_EXCL,
		                       O_WRONLY,
		                       O_WRONLY | O_CREAT,
		                       O_WRONLY | O_TRUNC,
		                       O_WRONLY | O_APPEND,
		                       O_WRONLY | O_CREAT | O_TRUNC };
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (create("there", refused[i]) != EACCES) {
			return __LINE__ + 1000 * (int)i;
		}
	}
	if (create("there", O_WRONLY | O_CREAT | O_EXCL) != EEXIST) {
		return __LINE__;
	}
	if (limited && openat(AT_FDCWD, "/tmp/nsmx-new", O_WRONLY | O_CREAT | O_EXCL, 0600) >= 0) {
		return __LINE__;
	}
	if (limited && openat(AT_FDCWD, "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC) >= 0) {
		return __LINE__;
	}
	return 0;
}

static bool has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, 1) >= 1;
}

static void a_writer_creates_and_reads_nothing(void **state)
{
	(void)state;
	int status, report[2], line = -1;
	bool limited = has_landlock();
	if (!has_filters()) {
		skip();
	}
	assert_non_null(mkdtemp(folder));
	assert_int_equal(create("there", O_WRONLY | O_CREAT), 0);
	assert_int_equal(pipe(report), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		int dir_fd = open(folder, O_RDONLY | O_DIRECTORY);
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !landlock_limit(dir_fd, -1) ||
		    !sandbox_enter(SANDBOX_WRITER)) {
			_exit(1);
		}
		line = check_writer(dir_fd, limited);
		_exit(write(report[1], &line, sizeof(line)) == sizeof(line) ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(read(report[0], &line, sizeof(line)), sizeof(line));
	assert_int_equal(line, 0);
	(void)close(report[0]);
	(void)close(report[1]);
	if (!limited) {
		print_message("this kernel has no Landlock\n");
	}
}

/* The number of the first line that is not so. */
static int check_history(int dir_fd, bool limited)
{
	int fd = openat(dir_fd, "new", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, "", 1) != 1 || renameat(dir_fd, "new", dir_fd, "final") != 0) {
		return __LINE__;
	}
	if (openat(dir_fd, "final", O_RDWR | O_TRUNC | O_CLOEXEC) < 0 ||
	    openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) < 0 ||
	    unlinkat(dir_fd, "final", 0) != 0) {
		return __LINE__;
	}
	if (open("/dev/null", O_WRONLY | O_CLOEXEC) < 0) {
		return __LINE__;
	}
	int status;
	pid_t child = fork();
	if (child == 0) {
		_exit(7);
	}
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 7) {
		return __LINE__;
	}
	static const char *const outside[] = { "/", "/tmp", "/etc/passwd", "/dev/zero" };
	for (size_t i = 0; limited && i < sizeof(outside) / sizeof(outside[0]); i++) {
		if (open(outside[i], O_RDONLY | O_CLOEXEC) >= 0) {
			return __LINE__ + 1000 * (int)i;
		}
	}
	if (limited && openat(AT_FDCWD, "/tmp/nsmx-new", O_WRONLY | O_CREAT | O_EXCL, 0600) >= 0) {
		return __LINE__;
	}
	return 0;
}

static void the_history_is_one_folder(void **state)
{
	(void)state;
	static char path[] = "/tmp/nsmx-XXXXXX";
	int status;
	bool limited = has_landlock();
	if (!has_filters()) {
		skip();
	}
	assert_non_null(mkdtemp(path));
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		int dir_fd = open(path, O_RDONLY | O_DIRECTORY);
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
		    !landlock_limit_history(dir_fd) || !sandbox_enter(SANDBOX_HISTORY)) {
			_exit(1);
		}
		int line = check_history(dir_fd, limited);
		if (line != 0) {
			(void)fprintf(stderr, "line %d\n", line);
		}
		_exit(line != 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(rmdir(path), 0);
}

/* The number of the first line that is not so. */
static int check_reading(int dir_fd, const char *path, bool limited)
{
	char name[64];
	(void)snprintf(name, sizeof(name), "%s/there", path);
	if (openat(dir_fd, "there", O_RDONLY) < 0 || openat(AT_FDCWD, name, O_RDONLY) < 0 ||
	    openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY) < 0) {
		return __LINE__;
	}
	if (openat(dir_fd, "new", O_WRONLY | O_CREAT, 0600) >= 0 ||
	    openat(dir_fd, "there", O_RDWR) >= 0 ||
	    openat(dir_fd, "there", O_WRONLY | O_TRUNC) >= 0 ||
	    renameat(dir_fd, "there", dir_fd, "other") == 0 || unlinkat(dir_fd, "there", 0) == 0) {
		return __LINE__;
	}
	return limited && (openat(dir_fd, "there", O_WRONLY) >= 0 ||
	                   openat(AT_FDCWD, "/etc/passwd", O_RDONLY) >= 0 ||
	                   openat(AT_FDCWD, "/dev/null", O_WRONLY) < 0)
	               ? __LINE__
	               : 0;
}

static void a_reader_changes_nothing(void **state)
{
	(void)state;
	char path[] = "/tmp/nsmx-XXXXXX", name[64];
	int status;
	bool limited = has_landlock();
	if (!has_filters()) {
		skip();
	}
	assert_non_null(mkdtemp(path));
	(void)snprintf(name, sizeof(name), "%s/there", path);
	assert_int_equal(close(open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		const int dir_fds[] = { open(path, O_RDONLY | O_DIRECTORY), -1 };
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
		    !landlock_limit_reading(dir_fds, 2) || !sandbox_enter(SANDBOX_READER)) {
			_exit(1);
		}
		int line = check_reading(dir_fds[0], path, limited);
		if (line != 0) {
			(void)fprintf(stderr, "line %d\n", line);
		}
		_exit(line != 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(unlink(name), 0);
	assert_int_equal(rmdir(path), 0);
}

/* The number of the first line that is not so. */
static int check_incidents(int journal, int own, bool limited)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
	if (openat(own, "new", flags, 0600) < 0 || renameat(own, "new", own, "there") != 0) {
		return __LINE__;
	}
	if (openat(own, "there", O_RDONLY | O_CLOEXEC) >= 0 || unlinkat(own, "there", 0) != 0) {
		return __LINE__;
	}
	if (openat(journal, "segment", flags, 0600) < 0) {
		return __LINE__;
	}
	/* Segments of the journal stay. */
	if (limited && (unlinkat(journal, "segment", 0) == 0 ||
	                renameat(journal, "segment", journal, "other") == 0 ||
	                renameat(journal, "segment", own, "segment") == 0)) {
		return __LINE__;
	}
	return limited && openat(AT_FDCWD, "/tmp/nsmx-new", flags, 0600) >= 0 ? __LINE__ : 0;
}

static void incidents_are_replaced_in_their_own_folder(void **state)
{
	(void)state;
	char journal[] = "/tmp/nsmx-XXXXXX", own[] = "/tmp/nsmx-XXXXXX", path[64];
	int status;
	bool limited = has_landlock();
	if (!has_filters()) {
		skip();
	}
	assert_non_null(mkdtemp(journal));
	assert_non_null(mkdtemp(own));
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		int fds[] = { open(journal, O_RDONLY | O_DIRECTORY),
			      open(own, O_RDONLY | O_DIRECTORY) };
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
		    !landlock_limit_incidents(fds[0], fds[1]) ||
		    !sandbox_enter(SANDBOX_INCIDENTS)) {
			_exit(1);
		}
		int line = check_incidents(fds[0], fds[1], limited);
		if (line != 0) {
			(void)fprintf(stderr, "line %d\n", line);
		}
		_exit(line != 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	(void)snprintf(path, sizeof(path), "%s/segment", journal);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(journal), 0);
	assert_int_equal(rmdir(own), 0);
}

int main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(each_role_has_its_calls),
#ifdef SYS_dup2
		cmocka_unit_test(newer_calls_are_allowed_with_the_older),
#endif
		cmocka_unit_test(a_writer_creates_and_reads_nothing),
		cmocka_unit_test(the_history_is_one_folder),
		cmocka_unit_test(a_reader_changes_nothing),
		cmocka_unit_test(incidents_are_replaced_in_their_own_folder),
	};
	return cmocka_run_group_tests(all, NULL, NULL);
}
