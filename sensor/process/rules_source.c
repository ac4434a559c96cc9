/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/process/rules_source.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

#define INSTALLED NSMX_DATADIR "/rules"

void rules_source_complain(void *ctx, const char *file, size_t line, size_t column,
                           const char *message)
{
	(void)ctx;
	if (line > 0) {
		log_error("%s:%zu:%zu: %s", file, line, column, message);
	} else {
		log_error("%s: %s", file, message);
	}
}

void rules_source_warn(void *ctx, const char *file, size_t line, size_t column, const char *message)
{
	(void)ctx;
	(void)column;
	log_warn("%s:%zu: %s", file, line, message);
}

/* A program in its build folder uses the rule sets of the source tree. */
static bool find_beside_binary(char path[PATH_MAX])
{
	static const char sets[] = "/../rules/sets";
	ssize_t size = readlink("/proc/self/exe", path, PATH_MAX - 1);
	if (size <= 0) {
		return false;
	}
	path[size] = '\0';
	char *slash = strrchr(path, '/');
	if (slash == NULL || (size_t)(slash - path) + sizeof(sets) > PATH_MAX) {
		return false;
	}
	memcpy(slash, sets, sizeof(sets));
	return access(path, R_OK) == 0;
}

static struct ruleset *load(const char *const *paths, size_t count, struct ruleset_stats *stats)
{
	struct ruleset *set =
	        ruleset_load(paths, count, rules_source_complain, rules_source_warn, NULL, stats);
	if (set != NULL && stats->rules == 0) {
		log_warn("no rules in %s%s: nothing can match", paths[0],
		         count > 1 ? " and the others" : "");
	}
	return set;
}

struct ruleset *rules_source_load(const struct options_list *given, struct ruleset_stats *stats)
{
	char beside[PATH_MAX];
	const char *path = INSTALLED;
	*stats = (struct ruleset_stats){ 0 };
	if (given->count > 0) {
		return load(given->items, given->count, stats);
	}
	if (access(path, R_OK) != 0 && find_beside_binary(beside)) {
		path = beside;
	}
	if (access(path, R_OK) != 0) {
		log_error("no rules: " INSTALLED
		          " does not exist; install nsmx, or name rules with "
		          "--rules PATH");
		return NULL;
	}
	return load(&path, 1, stats);
}
