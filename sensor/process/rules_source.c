/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/process/rules_source.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "rules/language/files.h"
#include "rules/ruleset/bundle.h"

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
	if (line > 0) {
		log_warn("%s:%zu: %s", file, line, message);
	} else {
		log_warn("%s: %s", file, message);
	}
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

static void warn_if_empty(const struct ruleset *set, const struct ruleset_stats *stats,
                          const struct options_list *paths)
{
	bool meant = paths->count == 1 && strcmp(paths->items[0], "/dev/null") == 0;
	if (set != NULL && stats->rules == 0 && !meant) {
		log_warn("there are no rules in %s%s, so nothing can match", paths->items[0],
		         paths->count > 1 ? " and the other files" : "");
	}
}

/* The paths to read, and memory for them. */
struct paths {
	struct options_list list;
	char sets[PATH_MAX]; /* the folder of the shipped sets */
	char baselines[PATH_MAX];
};

static void find_sets(char sets[PATH_MAX])
{
	if (access(INSTALLED, R_OK) == 0 || !find_beside_binary(sets)) {
		(void)snprintf(sets, PATH_MAX, "%s", INSTALLED);
	}
}

bool rules_source_sets(char path[PATH_MAX])
{
	find_sets(path);
	return access(path, R_OK) == 0;
}

/* Finds the given paths, or the folder of the shipped sets; its file of baselines may be added. */
static void find_paths(const struct options_list *given, struct paths *paths)
{
	size_t count = given->count;
	bool adds = count > 0 && strcmp(given->items[count - 1], OPTIONS_RULES_BASELINES) == 0;
	find_sets(paths->sets);
	paths->list = *given;
	paths->list.count -= adds;
	if (paths->list.count == 0) {
		paths->list.items[paths->list.count++] = paths->sets;
	}
	if (adds) {
		(void)snprintf(paths->baselines, sizeof(paths->baselines), "%.*s/%s", PATH_MAX - 32,
		               paths->sets, FILES_BASELINES);
		paths->list.items[paths->list.count++] = paths->baselines;
	}
}

struct ruleset *rules_source_load(const struct options_list *given, struct ruleset_stats *stats)
{
	struct paths paths;
	find_paths(given, &paths);
	const struct options_list *list = &paths.list;
	*stats = (struct ruleset_stats){ 0 };
	if (list->items[0] == paths.sets && access(paths.sets, R_OK) != 0) {
		log_error("no rules: " INSTALLED
		          " does not exist; install nsmx, or name rules with "
		          "--rules PATH");
		return NULL;
	}
	struct ruleset *set = ruleset_load(list->items, list->count, rules_source_complain,
	                                   rules_source_warn, NULL, stats);
	warn_if_empty(set, stats, list);
	return set;
}

int rules_source_bundle(const struct options_list *given)
{
	struct paths paths;
	find_paths(given, &paths);
	int fd = memfd_create("nsmx-rules", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0 || bundle_write(fd, paths.list.items, paths.list.count) != 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0) {
		log_error("cannot reload the rules: %s", strerror(errno));
		if (fd >= 0) {
			(void)close(fd);
		}
		return -1;
	}
	return fd;
}

struct ruleset *rules_source_load_bundle(int fd, const struct ruleset *base,
                                         struct ruleset_stats *stats)
{
	struct ruleset *set = ruleset_load_bundle(fd, base, rules_source_complain,
	                                          rules_source_warn, NULL, stats);
	const struct options_list all = { .items = { "all files" }, .count = 1 };
	warn_if_empty(set, stats, &all);
	return set;
}
