/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/commands/rules/push_answers.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/log.h"
#include "base/printable.h"
#include "base/time_ns.h"
#include "sensor/fleet/fleet_report.h"

#define ASK_EVERY_NS (200 * NS_PER_MS)
#define FORGET_S     (7 * 86400)
#define PATIENCE_NS  (10 * NS_PER_S)
#define ANSWER_MAX   8192

struct answers {
	const struct fleet_link *link;
	const struct fleet_head *head;
	redisReply *reports; /* names and reports in turn; NULL: none were read */
	size_t took, refused, silent;
	bool replaced; /* by another pusher */
};

static bool is_about(const struct answers *answers, const struct fleet_report *report)
{
	return report->result != FLEET_WAITING && report->version == answers->head->version &&
	       report->hash == answers->head->hash;
}

static bool read_report(const struct answers *answers, size_t i, struct fleet_report *report)
{
	const redisReply *text = answers->reports->element[i + 1];
	return answers->reports->element[i]->type == REDIS_REPLY_STRING &&
	       text->type == REDIS_REPLY_STRING && fleet_report_read(text->str, text->len, report);
}

static bool is_old(const struct fleet_report *report)
{
	return (int64_t)report->time_s < realtime_ns() / NS_PER_S - FORGET_S;
}

static void count(struct answers *answers)
{
	struct fleet_report report;
	answers->took = answers->refused = answers->silent = 0;
	for (size_t i = 0; i + 1 < answers->reports->elements; i += 2) {
		if (!read_report(answers, i, &report) || is_old(&report)) {
			continue;
		}
		if (!is_about(answers, &report)) {
			answers->silent++;
		} else if (report.result == FLEET_TOOK) {
			answers->took++;
		} else {
			answers->refused++;
		}
	}
}

static int ask(const struct fleet_link *link, void *ctx)
{
	struct answers *answers = ctx;
	struct fleet_mark mark;
	struct fleet_head head;
	redisReply *reports;
	int ret = fleet_peek(link, &mark);
	if (ret != 0) {
		return ret;
	}
	answers->replaced = fleet_head_read(mark.octets, mark.size, &head) != NULL ||
	                    !fleet_head_is(&head, answers->head);
	ret = fleet_read_reports(link, &reports);
	if (ret == 0) {
		freeReplyObject(answers->reports);
		answers->reports = reports;
		count(answers);
	}
	return ret;
}

static void put_time(struct writer *line, uint64_t time_s)
{
	char text[DATE_TEXT_SIZE];
	if (time_s <= (uint64_t)(INT64_MAX / NS_PER_S)) {
		date_text((int64_t)time_s * NS_PER_S, false, text);
		writer_string(line, text);
	}
}

static void put_result(const struct answers *answers, const struct fleet_report *report,
                       struct writer *line)
{
	if (is_about(answers, report) && report->result == FLEET_TOOK) {
		writer_literal(line, "took");
	} else if (is_about(answers, report)) {
		char stays[FLEET_IN_FORCE_MAX];
		fleet_report_in_force(report->in_force, stays);
		writer_literal(line, "refused, ");
		writer_string(line, stays);
	} else {
		writer_literal(line, "silent, last seen ");
		put_time(line, report->time_s);
		writer_literal(line, " with version ");
		writer_number(line, report->in_force);
	}
	if (is_about(answers, report) && report->reason[0] != '\0') {
		writer_literal(line, ": ");
		printable_put(line, report->reason, strlen(report->reason));
	}
}

static void print(const struct answers *answers)
{
	char memory[ANSWER_MAX];
	struct fleet_report report;
	struct writer line;
	for (size_t i = 0; i + 1 < answers->reports->elements; i += 2) {
		const redisReply *name = answers->reports->element[i];
		if (!read_report(answers, i, &report) || is_old(&report)) {
			continue;
		}
		writer_init(&line, memory, sizeof(memory));
		printable_put(&line, name->str, name->len < 256 ? name->len : 256);
		writer_literal(&line, ": ");
		put_result(answers, &report, &line);
		writer_char(&line, '\n');
		(void)fwrite(line.start, 1, writer_size(&line), stdout);
	}
	(void)fflush(stdout);
}

/* Names that cannot be read are removed, too. */
static void remove_old(const struct answers *answers)
{
	struct fleet_report report;
	for (size_t i = 0; i + 1 < answers->reports->elements; i += 2) {
		const redisReply *name = answers->reports->element[i];
		bool old = !read_report(answers, i, &report) || is_old(&report);
		if (old && name->type == REDIS_REPLY_STRING &&
		    fleet_remove_report(answers->link, name->str, name->len) != 0) {
			return;
		}
	}
}

static void pause_until(int64_t due_ns)
{
	int64_t left_ns = due_ns - monotonic_ns();
	if (left_ns > 0) {
		const struct timespec pause = { .tv_sec = left_ns / NS_PER_S,
			                        .tv_nsec = left_ns % NS_PER_S };
		(void)nanosleep(&pause, NULL);
	}
}

static bool summarise(const struct answers *answers)
{
	if (answers->replaced) {
		log_warn("another set has replaced version %" PRIu64, answers->head->version);
	}
	if (answers->took + answers->refused + answers->silent == 0) {
		log_warn("no sensor has been connected to %s yet; the rules wait there",
		         answers->link->place->url.name);
	} else {
		log_info("version %" PRIu64 ": %zu sensors took it, %zu refused it, %zu are silent",
		         answers->head->version, answers->took, answers->refused, answers->silent);
	}
	return answers->refused + answers->silent == 0 && !answers->replaced;
}

bool push_answers_await(const struct fleet_link *link, const struct fleet_head *head,
                        uint32_t wait_s)
{
	struct answers answers = { .link = link, .head = head };
	int64_t end_ns = monotonic_ns() + wait_s * NS_PER_S;
	int ret;
	for (;;) {
		int64_t now_ns = monotonic_ns();
		redis_set_deadline(link->redis, now_ns + PATIENCE_NS);
		ret = fleet_do(link, ask, &answers);
		if (ret != 0 || answers.silent == 0 || answers.replaced || now_ns >= end_ns) {
			break;
		}
		pause_until(now_ns + ASK_EVERY_NS);
	}
	if (ret != 0) {
		log_error("%s: the answers of sensors cannot be read: %s", link->place->url.name,
		          redis_error(link->redis));
	}
	bool good = ret == 0;
	if (answers.reports != NULL) {
		print(&answers);
		good = summarise(&answers) && good;
		remove_old(&answers);
		freeReplyObject(answers.reports);
	}
	return good;
}
