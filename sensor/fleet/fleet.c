/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/fleet/fleet.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/param.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time_ns.h"
#include "sensor/fleet/fleet_copy.h"
#include "sensor/fleet/fleet_judge.h"
#include "sensor/fleet/fleet_report.h"
#include "sensor/system/child.h"

#define BACKOFF_MIN_S 1
#define BACKOFF_MAX_S 30
#define WELL_NS       (60 * NS_PER_S) /* a process that has lived for this long resets the pause */
#define LOADED_NS     (20 * NS_PER_S) /* after that, workers that have not loaded are reported */
#define ERROR_MAX     1280

enum step { STEP_IDLE, STEP_JUDGED, STEP_LOADED };

struct fleet {
	struct fleet_config config;
	struct fleet_place place;
	struct fleet_head in_force;
	int box;    /* shared with the process; -1: it was never started */
	int socket; /* -1: there is no process */
	pid_t pid;  /* 0: there is no process */
	int64_t started_ns, due_ns;
	unsigned backoff_s;

	enum step step;
	int64_t asked_ns;       /* `started_ns` of the process that has sent the set */
	struct fleet_copy next; /* the set that is judged */
	struct fleet_judge judge;
	struct fleet_verdict verdict;
	int64_t loaded_ns; /* when workers are late */
};

/* What is in force */

static const char *name_of(const struct fleet *fleet)
{
	return fleet->place.url.name;
}

static void find_in_force(struct fleet *fleet)
{
	struct fleet_copy copy;
	if (!fleet_copy_from_state(&copy, fleet->config.state)) {
		return; /* logged */
	}
	fleet->in_force = copy.set.head;
	fleet_copy_free(&copy);
	atomic_store(fleet->config.version, fleet->in_force.version);
	if (fleet->in_force.version == 0) {
		log_warn("%s: no rules have come from there yet; `nsmx rules push` sends them",
		         name_of(fleet));
	} else {
		log_info("%s: version %" PRIu64 " of the rules is in force, from %s/" FLEET_FILE,
		         name_of(fleet), fleet->in_force.version, fleet->config.state);
	}
}

struct fleet *fleet_new(const struct fleet_config *config)
{
	char error[ERROR_MAX];
	struct fleet *fleet = calloc(1, sizeof(*fleet));
	if (fleet == NULL) {
		log_error("out of memory");
		return NULL;
	}
	fleet->config = *config;
	fleet->box = fleet->socket = fleet->judge.pipe = -1;
	if (!fleet_place_parse(&fleet->place, config->url, error, sizeof(error))) {
		log_error("rules: %s", error);
		free(fleet);
		return NULL;
	}
	find_in_force(fleet);
	return fleet;
}

/* The process */

/* The size of the memory is fixed, so that the process can fill no more. */
static bool make_box(struct fleet *fleet)
{
	const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW;
	if (fleet->box >= 0) {
		return true;
	}
	fleet->box = memfd_create("nsmx-pushed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fleet->box >= 0 && ftruncate(fleet->box, (off_t)FLEET_SET_MAX) == 0 &&
	       fcntl(fleet->box, F_ADD_SEALS, seals) == 0;
}

static int run(struct fleet *fleet, int socket, pid_t parent)
{
	const struct fleet_process process = {
		.place = &fleet->place,
		.sensor = fleet->config.sensor,
		.in_force = fleet->in_force,
		.box = fleet->box,
		.socket = socket,
	};
	const int kept[] = { fleet->box, socket };
	fleet->config.forget(fleet->config.ctx, &fleet->place.url);
	if (!child_follow("nsmx-follow", parent) || !child_keep_only(kept, 2) ||
	    !fleet->config.confine_link()) {
		return 1;
	}
	return fleet_process_run(&process);
}

static void put_off(struct fleet *fleet)
{
	bool well = monotonic_ns() - fleet->started_ns >= WELL_NS;
	fleet->backoff_s = well || fleet->backoff_s == 0 ? BACKOFF_MIN_S
	                                                 : MIN(2 * fleet->backoff_s, BACKOFF_MAX_S);
	fleet->due_ns = monotonic_ns() + fleet->backoff_s * NS_PER_S;
}

static void start(struct fleet *fleet)
{
	int ends[2] = { -1, -1 };
	pid_t parent = getpid();
	bool good =
	        make_box(fleet) && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0;
	fleet->started_ns = monotonic_ns();
	fleet->pid = good ? fork() : -1;
	if (fleet->pid == 0) {
		_exit(run(fleet, ends[1], parent));
	}
	fleet->socket = ends[0];
	if (ends[1] >= 0) {
		(void)close(ends[1]);
	}
	if (fleet->pid < 0) {
		log_error("%s: the process that reads rules from there cannot be started: %s",
		          name_of(fleet), strerror(errno));
		fleet->pid = 0;
		put_off(fleet);
	}
}

static void close_socket(struct fleet *fleet)
{
	if (fleet->socket >= 0) {
		(void)close(fleet->socket);
		fleet->socket = -1;
	}
}

static void maintain_process(struct fleet *fleet)
{
	int status;
	if (fleet->pid > 0 && waitpid(fleet->pid, &status, WNOHANG) == fleet->pid) {
		fleet->pid = 0;
		put_off(fleet);
		log_error("%s: the process for its rules ended (%s %d); another starts in %u s",
		          name_of(fleet), WIFSIGNALED(status) ? "signal" : "status",
		          WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
		          fleet->backoff_s);
	}
	if (fleet->pid == 0) {
		close_socket(fleet);
		if (monotonic_ns() >= fleet->due_ns) {
			start(fleet);
		}
	}
}

/* The steps of a set */

/* If another process has started meanwhile, it asks for itself. */
static void answer(struct fleet *fleet)
{
	fleet->step = STEP_IDLE;
	fleet_copy_free(&fleet->next);
	if (fleet->socket >= 0 && fleet->asked_ns == fleet->started_ns) {
		(void)send(fleet->socket, &fleet->verdict, sizeof(fleet->verdict),
		           MSG_DONTWAIT | MSG_NOSIGNAL);
	}
}

static void refuse(struct fleet *fleet, const char *reason)
{
	fleet->verdict.taken = false;
	if (reason != NULL) {
		(void)snprintf(fleet->verdict.reason, sizeof(fleet->verdict.reason), "%s", reason);
	}
	char stays[FLEET_IN_FORCE_MAX];
	fleet_report_in_force(fleet->in_force.version, stays);
	log_error("%s: version %" PRIu64 " of the rules is refused, %s: %s", name_of(fleet),
	          fleet->next.set.head.version, stays, fleet->verdict.reason);
	atomic_fetch_add_explicit(fleet->config.refused, 1, memory_order_relaxed);
	answer(fleet);
}

/* The process may change the memory at any time, so it is copied once, and only the copy is used.
 */
static const char *copy_box(struct fleet *fleet)
{
	char line[FLEET_HEAD_MAX];
	struct fleet_head head;
	ssize_t got = pread(fleet->box, line, sizeof(line), 0);
	const char *why = fleet_head_read(line, got > 0 ? (size_t)got : 0, &head);
	if (why != NULL) {
		return why;
	}
	size_t size = head.at + head.size;
	fleet->next.memory = malloc(size);
	if (fleet->next.memory == NULL) {
		return "out of memory";
	}
	got = pread(fleet->box, fleet->next.memory, size, 0);
	return fleet_set_read(fleet->next.memory, got > 0 ? (size_t)got : 0, &fleet->next.set);
}

static const char *start_judge(struct fleet *fleet)
{
	const struct fleet_config *config = &fleet->config;
	int bundle = config->bundle(config->ctx, &fleet->next.set);
	bool started = bundle >= 0 && fleet_judge_start(&fleet->judge, config, bundle);
	if (bundle >= 0) {
		(void)close(bundle);
	}
	return started ? NULL : "the sensor cannot start the process that compiles them";
}

static void take_set(struct fleet *fleet)
{
	fleet->verdict = (struct fleet_verdict){ .taken = true };
	fleet->asked_ns = fleet->started_ns;
	const char *why = copy_box(fleet);
	if (why == NULL && fleet_head_is(&fleet->next.set.head, &fleet->in_force)) {
		answer(fleet);
		return;
	}
	why = why == NULL ? start_judge(fleet) : why;
	if (why != NULL) {
		refuse(fleet, why);
	} else {
		fleet->step = STEP_JUDGED;
	}
}

/* The set is stored first, so that what is in force is in force after a restart, too. */
static enum fleet_event put_in_force(struct fleet *fleet)
{
	char reason[FLEET_REASON_MAX];
	int ret = fleet_copy_keep(&fleet->next.set, fleet->config.state);
	if (ret != 0) {
		(void)snprintf(reason, sizeof(reason), "they cannot be stored in %.300s: %s",
		               fleet->config.state, strerror(-ret));
		refuse(fleet, reason);
		return FLEET_NOTHING;
	}
	fleet->in_force = fleet->next.set.head;
	fleet->step = STEP_LOADED;
	fleet->loaded_ns = monotonic_ns() + LOADED_NS;
	return FLEET_RELOAD;
}

static enum fleet_event take_verdict(struct fleet *fleet)
{
	if (!fleet_judge_take(&fleet->judge, &fleet->verdict)) {
		return FLEET_NOTHING;
	}
	if (!fleet->verdict.taken) {
		refuse(fleet, NULL);
		return FLEET_NOTHING;
	}
	return put_in_force(fleet);
}

static void await_workers(struct fleet *fleet)
{
	bool late = monotonic_ns() >= fleet->loaded_ns;
	if (!late && !fleet->config.is_loaded(fleet->config.ctx)) {
		return;
	}
	if (late) {
		(void)snprintf(fleet->verdict.reason, sizeof(fleet->verdict.reason),
		               "not all workers have loaded them yet");
	}
	atomic_store(fleet->config.version, fleet->in_force.version);
	log_info("%s: version %" PRIu64 " of the rules is in force", name_of(fleet),
	         fleet->in_force.version);
	answer(fleet);
}

/* One octet announces a set. While one is judged, another is not taken. */
static bool was_asked(struct fleet *fleet)
{
	char octet;
	return fleet->socket >= 0 &&
	       recv(fleet->socket, &octet, sizeof(octet), MSG_DONTWAIT) == (ssize_t)sizeof(octet);
}

enum fleet_event fleet_maintain(struct fleet *fleet)
{
	enum fleet_event event = FLEET_NOTHING;
	maintain_process(fleet);
	switch (fleet->step) {
	case STEP_IDLE:
		if (was_asked(fleet)) {
			take_set(fleet);
		}
		break;
	case STEP_JUDGED:
		event = take_verdict(fleet);
		break;
	case STEP_LOADED:
		await_workers(fleet);
		break;
	}
	return event;
}

/* In children, and at the end */

void fleet_forget(struct fleet *fleet, const struct redis_url *keep)
{
	if (fleet != NULL && keep != &fleet->place.url) {
		redis_url_forget(&fleet->place.url);
	}
}

void fleet_leave(struct fleet *fleet)
{
	if (fleet == NULL) {
		return;
	}
	close_socket(fleet);
	if (fleet->box >= 0) {
		(void)close(fleet->box);
		fleet->box = -1;
	}
	if (fleet->judge.pipe >= 0) {
		(void)close(fleet->judge.pipe);
		fleet->judge.pipe = -1;
	}
}

void fleet_stop(struct fleet *fleet)
{
	if (fleet == NULL) {
		return;
	}
	if (fleet->pid > 0) {
		/* it has nothing to save */
		(void)kill(fleet->pid, SIGKILL);
		(void)TEMP_FAILURE_RETRY(waitpid(fleet->pid, NULL, 0));
	}
	fleet_judge_stop(&fleet->judge);
	fleet_leave(fleet);
	fleet_copy_free(&fleet->next);
	redis_url_forget(&fleet->place.url);
	free(fleet);
}
