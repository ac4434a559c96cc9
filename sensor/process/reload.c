/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/process/reload.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "sensor/process/rules_source.h"

struct reload {
	struct options_list rules; /* copies: a thread that is not joined outlives the options */
	double min_ratio;
	bool quiet;
	bool asked;
	bool running; /* the thread must be joined */
	pthread_t thread;
	atomic_bool done; /* the members below belong to the loop again */
	struct ruleset *fresh;
	struct ruleset_stats stats;
};

static void free_all(struct reload *reload)
{
	for (size_t i = 0; i < reload->rules.count; i++) {
		free((char *)reload->rules.items[i]);
	}
	ruleset_free(reload->fresh);
	free(reload);
}

struct reload *reload_new(const struct options_list *rules, double min_ratio, bool quiet)
{
	struct reload *reload = calloc(1, sizeof(*reload));
	if (reload == NULL) {
		return NULL;
	}
	reload->min_ratio = min_ratio;
	reload->quiet = quiet;
	for (size_t i = 0; i < rules->count; i++) {
		char *path = strdup(rules->items[i]);
		if (path == NULL) {
			free_all(reload);
			return NULL;
		}
		reload->rules.items[reload->rules.count++] = path;
	}
	return reload;
}

static void *read_rules(void *ctx)
{
	struct reload *reload = ctx;
	log_mute(reload->quiet);
	reload->fresh = rules_source_load(&reload->rules, &reload->stats);
	atomic_store_explicit(&reload->done, true, memory_order_release);
	return NULL;
}

/* The thread blocks all signals: they must interrupt the waits of the packet loop. */
static void start(struct reload *reload)
{
	sigset_t all;
	sigset_t before;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	atomic_store_explicit(&reload->done, false, memory_order_relaxed);
	int ret = pthread_create(&reload->thread, NULL, read_rules, reload);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	reload->asked = false;
	reload->running = ret == 0;
	if (ret != 0) {
		log_error("cannot reload the rules: %s", strerror(ret));
	}
}

void reload_ask(struct reload *reload)
{
	reload->asked = true;
	if (!reload->running) {
		start(reload);
	}
}

struct comparison {
	double min_ratio;
	bool shrunk;
};

static void compare(void *ctx, const char *file, size_t before, size_t after)
{
	struct comparison *comparison = ctx;
	if ((double)after < comparison->min_ratio * (double)before) {
		log_error("%s: %zu indicators where there were %zu (--min-ratio %g)", file, after,
		          before, comparison->min_ratio);
		comparison->shrunk = true;
	}
}

static bool is_acceptable(const struct reload *reload, const struct ruleset *current)
{
	struct comparison comparison = { .min_ratio = reload->min_ratio };
	if (reload->fresh == NULL) {
		return false;
	}
	ruleset_compare(current, reload->fresh, compare, &comparison);
	return !comparison.shrunk;
}

enum reload_outcome reload_take(struct reload *reload, const struct ruleset *current,
                                struct ruleset_stats *stats, struct ruleset **fresh)
{
	enum reload_outcome outcome = RELOAD_FRESH;
	if (!reload->running || !atomic_load_explicit(&reload->done, memory_order_acquire)) {
		return RELOAD_NOTHING;
	}
	(void)pthread_join(reload->thread, NULL);
	reload->running = false;
	*stats = reload->stats;
	log_mute(reload->quiet);
	if (is_acceptable(reload, current)) {
		*fresh = reload->fresh;
	} else {
		log_error("the rules in force are kept");
		ruleset_free(reload->fresh);
		outcome = RELOAD_REFUSED;
	}
	log_mute(false);
	reload->fresh = NULL;
	if (reload->asked) {
		start(reload);
	}
	return outcome;
}

void reload_free(struct reload *reload)
{
	struct timespec until;
	if (reload == NULL) {
		return;
	}
	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec++;
	if (reload->running && pthread_timedjoin_np(reload->thread, NULL, &until) != 0) {
		return;
	}
	free_all(reload);
}
