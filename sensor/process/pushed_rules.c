/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/process/pushed_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "sensor/fleet/fleet.h"
#include "sensor/fleet/fleet_copy.h"
#include "sensor/process/reload.h"
#include "sensor/process/rules_source.h"
#include "sensor/process/worker_group_private.h"

#define ERROR_MAX 1280

struct pushed_rules {
	struct worker_group *group;
	struct fleet *fleet;
	struct reload_counts reloads; /* before the workers were asked to reload */
};

/* Returns the URL in --rules; NULL if there is none. `count` receives how many there are. */
static const char *find_url(const struct options *options, size_t *count)
{
	const char *url = NULL;
	*count = 0;
	for (size_t i = 0; i < options->rules.count; i++) {
		if (redis_url_is(options->rules.items[i])) {
			url = options->rules.items[i];
			++*count;
		}
	}
	return url;
}

bool pushed_rules_check(const struct options *options)
{
	char error[ERROR_MAX];
	struct fleet_place place;
	size_t count;
	const char *url = find_url(options, &count);
	if (count > 1) {
		log_error("--rules: there is more than one redis://; a sensor follows one");
		return false;
	}
	if (url != NULL && !fleet_place_parse(&place, url, error, sizeof(error))) {
		log_error("--rules: %s", error);
		return false;
	}
	return true;
}

/* In the process that judges a set */

struct complaints {
	struct fleet_verdict *verdict;
	size_t count;
};

static void complain(void *ctx, const char *file, size_t line, size_t column, const char *message)
{
	struct complaints *complaints = ctx;
	char *text = complaints->verdict->reason;
	size_t prefix = sizeof(FLEET_PREFIX) - 1;
	if (complaints->count++ > 0) {
		return;
	}
	/* Who has pushed the file knows it by its name. */
	file += strncmp(file, FLEET_PREFIX, prefix) == 0 ? prefix : 0;
	if (line > 0) {
		(void)snprintf(text, FLEET_REASON_MAX - 32, "%s:%zu:%zu: %s", file, line, column,
		               message);
	} else {
		(void)snprintf(text, FLEET_REASON_MAX - 32, "%s: %s", file, message);
	}
}

static void add_count(const struct complaints *complaints)
{
	char *text = complaints->verdict->reason;
	size_t used = strlen(text);
	if (complaints->count > 1) {
		(void)snprintf(text + used, FLEET_REASON_MAX - used, " (and %zu more)",
		               complaints->count - 1);
	}
}

/* Workers log what was left out of the rules. */
static void ignore(void *ctx, const char *file, size_t line, size_t column, const char *message)
{
	(void)ctx;
	(void)file;
	(void)line;
	(void)column;
	(void)message;
}

static void judge(void *ctx, int bundle, struct fleet_verdict *verdict)
{
	const struct pushed_rules *pushed = ctx;
	struct complaints complaints = { .verdict = verdict };
	struct ruleset_stats stats;
	struct ruleset *set = ruleset_load_bundle(bundle, pushed->group->rules, complain, ignore,
	                                          &complaints, &stats);
	/* A restart does not help: the sensor starts with the set that it has. */
	bool learns = set != NULL && reload_objection(set, pushed->group->rules) != NULL;
	if (learns) {
		complain(&complaints, "rules", 0, 0,
		         "`learn` rules are only for sensors that have some when they start, as "
		         "by baselines = yes");
	}
	verdict->taken = set != NULL && !learns;
	add_count(&complaints);
	ruleset_free(set);
}

/* In the supervisor */

static int make_bundle(void *ctx, const struct fleet_set *set)
{
	const struct pushed_rules *pushed = ctx;
	return rules_source_bundle(pushed->group->options, set);
}

static bool is_loaded(void *ctx)
{
	const struct pushed_rules *pushed = ctx;
	return worker_group_reloaded_since(pushed->group, &pushed->reloads);
}

static void forget(void *ctx, const struct redis_url *keep)
{
	struct pushed_rules *pushed = ctx;
	worker_group_forget_except(pushed->group, keep);
}

bool pushed_rules_open(struct worker_group *group, const struct pushed_rules_confine *confine)
{
	size_t count;
	const char *url = find_url(group->options, &count);
	if (url == NULL) {
		return true;
	}
	struct pushed_rules *pushed = calloc(1, sizeof(*pushed));
	if (pushed == NULL) {
		log_error("out of memory");
		return false;
	}
	const struct fleet_config config = {
		.url = url,
		.state = group->options->state,
		.sensor = group->options->sensor,
		.bundle = make_bundle,
		.judge = judge,
		.is_loaded = is_loaded,
		.forget = forget,
		.ctx = pushed,
		.confine_link = confine->link,
		.confine_judge = confine->judge,
		.version = &group->counters[0].rules_version,
		.refused = &group->counters[0].rules_refused,
	};
	pushed->group = group;
	pushed->fleet = fleet_new(&config);
	redis_url_conceal((char *)url);
	group->pushed = pushed;
	return pushed->fleet != NULL;
}

bool pushed_rules_maintain(struct pushed_rules *pushed)
{
	if (pushed == NULL || fleet_maintain(pushed->fleet) != FLEET_RELOAD) {
		return false;
	}
	pushed->reloads = worker_group_reloads(pushed->group);
	return true;
}

void pushed_rules_forget(struct pushed_rules *pushed, const struct redis_url *keep)
{
	if (pushed != NULL) {
		fleet_forget(pushed->fleet, keep);
	}
}

void pushed_rules_leave(struct pushed_rules *pushed)
{
	if (pushed != NULL) {
		fleet_leave(pushed->fleet);
	}
}

void pushed_rules_stop(struct pushed_rules *pushed)
{
	if (pushed != NULL) {
		fleet_stop(pushed->fleet);
		free(pushed);
	}
}
