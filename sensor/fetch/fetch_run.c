/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/fetch/fetch_run.h"

#include <stdio.h>
#include <unistd.h>

#include "rules/feeds/feed.h"
#include "sensor/fetch/checker.h"
#include "sensor/fetch/fetcher.h"
#include "sensor/fetch/importer.h"
#include "sensor/process/rules_source.h"

/* How long an import and a check may take: minutes for the largest feeds. */
#define WORK_SECONDS 600

/* Parsed JSON takes up to 25 times as much memory as its text; libraries take some, too. */
#define MEMORY_LEAST  ((uint64_t)512 << 20)
#define MEMORY_FACTOR 32

bool fetch_run_fail(struct fetch_run *run, const char *why)
{
	(void)snprintf(run->report.why, sizeof(run->report.why), "%s", why);
	return false;
}

static bool run_child(struct fetch_run *run, const struct child *child)
{
	enum child_end end = child_run(run->children, child);
	fetch_report_take(run->shared, &run->report);
	switch (end) {
	case CHILD_DONE:
		return true;
	case CHILD_FAILED:
		return run->report.why[0] != '\0' ? false : fetch_run_fail(run, "it was given up");
	case CHILD_LATE:
		return fetch_run_fail(run, "it took too long: see timeout");
	case CHILD_INTERRUPTED:
		return fetch_run_fail(run, "interrupted");
	default:
		return fetch_run_fail(
		        run, "the process for it died: too much memory or time was needed, or "
		             "the content is an attack");
	}
}

static uint64_t bound_memory(const struct fetch_run *run)
{
	return MEMORY_LEAST + MEMORY_FACTOR * run->feed->options.source_feed.max_size;
}

bool fetch_run_read(struct fetch_run *run)
{
	char name[64];
	struct fetcher fetcher = {
		.feed = run->feed,
		.last = run->is_known || run->has_objects ? &run->state : NULL,
		.objects = run->has_objects ? run->objects_before : -1,
		.anew = !run->is_known,
		.to = run->got,
		.report = run->shared,
	};
	const struct child child = {
		.role = SANDBOX_FETCHER,
		.prepare = fetcher_prepare,
		.confine = fetcher_confine,
		.work = fetcher_work,
		.ctx = &fetcher,
		.name = name,
		.octets = &run->shared->octets,
		.memory = bound_memory(run),
		.seconds = run->feed->options.source_feed.timeout_s + 10,
	};
	(void)snprintf(name, sizeof(name), "fetching %s", run->feed->name);
	return run_child(run, &child);
}

static bool load_hosts(struct fetch_run *run, struct shared_hosts *hosts)
{
	const char *path = run->feed->options.shared_hosts;
	if (shared_hosts_add_known(hosts) != 0) {
		return fetch_run_fail(run, "out of memory");
	}
	FILE *in = path != NULL ? fopen(path, "re") : NULL;
	if (path != NULL && in == NULL) {
		return fetch_run_fail(run, "the file of shared-hosts cannot be read");
	}
	int ret = in != NULL ? shared_hosts_read(hosts, in, path, rules_source_complain, NULL) : 0;
	if (in != NULL) {
		(void)fclose(in);
	}
	return ret == 0 || fetch_run_fail(run, "the file of shared-hosts has mistakes");
}

bool fetch_run_import(struct fetch_run *run)
{
	char name[64];
	struct shared_hosts hosts = { .names = { 0 } };
	struct importer importer = {
		.feed = run->feed,
		.hosts = &hosts,
		.psl = run->installed->psl,
		.from = run->got,
		.to = run->rules,
		.report = run->shared,
	};
	const struct child child = {
		.role = SANDBOX_WORKER,
		.prepare = importer_prepare,
		.work = importer_work,
		.ctx = &importer,
		.name = name,
		.octets = &run->shared->octets,
		.memory = bound_memory(run),
		.seconds = WORK_SECONDS,
	};
	(void)snprintf(name, sizeof(name), "importing %s", run->feed->name);
	bool imported = load_hosts(run, &hosts) && run_child(run, &child);
	shared_hosts_free(&hosts);
	return imported;
}

static bool check_bundle(struct fetch_run *run, int bundle, const char *path)
{
	char name[64];
	struct checker checker = {
		.feed = run->feed,
		.base = run->installed->base,
		.bundle = bundle,
		.path = path,
		.rules = run->rules,
		.before = run->before,
		.report = run->shared,
	};
	const struct child child = {
		.role = SANDBOX_WORKER,
		.work = checker_work,
		.ctx = &checker,
		.name = name,
		.octets = &run->shared->octets,
		.memory = bound_memory(run),
		.seconds = WORK_SECONDS,
	};
	(void)snprintf(name, sizeof(name), "checking %s", run->feed->name);
	return run_child(run, &child);
}

bool fetch_run_check(struct fetch_run *run)
{
	char path[64];
	struct options given = { .rules = { .count = 0 } };
	struct options_list *paths = &given.rules;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", run->rules);
	paths->items[paths->count++] = path;
	if (run->installed->sets != NULL) {
		paths->items[paths->count++] = run->installed->sets;
	}
	int bundle = rules_source_bundle(&given, NULL);
	bool good = bundle >= 0 ? check_bundle(run, bundle, path)
	                        : fetch_run_fail(run, "out of memory");
	if (bundle >= 0) {
		(void)close(bundle);
	}
	return good;
}
