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
#include "sensor/fleet/fleet_copy.h"

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

static const char *find_url(const struct options_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (redis_url_is(list->items[i])) {
			return list->items[i];
		}
	}
	return NULL;
}

/* What takes the place of a URL among the paths. */
struct pushed {
	const struct fleet_set *set; /* NULL: as below */
	const char *state;           /* the folder of --state; NULL: Redis is asked */
	bool omitted;
};

static bool add_copy(int bundle, const struct fleet_copy *copy)
{
	bool added = copy->memory == NULL || fleet_copy_bundle(&copy->set, bundle);
	if (!added) {
		log_error("rules: %s", strerror(errno));
	}
	return added;
}

static bool add_pushed(int bundle, const char *url, const struct pushed *pushed)
{
	struct fleet_copy copy = { .memory = NULL };
	if (pushed->omitted) {
		return true;
	}
	if (pushed->set != NULL) {
		return fleet_copy_bundle(pushed->set, bundle);
	}
	bool good = pushed->state != NULL ? fleet_copy_from_state(&copy, pushed->state)
	                                  : fleet_copy_from_redis(&copy, (char *)url);
	/* Redis has the set if the folder does not. */
	good = (good || pushed->state != NULL) && add_copy(bundle, &copy);
	fleet_copy_free(&copy);
	return good;
}

/* Returns a bundle of all that a list names, or -1 after a failure, which was logged. */
static int gather(const struct options_list *list, const struct pushed *pushed)
{
	int fd = memfd_create("nsmx-rules", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	bool good = fd >= 0;
	for (size_t i = 0; i < list->count && good; i++) {
		if (redis_url_is(list->items[i])) {
			if (!add_pushed(fd, list->items[i], pushed)) {
				(void)close(fd);
				return -1;
			}
		} else {
			good = bundle_write(fd, &list->items[i], 1) == 0;
		}
	}
	if (!good ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0) {
		log_error("cannot read the rules: %s", strerror(errno));
		if (fd >= 0) {
			(void)close(fd);
		}
		return -1;
	}
	return fd;
}

static struct ruleset *load_gathered(const struct options_list *list, const struct pushed *pushed,
                                     struct ruleset_stats *stats)
{
	int bundle = gather(list, pushed);
	if (bundle < 0) {
		return NULL;
	}
	struct ruleset *set = ruleset_load_bundle(bundle, NULL, rules_source_complain,
	                                          rules_source_warn, NULL, stats);
	(void)close(bundle);
	return set;
}

/* Only a live capture has interfaces. */
static bool is_live(const struct options *options)
{
	return options->interfaces.count > 0;
}

/* Only a live capture keeps the set. */
static const char *state_of(const struct options *options)
{
	return is_live(options) ? options->state : NULL;
}

static struct ruleset *load_with_pushed(const struct options *options,
                                        const struct options_list *list,
                                        struct ruleset_stats *stats)
{
	struct pushed pushed = { .state = state_of(options) };
	struct ruleset *set = load_gathered(list, &pushed, stats);
	if (set == NULL && pushed.state != NULL) {
		pushed.omitted = true;
		set = load_gathered(list, &pushed, stats);
		if (set != NULL) {
			log_error("the rules in %s/" FLEET_FILE
			          " are not used, until Redis has others",
			          pushed.state);
		}
	}
	return set;
}

static struct ruleset *load_list(const struct options *options, const struct paths *paths,
                                 struct ruleset_stats *stats)
{
	const struct options_list *list = &paths->list;
	if (find_url(list) != NULL) {
		return load_with_pushed(options, list, stats);
	}
	int compiled =
	        is_live(options) && list->count == 1 ? ruleset_open_compiled(list->items[0]) : -1;
	if (compiled >= 0) {
		/* A sensor runs for months, and must not end when the file is shortened. */
		struct ruleset *set = ruleset_load_compiled(compiled, list->items[0], NULL,
		                                            rules_source_complain, NULL, stats);
		(void)close(compiled);
		return set;
	}
	return ruleset_load(list->items, list->count, rules_source_complain, rules_source_warn,
	                    NULL, stats);
}

struct ruleset *rules_source_load(const struct options *options, struct ruleset_stats *stats)
{
	struct paths paths;
	find_paths(&options->rules, &paths);
	*stats = (struct ruleset_stats){ 0 };
	if (paths.list.items[0] == paths.sets && access(paths.sets, R_OK) != 0) {
		log_error("no rules: " INSTALLED
		          " does not exist; install nsmx, or name rules with "
		          "--rules PATH");
		return NULL;
	}
	struct ruleset *set = load_list(options, &paths, stats);
	if (find_url(&paths.list) == NULL || state_of(options) == NULL) {
		warn_if_empty(set, stats, &paths.list);
	}
	return set;
}

struct ruleset *rules_source_load_words(char *const *words, size_t count,
                                        struct ruleset_stats *stats)
{
	struct options_list list = { .count = 0 };
	const struct pushed pushed = { .state = NULL };
	*stats = (struct ruleset_stats){ 0 };
	while (list.count < count && list.count < OPTIONS_LIST_MAX) {
		list.items[list.count] = words[list.count];
		list.count++;
	}
	if (find_url(&list) == NULL) {
		return ruleset_load((const char *const *)words, count, rules_source_complain,
		                    rules_source_warn, NULL, stats);
	}
	if (count > OPTIONS_LIST_MAX) {
		log_error("with a URL, there may be at most %d files", OPTIONS_LIST_MAX);
		return NULL;
	}
	return load_gathered(&list, &pushed, stats);
}

int rules_source_bundle(const struct options *options, const struct fleet_set *set)
{
	struct paths paths;
	const struct pushed pushed = { .set = set, .state = state_of(options) };
	find_paths(&options->rules, &paths);
	return gather(&paths.list, &pushed);
}

static bool write_set(const struct ruleset *set, int image)
{
	if (ruleset_write(set, image) != 0) {
		log_error("cannot reload the rules: %s", strerror(errno));
		return false;
	}
	return true;
}

bool rules_source_compile(const struct options *options, const struct ruleset *base,
                          bool (*confine)(void), int image, struct ruleset_stats *stats)
{
	struct paths paths;
	struct ruleset *set = NULL;
	find_paths(&options->rules, &paths);
	const struct options_list *list = &paths.list;
	*stats = (struct ruleset_stats){ 0 };
	int compiled = list->count == 1 ? ruleset_open_compiled(list->items[0]) : -1;
	int bundle = compiled < 0 ? rules_source_bundle(options, NULL) : -1;
	if ((compiled < 0 && bundle < 0) || !confine()) {
		return false;
	}
	if (compiled >= 0) {
		set = ruleset_load_compiled(compiled, list->items[0], base, rules_source_complain,
		                            NULL, stats);
		(void)close(compiled);
	} else {
		set = ruleset_load_bundle(bundle, base, rules_source_complain, rules_source_warn,
		                          NULL, stats);
		(void)close(bundle);
	}
	if (find_url(list) == NULL) {
		warn_if_empty(set, stats, list);
	}
	bool good = set != NULL && write_set(set, image);
	ruleset_free(set);
	return good;
}

struct ruleset *rules_source_map(int image, const struct ruleset *base, struct ruleset_stats *stats)
{
	const char *why;
	*stats = (struct ruleset_stats){ 0 };
	if (lseek(image, 0, SEEK_END) == 0) {
		return NULL;
	}
	struct ruleset *set = ruleset_map(image, base, stats, &why);
	if (set == NULL) {
		log_error("the rules cannot be reloaded: %s", why);
	}
	return set;
}
