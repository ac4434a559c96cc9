/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/fetch/checker.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "sensor/fetch/compare.h"

#define FINDINGS_MAX 10

/* A file, as a view; an empty one if there is none. */
struct view {
	const char *text;
	size_t size;
};

struct findings {
	const struct checker *checker;
	size_t count;
	size_t errors;
};

/* The filter of the process forbids memory that can be executed, and allows this. */
static bool open_view(int fd, struct view *view)
{
	struct stat info;
	*view = (struct view){ .text = "" };
	if (fd < 0) {
		return true;
	}
	if (fstat(fd, &info) != 0) {
		return false;
	}
	void *memory = info.st_size > 0
	                       ? mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0)
	                       : NULL;
	if (memory == MAP_FAILED) {
		return false;
	}
	if (memory != NULL) {
		*view = (struct view){ memory, (size_t)info.st_size };
	}
	return true;
}

static bool compare(const struct checker *checker)
{
	struct view before;
	struct view after;
	struct compare_counts counts;
	struct fetch_report *report = checker->report;
	if (!open_view(checker->before, &before) || !open_view(checker->rules, &after) ||
	    !compare_rules(before.text, before.size, after.text, after.size, &counts)) {
		(void)snprintf(report->why, sizeof(report->why), "out of memory");
		return false;
	}
	report->before = counts.before;
	report->indicators = counts.after;
	report->added_count = counts.added;
	report->removed_count = counts.removed;
	report->allows = counts.allows;
	return true;
}

/* Findings about the installed rules are not those of the feed. */
static void warn(void *ctx, const char *file, size_t line, size_t column, const char *message)
{
	struct findings *findings = ctx;
	(void)column;
	if (strcmp(file, findings->checker->path) != 0 || line == 0) {
		return;
	}
	if (findings->count++ < FINDINGS_MAX) {
		log_warn("%s: %s: %s", findings->checker->feed->name,
		         findings->checker->feed->shown, message);
	}
}

static void complain(void *ctx, const char *file, size_t line, size_t column, const char *message)
{
	struct findings *findings = ctx;
	struct fetch_report *report = findings->checker->report;
	if (findings->errors++ == 0) {
		bool own = strcmp(file, findings->checker->path) == 0;
		(void)snprintf(report->why, sizeof(report->why),
		               "the rules are not valid: %.200s:%zu:%zu: %.200s",
		               own ? findings->checker->feed->name : file, line, column, message);
	}
}

static bool check(const struct checker *checker)
{
	struct findings findings = { .checker = checker };
	struct ruleset_stats stats;
	struct ruleset *set = ruleset_load_bundle(checker->bundle, checker->base, complain, warn,
	                                          &findings, &stats);
	if (set == NULL) {
		return false;
	}
	ruleset_free(set);
	checker->report->refused = findings.count;
	if (findings.count > FINDINGS_MAX) {
		log_warn("%s: %zu further indicators are left out", checker->feed->name,
		         findings.count - FINDINGS_MAX);
	}
	return true;
}

bool checker_work(void *ctx)
{
	const struct checker *checker = ctx;
	return compare(checker) && check(checker);
}
