/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/process/reload.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "sensor/fleet/fleet_copy.h"
#include "sensor/process/rules_source.h"

struct reload {
	const struct ruleset *base;
	double min_ratio;
	bool quiet;
	int asked;    /* the compiled rules to be mapped next; -1: none */
	int image;    /* those that the thread maps */
	bool running; /* the thread must be joined */
	pthread_t thread;
	atomic_bool done; /* the thread no longer uses the members below */
	struct ruleset *fresh;
	struct ruleset_stats stats;
};

static void free_all(struct reload *reload)
{
	if (reload->asked >= 0) {
		(void)close(reload->asked);
	}
	ruleset_free(reload->fresh);
	free(reload);
}

struct reload *reload_new(const struct ruleset *base, double min_ratio, bool quiet)
{
	struct reload *reload = calloc(1, sizeof(*reload));
	if (reload == NULL) {
		return NULL;
	}
	reload->min_ratio = min_ratio;
	reload->quiet = quiet;
	reload->base = base;
	reload->asked = -1;
	return reload;
}

static void *map_rules(void *ctx)
{
	struct reload *reload = ctx;
	log_mute(reload->quiet);
	reload->fresh = rules_source_map(reload->image, reload->base, &reload->stats);
	(void)close(reload->image);
	atomic_store_explicit(&reload->done, true, memory_order_release);
	return NULL;
}

/* The thread blocks all signals, because they must interrupt the waits of the packet loop. */
static void start(struct reload *reload)
{
	sigset_t all;
	sigset_t before;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	atomic_store_explicit(&reload->done, false, memory_order_relaxed);
	reload->image = reload->asked;
	reload->asked = -1;
	int ret = pthread_create(&reload->thread, NULL, map_rules, reload);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	reload->running = ret == 0;
	if (ret != 0) {
		(void)close(reload->image);
		log_error("cannot reload the rules: %s", strerror(ret));
	}
}

void reload_ask(struct reload *reload, int image)
{
	if (reload->asked >= 0) {
		(void)close(reload->asked);
	}
	reload->asked = image;
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
	/* `nsmx rules push` has compared them. */
	if (strncmp(file, FLEET_PREFIX, sizeof(FLEET_PREFIX) - 1) == 0) {
		return;
	}
	if ((double)after < comparison->min_ratio * (double)before) {
		log_error(
		        "%s: the file has %zu indicators and had %zu before: too few for "
		        "--min-ratio %g; restore the file and reload, or restart nsmx to accept it",
		        file, after, before, comparison->min_ratio);
		comparison->shrunk = true;
	} else if (after == 0 && before > 0) {
		log_warn("%s: the %zu indicators of this file are not in the new rules: if it is "
		         "missing by mistake, restore it and reload",
		         file, before);
	}
}

const char *reload_objection(const struct ruleset *fresh, const struct ruleset *base)
{
	/* What is known was read at the start, before the rights to the folder were dropped. */
	return ruleset_learned(fresh) != 0 && ruleset_learned(base) == 0
	               ? "`learn` rules are new: restart nsmx, because it reads the history for "
	                 "them when it starts"
	               : NULL;
}

static bool is_acceptable(const struct reload *reload, const struct ruleset *current)
{
	struct comparison comparison = { .min_ratio = reload->min_ratio };
	if (reload->fresh == NULL) {
		return false;
	}
	const char *objection = reload_objection(reload->fresh, reload->base);
	if (objection != NULL) {
		log_error("%s", objection);
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
		log_error("the current rules stay in use");
		ruleset_free(reload->fresh);
		outcome = RELOAD_REFUSED;
	}
	log_mute(false);
	reload->fresh = NULL;
	if (reload->asked >= 0) {
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
