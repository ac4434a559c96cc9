/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/system/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/sanitizer.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Memory, time, threads of the process, and descriptors that are open. arm64 lacks older calls: a
 * list that has one, such as dup2(2), also has the newer one, dup3(2), which the C library makes
 * there. */
static const int WORKER[] = {
	SCMP_SYS(brk),
	SCMP_SYS(clock_getres),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(close),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(fcntl),
	SCMP_SYS(fdatasync),
	SCMP_SYS(fstat),
	SCMP_SYS(fsync),
	SCMP_SYS(futex),
	SCMP_SYS(getdents64),
	SCMP_SYS(getpid),
	SCMP_SYS(getppid),
	SCMP_SYS(getrandom),
	SCMP_SYS(getsockname), /* libpcap, when the interface is down */
	SCMP_SYS(getsockopt),
	SCMP_SYS(gettid),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(lseek),
	SCMP_SYS(madvise),
	SCMP_SYS(mremap),
	SCMP_SYS(munmap),
	SCMP_SYS(nanosleep),
	SCMP_SYS(newfstatat),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(pread64),
	SCMP_SYS(pwrite64),
	SCMP_SYS(read),
	SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(rseq),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(sched_yield),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(sysinfo),
	SCMP_SYS(tgkill),
	SCMP_SYS(time),
	SCMP_SYS(write),
	SCMP_SYS(writev),
};

/* Calls with a path, which fail with an error. The C library makes some of them for memory or
 * sorting, and continues without them. */
static const int REFUSED[] = {
	SCMP_SYS(access),    SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(open),
	SCMP_SYS(prlimit64), SCMP_SYS(readlink),  SCMP_SYS(readlinkat), SCMP_SYS(stat),
	SCMP_SYS(getrlimit), SCMP_SYS(statx),     SCMP_SYS(statfs),
};

/* Replacing a file by a new one needs these. */
static const int REPLACING[] = {
	SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2),
	SCMP_SYS(unlink), SCMP_SYS(unlinkat),
};

/* Memory, open and readable files, clocks, threads of the process. */
static const int COMMON[] = {
	SCMP_SYS(access),
	SCMP_SYS(brk),
	SCMP_SYS(clock_getres),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(close),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2),
	SCMP_SYS(fcntl),
	SCMP_SYS(fdatasync),
	SCMP_SYS(flock),
	SCMP_SYS(fstat),
	SCMP_SYS(fstatfs),
	SCMP_SYS(fsync),
	SCMP_SYS(ftruncate),
	SCMP_SYS(futex),
	SCMP_SYS(getcwd),
	SCMP_SYS(getdents64),
	SCMP_SYS(getegid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getpid),
	SCMP_SYS(getppid),
	SCMP_SYS(getrandom),
	SCMP_SYS(getrlimit),
	SCMP_SYS(gettid),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(getuid),
	SCMP_SYS(lseek),
	SCMP_SYS(madvise),
	SCMP_SYS(mmap),
	SCMP_SYS(mprotect),
	SCMP_SYS(mremap),
	SCMP_SYS(munmap),
	SCMP_SYS(nanosleep),
	SCMP_SYS(newfstatat),
	SCMP_SYS(open),
	SCMP_SYS(openat),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(pread64),
	SCMP_SYS(prlimit64),
	SCMP_SYS(pwrite64),
	SCMP_SYS(read),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
	SCMP_SYS(readv),
	SCMP_SYS(rename),
	SCMP_SYS(renameat),
	SCMP_SYS(renameat2),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(rseq),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(sched_yield),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(set_tid_address),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(stat),
	SCMP_SYS(statfs),
	SCMP_SYS(statx),
	SCMP_SYS(tgkill),
	SCMP_SYS(time),
	SCMP_SYS(uname),
	SCMP_SYS(unlink),
	SCMP_SYS(unlinkat),
	SCMP_SYS(write),
	SCMP_SYS(writev),
};

static const int NETWORK[] = {
	SCMP_SYS(bind),       SCMP_SYS(connect),  SCMP_SYS(getpeername), SCMP_SYS(getsockname),
	SCMP_SYS(getsockopt), SCMP_SYS(recvfrom), SCMP_SYS(recvmmsg),    SCMP_SYS(recvmsg),
	SCMP_SYS(sendmmsg),   SCMP_SYS(sendmsg),  SCMP_SYS(sendto),      SCMP_SYS(setsockopt),
	SCMP_SYS(shutdown),   SCMP_SYS(sysinfo),
};

/* A filter for openat(2), and one for open(2), refuse everything but reading. */
static const int FETCHER[] = {
	SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait),
	SCMP_SYS(eventfd2),      SCMP_SYS(geteuid),   SCMP_SYS(getegid),    SCMP_SYS(getgid),
	SCMP_SYS(getuid),        SCMP_SYS(mmap),      SCMP_SYS(mprotect),   SCMP_SYS(pipe2),
	SCMP_SYS(prlimit64),     SCMP_SYS(readlink),  SCMP_SYS(readlinkat), SCMP_SYS(socketpair),
	SCMP_SYS(stat),          SCMP_SYS(statfs),    SCMP_SYS(statx),      SCMP_SYS(uname),
	SCMP_SYS(access),        SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(getrlimit),
	SCMP_SYS(getcwd),        SCMP_SYS(readv),     SCMP_SYS(select),     SCMP_SYS(pselect6),
	SCMP_SYS(fstatfs),
};

/* This process has a port that is open to others, so it may not open files at all. */
static const int METRICS[] = {
	SCMP_SYS(accept4),
	SCMP_SYS(brk),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(close),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(fcntl),
	SCMP_SYS(futex),
	SCMP_SYS(getpid),
	SCMP_SYS(getrandom),
	SCMP_SYS(getsockopt),
	SCMP_SYS(gettid),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(madvise),
	SCMP_SYS(mmap),
	SCMP_SYS(mprotect),
	SCMP_SYS(mremap),
	SCMP_SYS(munmap),
	SCMP_SYS(nanosleep),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(pselect6),
	SCMP_SYS(recvfrom),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(select),
	SCMP_SYS(sendmsg),
	SCMP_SYS(sendto),
	SCMP_SYS(setsockopt),
	SCMP_SYS(shutdown),
	SCMP_SYS(tgkill),
	SCMP_SYS(time),
	SCMP_SYS(write),
	SCMP_SYS(writev),
};

/* Besides those of --metrics: its answers come from other processes. */
static const int CONSOLE[] = {
	SCMP_SYS(eventfd2), SCMP_SYS(fstat),      SCMP_SYS(read),
	SCMP_SYS(recvmsg),  SCMP_SYS(_newselect),
};

/* To end a query that takes too long; to read files; to ask a child. */
static const int READING[] = {
	SCMP_SYS(alarm),
	SCMP_SYS(setitimer),
	SCMP_SYS(fadvise64),
	SCMP_SYS(socketpair),
};

/* A process that only reads gets an error from these. */
static const int CHANGING[] = {
	SCMP_SYS(ftruncate), SCMP_SYS(rename), SCMP_SYS(renameat),
	SCMP_SYS(renameat2), SCMP_SYS(unlink), SCMP_SYS(unlinkat),
};

/* System calls to start and reap children, to drop capabilities and to install filters; and all
 * that children need, because a child's filter can only add restrictions. */
static const int PROCESSES[] = {
	SCMP_SYS(accept4),
	SCMP_SYS(capget),
	SCMP_SYS(capset),
	SCMP_SYS(close_range),
	SCMP_SYS(dup),
	SCMP_SYS(dup2),
	SCMP_SYS(dup3),
	SCMP_SYS(eventfd2),
	SCMP_SYS(fchmod),
	SCMP_SYS(fchown),
	SCMP_SYS(kill),
	SCMP_SYS(mkdir),
	SCMP_SYS(mkdirat),
	SCMP_SYS(pipe2),
	SCMP_SYS(prctl),
	SCMP_SYS(pselect6),
	SCMP_SYS(rmdir),
	SCMP_SYS(rt_sigtimedwait),
	SCMP_SYS(seccomp),
	SCMP_SYS(umask),
	SCMP_SYS(sched_setaffinity),
	SCMP_SYS(select),
	SCMP_SYS(socket),
	SCMP_SYS(socketpair),
	SCMP_SYS(wait4),
	SCMP_SYS(landlock_add_rule),
	SCMP_SYS(landlock_create_ruleset),
	SCMP_SYS(landlock_restrict_self),
	SCMP_SYS(memfd_create),
	SCMP_SYS(alarm),
	SCMP_SYS(setitimer),
	SCMP_SYS(fadvise64),
};

/* What the process that writes the history needs to start a child and to wait for it, and to sort
 * many rows (qsort(3) looks at the size of the memory). */
static const int CHILDREN[] = {
	SCMP_SYS(dup), /* libmtbl */
	SCMP_SYS(dup2),  SCMP_SYS(dup3),    SCMP_SYS(pipe2),
	SCMP_SYS(prctl), SCMP_SYS(sysinfo), SCMP_SYS(wait4),
};

static int allow(scmp_filter_ctx filter, const int *calls, size_t count)
{
	int ret = 0;
	for (size_t i = 0; i < count && ret == 0; i++) {
		ret = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
	}
	return ret;
}

/*
 * Allows clone() with at least `flags`. glibc tries clone3 first, whose flags a filter cannot
 * read; after ENOSYS it uses clone.
 */
static int allow_clone(scmp_filter_ctx filter, scmp_datum_t flags)
{
	int ret = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	if (ret != 0) {
		return ret;
	}
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
	                        SCMP_A0(SCMP_CMP_MASKED_EQ, flags, flags));
}

/* Allows clone() only for a process in the namespaces of its parent. */
static int allow_fork(scmp_filter_ctx filter)
{
	const scmp_datum_t namespaces = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET |
	                                CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
	int ret = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	return ret != 0 ? ret
	                : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
	                                   SCMP_A0(SCMP_CMP_MASKED_EQ, namespaces, 0));
}

/* isatty(), bytes to read, non-blocking mode, width of a terminal, bytes that a peer has not
 * acknowledged; name, flags and index of an interface. */
static int allow_ioctls(scmp_filter_ctx filter)
{
	static const unsigned long requests[] = { TCGETS,       FIONREAD,    FIONBIO,
		                                  TIOCGWINSZ,   SIOCGIFNAME, SIOCGIFFLAGS,
		                                  SIOCGIFINDEX, TIOCOUTQ };
	int ret = 0;
	for (size_t i = 0; i < COUNT(requests) && ret == 0; i++) {
		ret = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
		                       SCMP_A1(SCMP_CMP_EQ, requests[i], 0));
	}
	return ret;
}

static int allow_packet_options(scmp_filter_ctx filter)
{
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(setsockopt), 1,
	                        SCMP_A1(SCMP_CMP_EQ, SOL_PACKET, 0));
}

static int allow_families(scmp_filter_ctx filter)
{
	static const int families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK };
	int ret = 0;
	for (size_t i = 0; i < COUNT(families) && ret == 0; i++) {
		ret = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
		                       SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i], 0));
	}
	return ret;
}

/* Forbids memory that can be both written and executed, and code from files. */
static int allow_data_memory(scmp_filter_ctx filter)
{
	const scmp_datum_t exec = PROT_EXEC;
	int ret = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
	                           SCMP_A2(SCMP_CMP_MASKED_EQ, exec, 0));
	return ret != 0 ? ret
	                : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
	                                   SCMP_A2(SCMP_CMP_MASKED_EQ, exec, 0));
}

static int allow_worker(scmp_filter_ctx filter)
{
	int ret = allow(filter, WORKER, COUNT(WORKER));
	for (size_t i = 0; i < COUNT(REFUSED) && ret == 0; i++) {
		ret = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), REFUSED[i], 0);
	}
	ret = ret == 0 ? allow_data_memory(filter) : ret;
	ret = ret == 0 ? allow_packet_options(filter) : ret;
	ret = ret == 0 ? allow_clone(filter, CLONE_THREAD) : ret;
	return ret == 0 ? allow_ioctls(filter) : ret;
}

/*
 * This is a separate filter, because a call must pass all filters. It allows openat() only if the
 * call creates a file or lists a folder. A filter cannot examine paths; see landlock.h.
 */
static int refuse_reading(void)
{
	static const struct {
		scmp_datum_t mask, value;
	} refused[] = {
		{ O_ACCMODE, O_RDWR },
		{ O_ACCMODE, O_ACCMODE },
		{ O_ACCMODE | O_DIRECTORY, O_RDONLY },
		{ O_ACCMODE | O_CREAT, O_WRONLY },
		{ O_ACCMODE | O_EXCL, O_WRONLY },
		{ O_TRUNC, O_TRUNC },
	};
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int ret = filter != NULL ? 0 : -ENOMEM;
	for (size_t i = 0; i < COUNT(refused) && ret == 0; i++) {
		ret = seccomp_rule_add(
		        filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(openat), 1,
		        SCMP_A2(SCMP_CMP_MASKED_EQ, refused[i].mask, refused[i].value));
	}
	ret = ret == 0 ? seccomp_load(filter) : ret;
	seccomp_release(filter);
	return ret;
}

/* A separate filter, as above. It allows openat() only if the call opens a file that exists, to
 * read or to write it; landlock.h allows to write only /dev/null. */
static int refuse_changes(void)
{
	static const scmp_datum_t refused[] = { O_CREAT, O_TRUNC, O_RDWR };
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int ret = filter != NULL ? 0 : -ENOMEM;
	for (size_t i = 0; i < COUNT(refused) && ret == 0; i++) {
		ret = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(openat), 1,
		                       SCMP_A2(SCMP_CMP_MASKED_EQ, refused[i], refused[i]));
	}
	for (size_t i = 0; i < COUNT(CHANGING) && ret == 0; i++) {
		ret = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), CHANGING[i], 0);
	}
	ret = ret == 0 ? seccomp_load(filter) : ret;
	seccomp_release(filter);
	return ret;
}

static int allow_reader(scmp_filter_ctx filter)
{
	int ret = refuse_changes();
	ret = ret == 0 ? allow(filter, COMMON, COUNT(COMMON)) : ret;
	ret = ret == 0 ? allow(filter, CHILDREN, COUNT(CHILDREN)) : ret;
	ret = ret == 0 ? allow(filter, READING, COUNT(READING)) : ret;
	/* A child ends when its socket is closed; no other process may be killed. */
	ret = ret == 0 ? seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(kill), 0) : ret;
	ret = ret == 0 ? allow(filter, NETWORK, COUNT(NETWORK)) : ret;
	ret = ret == 0 ? allow_fork(filter) : ret;
	return ret == 0 ? allow_ioctls(filter) : ret;
}

/* Allows to open files, but not to create or to write them. */
static int allow_reading(scmp_filter_ctx filter)
{
	const scmp_datum_t writes = O_ACCMODE | O_CREAT | O_TRUNC;
	int ret = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
	                           SCMP_A2(SCMP_CMP_MASKED_EQ, writes, O_RDONLY));
	return ret != 0 ? ret
	                : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(open), 1,
	                                   SCMP_A1(SCMP_CMP_MASKED_EQ, writes, O_RDONLY));
}

/* Threads look up names, and modules of the C library do so, which are files with code. */
static int allow_fetcher(scmp_filter_ctx filter)
{
	int ret = allow(filter, WORKER, COUNT(WORKER));
	ret = ret == 0 ? allow(filter, FETCHER, COUNT(FETCHER)) : ret;
	ret = ret == 0 ? allow(filter, NETWORK, COUNT(NETWORK)) : ret;
	ret = ret == 0 ? allow_families(filter) : ret;
	ret = ret == 0 ? allow_reading(filter) : ret;
	ret = ret == 0 ? allow_clone(filter, CLONE_THREAD) : ret;
	return ret == 0 ? allow_ioctls(filter) : ret;
}

/* A writer creates files, and opens none to read. */
static int allow_writer(scmp_filter_ctx filter)
{
	int ret = refuse_reading();
	ret = ret == 0 ? seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 0) : ret;
	return ret == 0 ? allow_worker(filter) : ret;
}

static int allow_role(scmp_filter_ctx filter, enum sandbox_role role)
{
	int ret = 0;
	switch (role) {
	case SANDBOX_METRICS:
		return allow(filter, METRICS, COUNT(METRICS));
	case SANDBOX_CONSOLE:
		ret = allow(filter, METRICS, COUNT(METRICS));
		return ret == 0 ? allow(filter, CONSOLE, COUNT(CONSOLE)) : ret;
	case SANDBOX_READER:
		return allow_reader(filter);
	case SANDBOX_READER_OF_SERVERS:
		ret = allow_reader(filter);
		return ret == 0 ? allow_families(filter) : ret;
	case SANDBOX_WORKER:
		ret = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(openat), 0);
		return ret == 0 ? allow_worker(filter) : ret;
	case SANDBOX_WRITER:
		return allow_writer(filter);
	case SANDBOX_INCIDENTS:
		ret = allow(filter, REPLACING, COUNT(REPLACING));
		return ret == 0 ? allow_writer(filter) : ret;
	case SANDBOX_HISTORY:
		ret = allow(filter, COMMON, COUNT(COMMON));
		ret = ret == 0 ? allow(filter, CHILDREN, COUNT(CHILDREN)) : ret;
		ret = ret == 0 ? allow_fork(filter) : ret;
		return ret == 0 ? allow_ioctls(filter) : ret;
	case SANDBOX_PUBLISHER:
		ret = allow(filter, COMMON, COUNT(COMMON));
		ret = ret == 0 ? allow(filter, NETWORK, COUNT(NETWORK)) : ret;
		ret = ret == 0 ? allow_families(filter) : ret;
		return ret == 0 ? allow_ioctls(filter) : ret;
	case SANDBOX_FETCHER:
		return allow_fetcher(filter);
	case SANDBOX_SUPERVISOR:
		ret = allow(filter, COMMON, COUNT(COMMON));
		ret = ret == 0 ? allow(filter, NETWORK, COUNT(NETWORK)) : ret;
		ret = ret == 0 ? allow(filter, PROCESSES, COUNT(PROCESSES)) : ret;
		ret = ret == 0 ? seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 0) : ret;
		return ret == 0 ? allow_clone(filter, 0) : ret;
	}
	return -EINVAL;
}

bool sandbox_is_real(void)
{
	return !ADDRESS_SANITIZED;
}

bool sandbox_enter(enum sandbox_role role)
{
	if (!sandbox_is_real()) {
		return true;
	}
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int ret = filter != NULL ? 0 : -ENOMEM;
	if (ret == 0) {
		ret = allow_role(filter, role);
	}
	if (ret == 0) {
		ret = seccomp_load(filter);
	}
	seccomp_release(filter);
	if (ret != 0) {
		log_error("cannot limit system calls (seccomp): %s", strerror(-ret));
	}
	return ret == 0;
}
