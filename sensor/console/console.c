/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/console/console.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time_ns.h"
#include "history/clickhouse/clickhouse_url.h"
#include "history/folder.h"
#include "sensor/console/access.h"
#include "sensor/console/answers.h"
#include "sensor/console/calls.h"
#include "sensor/console/front.h"
#include "sensor/redis/redis_url.h"
#include "sensor/system/exit_status.h"
#include "sensor/system/notify.h"
#include "sensor/system/privileges.h"
#include "sensor/system/sandbox.h"
#include "sensor/system/signals.h"

#define SERVERS    3              /* processes that answer: incidents, and two for queries */
#define RESTART_NS (2 * NS_PER_S) /* the shortest time between two starts after a death */
#define TICK_MS    1000
#define FIRST_FD   3
#define USER_ROOM  64

struct child {
	pid_t pid;          /* 0: it does not run */
	int64_t started_ns; /* 0: it can be started at once */
};

struct console {
	const struct options *options;
	struct access access;
	int listener;
	struct child front;
	struct server {
		struct child child;
		int ends[2]; /* of clients' process, and of the process that answers */
	} servers[SERVERS];
};

/* Keeps the descriptors `fds`, which become FIRST_FD and the following ones, and standard error. */
static bool keep_only(int *fds, size_t count)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	bool good = null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(null, STDOUT_FILENO) >= 0;
	for (size_t i = 0; i < count && good; i++) {
		fds[i] = fcntl(fds[i], F_DUPFD, FIRST_FD + (int)count + 64);
		good = fds[i] >= 0;
	}
	for (size_t i = 0; i < count && good; i++) {
		good = dup2(fds[i], FIRST_FD + (int)i) >= 0;
		fds[i] = FIRST_FD + (int)i;
	}
	return good && close_range(FIRST_FD + (unsigned)count, ~0U, 0) == 0;
}

/* Returns in the new process only. */
static bool begin_child(struct child *child, const char *name)
{
	pid_t parent = getpid();
	child->started_ns = monotonic_ns();
	child->pid = fork();
	if (child->pid < 0) {
		log_error("%s: %s", name, strerror(errno));
		child->pid = 0;
	}
	if (getpid() == parent) {
		return false;
	}
	notify_close();
	(void)prctl(PR_SET_NAME, name);
	signals_leave_to_parent();
	if (getppid() != parent) {
		_exit(EXIT_FAILED);
	}
	return true;
}

static void start_front(struct console *console)
{
	int fds[1 + SERVERS] = { console->listener };
	if (begin_child(&console->front, "nsmx-console")) {
		for (size_t i = 0; i < SERVERS; i++) {
			fds[1 + i] = console->servers[i].ends[0];
		}
		if (keep_only(fds, 1 + SERVERS)) {
			front_serve(&console->access, fds[0], fds + 1, SERVERS);
		}
		_exit(EXIT_FAILED);
	}
}

static void start_server(struct console *console, unsigned number)
{
	struct server *server = &console->servers[number];
	char name[16];
	int fds[] = { server->ends[1] };
	bool events = number == 0;
	(void)snprintf(name, sizeof(name), events ? "nsmx-events" : "nsmx-query-%u", number);
	if (begin_child(&server->child, name)) {
		explicit_bzero(&console->access, sizeof(console->access));
		if (keep_only(fds, 1) && answers_confine(console->options, events)) {
			answers_serve(console->options, fds[0]);
		}
		_exit(EXIT_FAILED);
	}
}

static bool is_due(const struct child *child)
{
	return child->pid == 0 &&
	       (child->started_ns == 0 || monotonic_ns() - child->started_ns >= RESTART_NS);
}

static void start_all(struct console *console)
{
	for (unsigned i = 0; i < SERVERS; i++) {
		if (is_due(&console->servers[i].child)) {
			start_server(console, i);
		}
	}
	if (is_due(&console->front)) {
		start_front(console);
	}
}

/* The client that waits for the answer must not wait for ever. */
static void answer_for(const struct server *server, int status)
{
	bool late = WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM;
	const struct console_head head = { .status = late ? 503 : 500, .last = 1 };
	(void)send(server->ends[1], &head, sizeof(head), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void log_end(const char *name, int status)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
		log_warn("a query took longer than %d s, and was given up", ANSWERS_QUERY_S);
	} else {
		log_warn("%s ended (%s %d); starting another", name,
		         WIFSIGNALED(status) ? "signal" : "status",
		         WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	}
}

static void reap(struct console *console)
{
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == console->front.pid) {
			console->front.pid = 0;
			log_end("the process that serves clients", status);
		}
		for (unsigned i = 0; i < SERVERS; i++) {
			struct server *server = &console->servers[i];
			if (pid == server->child.pid) {
				server->child.pid = 0;
				log_end("a process that answers queries", status);
				answer_for(server, status);
			}
		}
	}
}

static void stop_child(struct child *child)
{
	/* It has no state to save. */
	if (child->pid > 0) {
		(void)kill(child->pid, SIGKILL);
		(void)TEMP_FAILURE_RETRY(waitpid(child->pid, NULL, 0));
	}
}

static bool open_servers(struct console *console)
{
	for (size_t i = 0; i < SERVERS; i++) {
		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
		               console->servers[i].ends) != 0) {
			log_error("serve: %s", strerror(errno));
			return false;
		}
	}
	return true;
}

static void supervise(struct console *console)
{
	int64_t watchdog_ns = notify_watchdog_ns(), notified_ns = monotonic_ns();
	char place[ENDPOINT_TEXT_MAX];
	start_all(console);
	endpoint_text(&console->options->listen, place);
	log_info("the console is at http://%s/", place);
	notify_send("READY=1");
	while (!signals_stop()) {
		(void)signals_next(TICK_MS);
		reap(console);
		start_all(console);
		if (watchdog_ns > 0 && monotonic_ns() - notified_ns >= watchdog_ns / 2) {
			notify_send("WATCHDOG=1");
			notified_ns = monotonic_ns();
		}
	}
	notify_send("STOPPING=1");
	stop_child(&console->front);
	for (size_t i = 0; i < SERVERS; i++) {
		stop_child(&console->servers[i].child);
	}
}

#define UNREADABLE                                                                                 \
	"%s: user %s cannot read it; change its permissions or those of the folders above it, or " \
	"start nsmx as root with another --user"

/* Root may start the command, but files are read as another user: messages name this one. */
static void name_user(char name[USER_ROOM])
{
	const struct passwd *user = getpwuid(geteuid());
	if (user != NULL) {
		(void)snprintf(name, USER_ROOM, "%s", user->pw_name);
	} else {
		(void)snprintf(name, USER_ROOM, "%u", geteuid());
	}
}

/* A file of events may come later, and have other permissions then. */
static void warn_of_events(const char *events)
{
	char user[USER_ROOM];
	if (events != NULL && !redis_url_is(events) && access(events, R_OK) != 0 &&
	    errno == EACCES) {
		name_user(user);
		log_warn("--events %s: " UNREADABLE, events, strerror(EACCES), user);
	}
}

/* What is there and is no file will not become one. A file that is missing may come later. */
static bool check_events(const char *events)
{
	struct stat info;
	if (events == NULL || redis_url_is(events) || stat(events, &info) != 0 ||
	    S_ISREG(info.st_mode)) {
		return true;
	}
	log_error("--events %s: it is not a file: expected a file of -o file:PATH, or a URL of "
	          "Redis",
	          events);
	return false;
}

static bool can_read_folder(const char *path)
{
	struct stat info;
	if (stat(path, &info) == 0 && !S_ISDIR(info.st_mode)) {
		errno = ENOTDIR;
		return false;
	}
	return access(path, R_OK | X_OK) == 0;
}

/* The rights are those that the processes have later. */
static bool check_files(const struct options *options)
{
	const char *history = options->history;
	char user[USER_ROOM];
	warn_of_events(options->events);
	if (history == NULL || clickhouse_url_is(history) || can_read_folder(history)) {
		return true;
	}
	if (errno == EACCES) {
		name_user(user);
		log_error("history folder %s: " UNREADABLE, history, strerror(EACCES), user);
	} else {
		history_report_failure(history, -errno);
	}
	return false;
}

/* What root may open is opened first; everything else is done without its rights. */
static int prepare(struct console *console)
{
	const struct options *options = console->options;
	struct privileges privileges;
	char text[ENDPOINT_TEXT_MAX];
	if (!access_open(&console->access, &options->listen, options->token) ||
	    !check_events(options->events)) {
		return EXIT_USAGE;
	}
	endpoint_text(&options->listen, text);
	console->listener = endpoint_listen(&options->listen);
	if (console->listener < 0) {
		log_error("--listen %s: %s", text, strerror(errno));
		return EXIT_FAILED;
	}
	privileges_protect_memory();
	bool good = privileges_find(&privileges, options->user) &&
	            privileges_drop(&privileges, false) && check_files(options) &&
	            open_servers(console);
	privileges_protect_memory();
	return good ? EXIT_DONE : EXIT_FAILED;
}

int console_run(const struct options *options)
{
	struct console console = { .options = options };
	notify_open();
	int status = prepare(&console);
	if (status != EXIT_DONE) {
		return status;
	}
	signals_hold();
	if (!sandbox_enter(SANDBOX_SUPERVISOR)) {
		return EXIT_FAILED;
	}
	supervise(&console);
	return EXIT_DONE;
}
