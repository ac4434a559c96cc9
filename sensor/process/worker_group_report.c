/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/time_ns.h"
#include "sensor/process/worker_group_private.h"

#define WARN_INTERVAL_NS (60 * NS_PER_S)
/* If fewer than one packet in this many has a copy, the copies do not come from a SPAN port. */
#define COPIES_SHARE 10

bool worker_group_open_summary(struct worker_group *group)
{
	const char *path = group->options->summary;
	if (path == NULL) {
		return true;
	}
	group->summary_fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (group->summary_fd < 0) {
		log_error("--summary %s: %s", path, strerror(errno));
		return false;
	}
	return true;
}

void worker_group_count(const struct worker_group *group, struct counters *sum)
{
	counters_sum(group->counters, WORKER_GROUP_SETS, sum);
}

void worker_group_log_counters(const struct worker_group *group)
{
	struct counters sum;
	char line[2048];
	size_t size = 0;
	worker_group_count(group, &sum);
	for (size_t i = 0; i < COUNTERS_COUNT && size < sizeof(line); i++) {
		size += (size_t)snprintf(line + size, sizeof(line) - size, " %s=%" PRIu64,
		                         counters_name(i), counters_value(&sum, i));
	}
	log_info("stats:%s", line);
}

struct reload_counts worker_group_reloads(const struct worker_group *group)
{
	struct reload_counts counts = { { 0 } };
	for (unsigned i = 0; i < group->workers; i++) {
		counts.of[i] = counter_get(&group->counters[i].reloads);
	}
	return counts;
}

bool worker_group_reloaded_since(const struct worker_group *group,
                                 const struct reload_counts *before)
{
	const struct reload_counts now = worker_group_reloads(group);
	for (unsigned i = 0; i < group->workers; i++) {
		if (now.of[i] <= before->of[i]) {
			return false;
		}
	}
	return true;
}

void worker_group_expect_reload(struct worker_group *group)
{
	group->reload_counts = worker_group_reloads(group);
	group->reloading = true;
}

void worker_group_report_reload(struct worker_group *group)
{
	if (group->reloading && worker_group_reloaded_since(group, &group->reload_counts)) {
		group->reloading = false;
		log_info("%" PRIu64 " rules reloaded", counter_get(&group->counters[0].rules));
	}
}

void worker_group_report_drops(struct worker_group *group, int64_t now_ns)
{
	uint64_t kernel = 0, interface = 0;
	if (group->drops_reported_ns != 0 && now_ns - group->drops_reported_ns < WARN_INTERVAL_NS) {
		return;
	}
	for (size_t i = 0; i < group->workers; i++) {
		kernel += counter_get(&group->counters[i].kernel_drops);
		interface += counter_get(&group->counters[i].interface_drops);
	}
	uint64_t all = kernel + interface;
	if (all > group->drops_before) {
		log_warn("%" PRIu64
		         " packets were dropped before they were read; in total, %" PRIu64
		         " were dropped by the kernel (a larger --buffer or more --workers help) "
		         "and %" PRIu64 " by interfaces",
		         all - group->drops_before, kernel, interface);
		group->drops_before = all;
		group->drops_reported_ns = now_ns;
	}
}

/* A SPAN port that mirrors both directions of two ports delivers each packet between them twice. */
static void suggest_dedup(const struct counters *counters)
{
	uint64_t chosen = counter_get(&counters->copies_chosen);
	uint64_t found = counter_get(&counters->copies_found);
	if (found > 0 && found >= chosen / COPIES_SHARE) {
		log_info("%" PRIu64 " of %" PRIu64 " sampled packets are in the capture twice "
		         "within a millisecond: --dedup 100 ignores copies",
		         found, chosen);
	}
}

void worker_group_print_summary(const struct worker_group *group)
{
	struct counters c;
	worker_group_count(group, &c);
	double seconds = (double)(monotonic_ns() - group->started_ns) / NS_PER_S;
	log_info("%" PRIu64 " packets, %" PRIu64 " bytes in %.2f s (%" PRIu64
	         " not decoded, %" PRIu64 " dropped)",
	         counter_get(&c.packets), counter_get(&c.bytes), seconds,
	         counter_get(&c.undecoded_packets),
	         counter_get(&c.kernel_drops) + counter_get(&c.interface_drops));
	log_info("%" PRIu64 " DNS responses (%" PRIu64 " malformed messages), %" PRIu64
	         " SMTP sessions, %" PRIu64 " recipients",
	         counter_get(&c.dns_responses), counter_get(&c.dns_malformed),
	         counter_get(&c.smtp_sessions), counter_get(&c.smtp_recipients));
	log_info("%" PRIu64 " hits by %" PRIu64 " rules (%" PRIu64
	         " repeats suppressed); events: %" PRIu64 " delivered, %" PRIu64
	         " pending, %" PRIu64 " dropped",
	         counter_get(&c.hits), counter_get(&c.rules), counter_get(&c.hits_suppressed),
	         counter_get(&c.events_delivered), counter_get(&c.events_pending),
	         counter_get(&c.events_dropped));
	suggest_dedup(&c);
}

bool worker_group_save_summary(struct worker_group *group)
{
	struct counters sum;
	int fd = group->summary_fd;
	group->summary_fd = -1;
	worker_group_count(group, &sum);
	if (fd >= 0 && counters_save(&sum, fd) != 0) {
		log_error("--summary %s: %s", group->options->summary, strerror(errno));
		return false;
	}
	return true;
}
