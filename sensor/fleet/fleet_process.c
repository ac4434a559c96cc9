/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/fleet/fleet_process.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/param.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time_ns.h"
#include "sensor/fleet/fleet_redis.h"

#define BACKOFF_MIN_MS 100
#define BACKOFF_MAX_MS 4000
#define REFUSED_MS     30000 /* after an error of the configuration */
/* The supervisor gives up a check before that. */
#define VERDICT_MS      120000
#define REPORT_EVERY_NS (30 * NS_PER_S)

/* The state that was logged last. */
enum state { STATE_NEW, STATE_UP, STATE_DOWN, STATE_REFUSED };

struct following {
	const struct fleet_process *process;
	struct fleet_link link;
	struct fleet_mark mark; /* of the set that was judged last */
	bool judged;            /* there was one */
	struct fleet_report report;
	int64_t report_ns; /* when the report is sent again; 0: at once */
	bool reports;      /* Redis takes reports, as far as is known */
	bool no_news;      /* Redis does not let this user wait for news */
	bool ended;        /* the supervisor has ended */
	enum state state;
	unsigned backoff_ms;
};

static const char *name_of(const struct following *following)
{
	return following->process->place->url.name;
}

/* Waits, but not after the end of the supervisor. */
static void pause_ms(struct following *following, int ms)
{
	struct pollfd fd = { .fd = following->process->socket, .events = POLLIN };
	if (poll(&fd, 1, ms) > 0) {
		following->ended = true; /* it sends only verdicts that were asked for */
	}
}

static void set_state(struct following *following, enum state state)
{
	if (following->state == state) {
		return;
	}
	following->state = state;
	if (state == STATE_UP) {
		log_info("%s: connected for rules", name_of(following));
	} else {
		char stays[FLEET_IN_FORCE_MAX];
		fleet_report_in_force(following->report.in_force, stays);
		log_warn("%s: %s; of the rules, %s", name_of(following),
		         redis_error(following->link.redis), stays);
	}
}

/* The verdict of the supervisor */

static bool write_box(int box, const char *octets, size_t size)
{
	for (size_t at = 0; at < size;) {
		ssize_t done = pwrite(box, octets + at, size - at, (off_t)at);
		if (done <= 0) {
			return false;
		}
		at += (size_t)done;
	}
	return true;
}

static void ask_supervisor(struct following *following, const struct fleet_set *set,
                           struct fleet_verdict *verdict)
{
	const struct fleet_process *process = following->process;
	struct pollfd fd = { .fd = process->socket, .events = POLLIN };
	*verdict = (struct fleet_verdict){ .taken = false };
	if (!write_box(process->box, set->octets, set->size) ||
	    send(process->socket, "", 1, MSG_NOSIGNAL) != 1) {
		(void)snprintf(verdict->reason, sizeof(verdict->reason), "%s", strerror(errno));
		return;
	}
	if (poll(&fd, 1, VERDICT_MS) <= 0 ||
	    recv(process->socket, verdict, sizeof(*verdict), 0) != (ssize_t)sizeof(*verdict)) {
		following->ended = true;
	}
	verdict->reason[sizeof(verdict->reason) - 1] = '\0';
}

static void judge(struct following *following, const char *octets, size_t size)
{
	struct fleet_report *report = &following->report;
	struct fleet_verdict verdict = { .taken = false };
	struct fleet_set set;
	const char *why = fleet_set_read(octets, size, &set);
	report->version = set.head.version;
	report->hash = set.head.hash;
	if (why != NULL) {
		(void)snprintf(verdict.reason, sizeof(verdict.reason), "%s", why);
		char stays[FLEET_IN_FORCE_MAX];
		fleet_report_in_force(report->in_force, stays);
		log_error("%s: the rules are refused: %s; %s", name_of(following), why, stays);
	} else {
		ask_supervisor(following, &set, &verdict);
	}
	report->result = verdict.taken ? FLEET_TOOK : FLEET_REFUSED;
	report->in_force = verdict.taken ? set.head.version : report->in_force;
	memcpy(report->reason, verdict.reason, sizeof(report->reason));
	following->report_ns = 0;
}

/* Steps with Redis */

static bool is_judged(const struct following *following, const struct fleet_mark *mark)
{
	return following->judged && mark->size == following->mark.size &&
	       memcmp(mark->octets, following->mark.octets, mark->size) == 0;
}

/* The set is in force since this process started. */
static bool is_in_force(const struct following *following, const struct fleet_mark *mark)
{
	struct fleet_head head;
	return !following->judged && fleet_head_read(mark->octets, mark->size, &head) == NULL &&
	       fleet_head_is(&head, &following->process->in_force);
}

static void note_state(struct following *following, const struct fleet_mark *mark)
{
	struct fleet_report *report = &following->report;
	if (mark->size == 0) {
		report->result = FLEET_WAITING;
		report->version = report->hash = 0;
		report->reason[0] = '\0';
	} else {
		report->result = FLEET_TOOK;
		report->version = following->process->in_force.version;
		report->hash = following->process->in_force.hash;
	}
	following->report_ns = 0;
}

static int take_news(struct following *following)
{
	struct fleet_mark mark;
	redisReply *reply;
	int ret = fleet_peek(&following->link, &mark);
	if (ret != 0 || is_judged(following, &mark)) {
		return ret;
	}
	if (mark.size == 0 || is_in_force(following, &mark)) {
		note_state(following, &mark);
	} else {
		ret = fleet_fetch(&following->link, &reply);
		if (ret != 0) {
			return ret;
		}
		mark.size = MIN(reply->len, sizeof(mark.octets));
		memcpy(mark.octets, reply->str, mark.size);
		judge(following, reply->str, reply->len);
		freeReplyObject(reply);
	}
	following->mark = mark;
	following->judged = true;
	return 0;
}

/* A sensor whose user may not write is silent, but has the rules. */
static int send_report(struct following *following)
{
	char text[FLEET_REPORT_MAX];
	int64_t now_ns = monotonic_ns();
	if (!following->reports || now_ns < following->report_ns) {
		return 0;
	}
	following->report.time_s = (uint64_t)(realtime_ns() / NS_PER_S);
	fleet_report_write(&following->report, text);
	int ret = fleet_send_report(&following->link, following->process->sensor, text);
	following->report_ns = now_ns + REPORT_EVERY_NS;
	if (ret == TROUBLE_CONFIG) {
		log_warn("%s: the sensor cannot report which rules it has: %s", name_of(following),
		         redis_error(following->link.redis));
		following->reports = false;
		return 0;
	}
	return ret;
}

static int await_news(struct following *following)
{
	int ret = following->no_news ? 0 : fleet_wait(&following->link);
	if (ret == TROUBLE_CONFIG && redis_is_open(following->link.redis)) {
		following->no_news = true;
	}
	if (following->no_news) {
		pause_ms(following, FLEET_NEWS_MS);
		return 0;
	}
	return ret;
}

static int step(const struct fleet_link *link, void *ctx)
{
	struct following *following = ctx;
	(void)link;
	int ret = take_news(following);
	if (ret == 0 && !following->ended) {
		ret = send_report(following);
	}
	if (ret == 0 && !following->ended) {
		following->backoff_ms = 0;
		set_state(following, STATE_UP);
		ret = await_news(following);
	}
	return ret;
}

/* 75 to 125 %, so that many sensors do not reconnect at one moment. */
static int with_jitter(unsigned ms)
{
	return (int)(3 * ms / 4 + (unsigned)(monotonic_ns() / 1000 % (ms / 2 + 1)));
}

static void fail(struct following *following, int trouble)
{
	unsigned next = MAX(2 * following->backoff_ms, BACKOFF_MIN_MS);
	following->backoff_ms = MIN(next, BACKOFF_MAX_MS);
	if (trouble == TROUBLE_CONFIG) {
		following->backoff_ms = REFUSED_MS;
	}
	set_state(following, trouble == TROUBLE_CONFIG ? STATE_REFUSED : STATE_DOWN);
	redis_close(following->link.redis);
	following->report_ns = 0;
	following->reports = true;
	following->no_news = false;
	pause_ms(following, with_jitter(following->backoff_ms));
}

int fleet_process_run(const struct fleet_process *process)
{
	struct following following = {
		.process = process,
		.link = { process->place, redis_new(&process->place->url) },
		.report = { .in_force = process->in_force.version },
		.reports = true,
	};
	if (following.link.redis == NULL) {
		log_error("out of memory");
		return 1;
	}
	while (!following.ended) {
		int trouble = fleet_do(&following.link, step, &following);
		if (trouble != 0 && !following.ended) {
			fail(&following, trouble);
		}
	}
	redis_free(following.link.redis);
	return 0;
}
