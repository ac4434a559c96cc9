/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/fetch/fetch.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/duration.h"
#include "base/log.h"
#include "base/memory/shared.h"
#include "sensor/fetch/fetch_run.h"
#include "sensor/fetch/retire.h"
#include "sensor/system/signals.h"

static bool is_in_parts(const struct fetch_run *run)
{
	return run->feed->options.source_feed.source != OPTIONS_FEED_FILE;
}

static void open_last(struct fetch_run *run)
{
	const char *name = run->feed->name;
	fetch_state_read(run->config, run->feed, &run->state);
	fetch_files_path(run->config->rules, name, "rules", run->path);
	fetch_files_path(run->config->state, name, "objects", run->objects);
	run->before = fetch_files_open(run->path, run->state.rules);
	run->objects_before = fetch_files_open(run->objects, run->state.objects);
	if (run->state.rules[0] != '\0' && run->before < 0) {
		log_warn("%s: %s was changed or removed since the last fetch: it is replaced", name,
		         run->path);
	}
	if (!fetch_state_digest_settings(run->feed, &run->fresh)) {
		run->fresh.settings[0] = run->fresh.origin[0] = '\0';
	}
	run->has_objects =
	        run->objects_before >= 0 && strcmp(run->fresh.origin, run->state.origin) == 0;
	run->is_known = run->before >= 0 && (!is_in_parts(run) || run->has_objects) &&
	                strcmp(run->fresh.settings, run->state.settings) == 0;
}

static void close_one(int fd)
{
	if (fd >= 0) {
		(void)close(fd);
	}
}

/* A file with the name of the feed, which somebody has written, must not be lost. */
static bool is_free(struct fetch_run *run)
{
	if (run->state.rules[0] == '\0' && access(run->path, F_OK) == 0) {
		return fetch_run_fail(
		        run, "NAME.rules exists, and was not written by a fetch: rename the "
		             "file or the feed");
	}
	return true;
}

/* A feed that shrinks was probably cut, or its server is in trouble. */
static bool is_large_enough(struct fetch_run *run)
{
	const struct fetch_report *report = &run->report;
	double least = run->feed->options.source_feed.min_ratio;
	char why[HTTP_WHY_MAX];
	if (least <= 0 || (report->indicators > 0 &&
	                   (double)report->indicators >= least * (double)report->before)) {
		return true;
	}
	if (report->before == 0) {
		return fetch_run_fail(run,
		                      "it has no indicators: check url and format; `min-ratio = 0` "
		                      "accepts that");
	}
	(void)snprintf(why, sizeof(why),
	               "it shrinks from %" PRIu64 " indicators to %" PRIu64
	               ": if that is right, set min-ratio = 0 for one fetch",
	               report->before, report->indicators);
	return fetch_run_fail(run, why);
}

static void take_tags(struct fetch_run *run)
{
	struct fetch_state *fresh = &run->fresh;
	memcpy(fresh->etag, run->report.etag, sizeof(fresh->etag));
	memcpy(fresh->modified, run->report.modified, sizeof(fresh->modified));
	memcpy(fresh->added, run->report.added, sizeof(fresh->added));
}

/* A fetch that has changed nothing writes nothing. */
static bool keep_state(const struct fetch_run *run, const struct fetch_state *state)
{
	return fetch_state_is_same(state, &run->state) ||
	       fetch_state_write(run->config, run->feed, state);
}

static bool is_same_rules(const struct fetch_run *run)
{
	return run->before >= 0 && strcmp(run->fresh.rules, run->state.rules) == 0;
}

static bool replace_objects(struct fetch_run *run)
{
	bool same = run->objects_before >= 0 && strcmp(run->fresh.objects, run->state.objects) == 0;
	return !is_in_parts(run) || same || fetch_files_replace(run->objects, run->got);
}

/* Objects, rules and state are replaced one after the other. If the program dies in between, the
 * digests in the state are not those of the files, so the next fetch reads all of the feed. */
static bool exchange(struct fetch_run *run)
{
	if (!replace_objects(run) ||
	    (!is_same_rules(run) && !fetch_files_replace(run->path, run->rules)) ||
	    !keep_state(run, &run->fresh)) {
		return fetch_run_fail(run, "its files cannot be written");
	}
	return true;
}

static bool digest(struct fetch_run *run)
{
	bool made = fetch_files_digest(run->rules, run->fresh.rules) &&
	            (!is_in_parts(run) || fetch_files_digest(run->got, run->fresh.objects));
	return made || fetch_run_fail(run, "its digest cannot be computed");
}

/* \return Whether the feed has a good set now. */
static bool fetch_and_exchange(struct fetch_run *run)
{
	if (!is_free(run) || !fetch_run_read(run)) {
		return false;
	}
	if (run->report.got == FETCH_UNCHANGED) {
		run->fresh = run->state;
		run->fresh.failing_s = 0;
		return run->is_known ? exchange(run) : fetch_run_fail(run, "nothing was received");
	}
	take_tags(run);
	return fetch_run_import(run) && digest(run) &&
	       (is_same_rules(run) || fetch_run_check(run)) &&
	       (is_same_rules(run) || is_large_enough(run)) && exchange(run);
}

static void report_good(struct fetch_run *run)
{
	const struct fetch_report *report = &run->report;
	const char *name = run->feed->name;
	if (report->deferred[0] != '\0') {
		log_warn("%s: %s: %s", name, run->feed->shown, report->deferred);
	}
	if (report->got == FETCH_UNCHANGED || is_same_rules(run)) {
		run->totals->unchanged++;
		log_info("%s: unchanged", name);
		return;
	}
	bool changed = run->state.rules[0] != '\0';
	run->totals->changed += changed;
	run->totals->fresh += !changed;
	log_info("%s: %s: %" PRIu64 " indicators, %" PRIu64 " added, %" PRIu64
	         " removed (read as %s, %" PRIu64 " left out, %" PRIu64 " errors)",
	         name, changed ? "changed" : "new", report->indicators, report->added_count,
	         report->removed_count, report->format, report->left_out + report->refused,
	         report->errors);
	if (report->allows > 0 && run->feed->options.as != FEED_AS_ALLOW) {
		log_warn("%s: %" PRIu64 " of its rules are `allow`, and silence other rules", name,
		         report->allows);
	}
}

/* \return Whether the last set is too old. */
static bool is_expired(const struct fetch_run *run, int64_t now_s)
{
	uint64_t keep_s = run->feed->options.source_feed.keep_s;
	return keep_s > 0 && run->state.failing_s > 0 &&
	       now_s - run->state.failing_s > (int64_t)keep_s;
}

static void report_kept(const struct fetch_run *run, int64_t failing_s)
{
	char since[32];
	struct tm when;
	time_t seconds = (time_t)failing_s;
	(void)strftime(since, sizeof(since), "%Y-%m-%d %H:%MZ", gmtime_r(&seconds, &when));
	log_info("%s: kept: the last good set stays; the feed fails since %s", run->feed->name,
	         since);
	run->totals->kept++;
}

static void log_failure(const struct fetch_run *run)
{
	int line = run->feed->lines[feed_setting_find("url")];
	log_error("%s:%d: %s: %s: %s", run->config->path, line, run->feed->name, run->feed->shown,
	          run->report.why);
}

/* The last good set stays for the time of `keep`. */
static void give_up(struct fetch_run *run)
{
	int64_t now_s = time(NULL);
	struct fetch_state failing = run->state;
	log_failure(run);
	if (run->before < 0) {
		log_info("%s: failed: there is no good set", run->feed->name);
		run->totals->failed++;
		return;
	}
	if (is_expired(run, now_s)) {
		char age[DURATION_TEXT_SIZE];
		duration_text(run->feed->options.source_feed.keep_s, age);
		if (retire_feed(run->config, run->feed->name, &run->state)) {
			log_warn("%s: removed: the feed fails for more than %s (keep)",
			         run->feed->name, age);
			run->totals->removed++;
		}
		run->totals->failed++;
		return;
	}
	failing.failing_s = failing.failing_s != 0 ? failing.failing_s : now_s;
	(void)keep_state(run, &failing);
	report_kept(run, failing.failing_s);
}

static void run_feed(struct fetch_run *run)
{
	open_last(run);
	run->got = fetch_files_memory();
	run->rules = fetch_files_memory();
	bool good = run->got >= 0 && run->rules >= 0 && fetch_and_exchange(run);
	if (good) {
		report_good(run);
	} else if (!signals_stop()) {
		give_up(run);
	}
	close_one(run->got);
	close_one(run->rules);
	close_one(run->before);
	close_one(run->objects_before);
}

static void fetch_one(const struct fetch_run *common, const struct fetch_feed *feed)
{
	struct fetch_run run = *common;
	run.feed = feed;
	run.shared = shared_new(sizeof(*run.shared));
	if (run.shared == NULL) {
		log_error("%s: out of memory", feed->name);
		run.totals->failed++;
		return;
	}
	run_feed(&run);
	shared_free(run.shared, sizeof(*run.shared));
}

bool fetch_all(const struct fetch_config *config, struct child_rules *children,
               const struct fetch_installed *installed, struct fetch_totals *totals)
{
	const struct fetch_run common = {
		.config = config,
		.children = children,
		.installed = installed,
		.totals = totals,
	};
	*totals = (struct fetch_totals){ .feeds = config->count };
	if (!fetch_files_make_folder(config->rules) || !fetch_files_make_folder(config->state)) {
		return false;
	}
	int lock = fetch_files_lock(config);
	if (lock < 0) {
		return false;
	}
	for (size_t i = 0; i < config->count && !signals_stop(); i++) {
		fetch_one(&common, config->feeds[i]);
	}
	if (!signals_stop()) {
		totals->removed += retire_others(config);
	}
	(void)close(lock);
	return true;
}
