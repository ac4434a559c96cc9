/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/publisher/publisher.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/param.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time_ns.h"
#include "sensor/journal/journal.h"
#include "sensor/publisher/target.h"

#define BACKOFF_MIN_MS   100
#define BACKOFF_MAX_MS   30000
#define BACKOFF_DRAIN_MS 500 /* After the worker's end there is little time. */
/* The largest number of redirections in a row. While a slot migrates, two nodes may name each
 * other. */
#define REDIRECTIONS_MAX 8

/* The state of the output that was logged last. */
enum state { STATE_NEW, STATE_UP, STATE_DOWN, STATE_REFUSED };

struct publisher {
	const struct publisher_config *config;
	const struct target *target;
	void *ctx; /* the target */
	enum state state;
	bool busy;         /* There may be more records to send at once. */
	bool worker_ended; /* The worker has ended, and no more records will come. */
	bool drained;      /* The worker has ended, and all is delivered. */
	bool answered;     /* The target has answered in this run. */
	unsigned backoff_ms;
	unsigned redirections; /* Since the last success. */
	int64_t retry_ns;
	int64_t ended_ns; /* When the worker ended. */
	int64_t alive_ns; /* The time of the last delivery or answer, or of the worker's end. */
};

static void count(_Atomic uint64_t *counter)
{
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

/* The time, after the worker's end, at which the publisher gives up; 0: never. */
static int64_t give_up_ns(const struct publisher *p)
{
	const struct publisher_config *config = p->config;
	int64_t end = 0;
	if (config->drain_ms > 0) {
		end = p->ended_ns + config->drain_ms * NS_PER_MS;
	}
	if (config->stall_ms > 0) {
		bool longer = p->answered && config->return_ms > config->stall_ms;
		unsigned patience_ms = longer ? config->return_ms : config->stall_ms;
		int64_t stall = p->alive_ns + patience_ms * NS_PER_MS;
		end = end == 0 || stall < end ? stall : end;
	}
	return end;
}

static void set_deadline(struct publisher *p)
{
	p->target->set_deadline(p->ctx, p->worker_ended ? give_up_ns(p) : 0);
}

/* Logs a change of state, once. */
static void set_state(struct publisher *p, enum state state)
{
	const char *name = p->config->name, *journal = p->config->journal;
	if (p->state == state) {
		return;
	}
	p->state = state;
	if (state == STATE_UP) {
		log_info("%s: connected", name);
	} else if (state == STATE_REFUSED) {
		log_error("%s: delivery is refused: %s; events wait in %s", name,
		          p->target->error(p->ctx), journal);
	} else {
		const char *how = p->target->is_open(p->ctx) ? "not ready" : "unreachable";
		log_warn("%s: %s: %s; events wait in %s", name, how, p->target->error(p->ctx),
		         journal);
	}
}

/* 75 to 125 % of `ms`, so that many sensors do not reconnect at one moment. */
static int64_t with_jitter_ns(unsigned ms)
{
	int64_t part = ms * NS_PER_MS / 4;
	return 3 * part + monotonic_ns() % (2 * part);
}

static void back_off(struct publisher *p)
{
	unsigned most = p->worker_ended ? BACKOFF_DRAIN_MS : BACKOFF_MAX_MS;
	p->backoff_ms = p->backoff_ms == 0 ? BACKOFF_MIN_MS : 2 * p->backoff_ms;
	p->backoff_ms = MIN(p->backoff_ms, most);
}

static void fail(struct publisher *p, int trouble)
{
	p->busy = false;
	if (trouble == TROUBLE_MOVED && p->redirections++ < REDIRECTIONS_MAX) {
		p->target->close(p->ctx);
		p->retry_ns = 0;
		return;
	}
	count(p->config->errors);
	if (trouble == TROUBLE_WAIT && strncmp(p->target->error(p->ctx), "LOADING", 7) == 0) {
		count(p->config->loading);
		p->alive_ns = monotonic_ns();
	}
	if (trouble == TROUBLE_CONFIG) {
		p->backoff_ms = BACKOFF_MAX_MS;
		set_state(p, STATE_REFUSED);
	} else {
		back_off(p);
		set_state(p, STATE_DOWN);
	}
	p->target->close(p->ctx);
	p->retry_ns = monotonic_ns() + with_jitter_ns(p->backoff_ms);
}

/* Events are delivered, or the journal is empty. */
static void succeed(struct publisher *p)
{
	p->backoff_ms = 0;
	p->redirections = 0;
	set_state(p, STATE_UP);
}

static void open_target(struct publisher *p)
{
	set_deadline(p);
	int ret = p->target->open(p->ctx);
	p->answered = p->answered || ret == 0 || ret == TROUBLE_WAIT;
	if (ret != 0) {
		fail(p, ret);
	}
}

/* The time of the next report. */
static int64_t report_ns(const struct publisher *p)
{
	return p->target->report_ns != NULL ? p->target->report_ns(p->ctx) : INT64_MAX;
}

/* Delivers what is due; 0 or enum trouble. */
static int deliver(struct publisher *p)
{
	enum delivery_progress progress;
	bool now = p->worker_ended || monotonic_ns() >= report_ns(p);
	set_deadline(p);
	int trouble = p->target->step(p->ctx, now, &progress);
	if (trouble != 0) {
		return trouble;
	}
	p->busy = progress == DELIVERY_SENT;
	if (progress == DELIVERY_SENT) {
		p->alive_ns = monotonic_ns();
	}
	if (progress == DELIVERY_IDLE) {
		p->drained = p->worker_ended;
	}
	if (progress != DELIVERY_PENDING) {
		succeed(p);
	}
	return 0;
}

static void work(struct publisher *p)
{
	if (!p->target->is_open(p->ctx) && monotonic_ns() >= p->retry_ns) {
		open_target(p);
	}
	if (!p->target->is_open(p->ctx)) {
		return;
	}
	int trouble = deliver(p);
	/* The pipeline is shared, so no report is sent while it has a part of a batch. */
	if (trouble == 0 && p->target->due_ns(p->ctx) == 0 && monotonic_ns() >= report_ns(p)) {
		set_deadline(p);
		trouble = p->target->report(p->ctx);
	}
	if (trouble != 0) {
		p->drained = false;
		fail(p, trouble);
	}
}

/* The time of the next action, unless the worker wakes the publisher earlier. */
static int64_t next_ns(const struct publisher *p)
{
	int64_t next = p->retry_ns;
	if (p->busy) {
		return 0;
	}
	if (p->target->is_open(p->ctx)) {
		int64_t due_ns = p->target->due_ns(p->ctx);
		next = report_ns(p);
		next = due_ns != 0 && due_ns < next ? due_ns : next;
	}
	int64_t end = p->worker_ended ? give_up_ns(p) : 0;
	return end != 0 && end < next ? end : next;
}

static void take_worker_end(struct publisher *p)
{
	/* A wait may have noticed the end earlier, and the time counts from then on. */
	int64_t noticed_ns = p->target->hung_up_ns(p->ctx);
	p->worker_ended = true;
	p->ended_ns = p->alive_ns = noticed_ns != 0 ? noticed_ns : monotonic_ns();
	/* One more attempt is made at once, unless the configuration is wrong. */
	if (p->state != STATE_REFUSED) {
		p->retry_ns = 0;
	}
}

static void await_worker(struct publisher *p)
{
	char bytes[4096];
	struct pollfd fd = { .fd = p->worker_ended ? -1 : p->config->wake_fd, .events = POLLIN };
	int64_t left_ns = next_ns(p) - monotonic_ns();
	int timeout = left_ns > 0 ? (int)(left_ns / NS_PER_MS) + 1 : 0;
	if (poll(&fd, 1, timeout) <= 0) {
		return;
	}
	if (read(p->config->wake_fd, bytes, sizeof(bytes)) <= 0) {
		take_worker_end(p);
	}
}

/* After the worker's end: whether nothing more can be delivered in time. */
static bool is_over(struct publisher *p)
{
	if (!p->worker_ended) {
		return false;
	}
	if (p->drained) {
		return true;
	}
	int64_t end = give_up_ns(p);
	return (end != 0 && monotonic_ns() >= end) ||
	       (p->state == STATE_REFUSED && !p->target->is_open(p->ctx)) ||
	       (!p->target->is_open(p->ctx) && !p->target->has_more(p->ctx));
}

/* Sends the final counters; without them the state at the target just expires. */
static void send_last_report(struct publisher *p)
{
	if (p->target->report != NULL) {
		p->target->set_deadline(p->ctx, monotonic_ns() + 1000 * NS_PER_MS);
		(void)p->target->report(p->ctx);
	}
}

static int finish(struct publisher *p)
{
	const char *journal = p->config->journal;
	uint64_t waiting = 0;
	if (p->target->log_end != NULL) {
		p->target->log_end(p->ctx);
	}
	if (p->drained) {
		send_last_report(p);
		return 0;
	}
	int ret = journal_backlog(journal, p->target->note(p->ctx), &waiting);
	if (ret == 0 && waiting == 0) {
		return 0;
	}
	log_error("%s: %" PRIu64 " events were not delivered (%s); they wait in %s",
	          p->config->name, waiting, p->target->error(p->ctx), journal);
	return 1;
}

static int start(struct publisher *p, const struct publisher_config *config)
{
	int64_t grace_ms = config->drain_ms > 0 ? config->drain_ms : config->stall_ms;
	int error = -ENOMEM;
	*p = (struct publisher){ .config = config,
		                 .target =
		                         config->syslog != NULL ? &TARGET_SYSLOG : &TARGET_REDIS };
	p->ctx = p->target->create(config, grace_ms, &error);
	return error;
}

static void ignore_signals(void)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGPIPE };
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		(void)signal(signals[i], SIG_IGN);
	}
}

int publisher_run(const struct publisher_config *config)
{
	struct publisher p;
	ignore_signals();
	int ret = start(&p, config);
	if (ret != 0) {
		log_error("%s: %s", config->journal, strerror(-ret));
		ret = 1;
	} else {
		for (work(&p); !is_over(&p); work(&p)) {
			await_worker(&p);
		}
		ret = finish(&p);
	}
	if (p.ctx != NULL) {
		p.target->free(p.ctx);
	}
	return ret;
}

void publisher_wake(int fd)
{
	ssize_t written = write(fd, "", 1);
	(void)written;
}
