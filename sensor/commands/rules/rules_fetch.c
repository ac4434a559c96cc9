/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "sensor/commands/command.h"
#include "sensor/fetch/fetch.h"
#include "sensor/process/rules_source.h"
#include "sensor/system/signals.h"

const struct command_help rules_fetch_help = {
	.text = "Reads the feeds of feeds.conf (see nsmx.feeds(5)) from their servers, turns them "
	        "into rules as rules import does, and checks these as rules check does. If all is "
	        "valid, the file NAME.rules of the feed is replaced at once. A feed that is not "
	        "good keeps its last good rules for the time of its setting keep, and changes "
	        "nothing of the others. If nothing has changed, nothing is written.\n\n"
	        "A line reports each feed: new, changed, unchanged, kept or failed, with its "
	        "numbers of indicators. The exit status is 0; 1 if a feed is kept or failed, or "
	        "files cannot be written; 2 if feeds.conf has a mistake; 130 after SIGINT or "
	        "SIGTERM. nsmx-fetch.timer runs the command every hour, and reloads the sensor "
	        "if rules have changed.",
	.examples = { { "nsmx rules fetch && systemctl reload nsmx", "fetch all feeds now" },
	              { "nsmx rules fetch --config test.conf",
	                "try feeds of test.conf, which names other folders" } },
};

static bool mark_changed(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0) {
		log_error("--changed %s: %s", path, strerror(errno));
		return false;
	}
	(void)close(fd);
	return true;
}

static int report(const struct options *options, const struct fetch_totals *totals)
{
	bool has_changed = totals->fresh + totals->changed + totals->removed > 0;
	bool good = totals->kept + totals->failed == 0;
	log_info("%zu feeds: %zu new, %zu changed, %zu unchanged, %zu kept, %zu failed; %zu "
	         "removed",
	         totals->feeds, totals->fresh, totals->changed, totals->unchanged, totals->kept,
	         totals->failed, totals->removed);
	if (options->changed != NULL && has_changed && !mark_changed(options->changed)) {
		good = false;
	}
	if (signals_stop()) {
		log_error("the fetch was interrupted: the remaining feeds were not fetched");
		return EXIT_INTERRUPTED;
	}
	return good ? EXIT_DONE : EXIT_FAILED;
}

static int fetch(const struct options *options, const struct fetch_config *config,
                 const struct fetch_installed *installed)
{
	struct fetch_totals totals;
	struct child_rules children;
	if (!privileges_find(&children.user, options->user)) {
		return EXIT_USAGE;
	}
	progress_init(&children.progress, options->progress);
	signals_install();
	return fetch_all(config, &children, installed, &totals) ? report(options, &totals)
	                                                        : EXIT_FAILED;
}

static int load_and_fetch(const struct options *options, const struct fetch_config *config)
{
	if (options->check) {
		log_info("%s: %zu feeds: no errors", config->path, config->count);
		return EXIT_DONE;
	}
	char sets[PATH_MAX];
	bool has_sets = rules_source_sets(sets);
	const struct options given = { .rules = { .items = { has_sets ? sets : "/dev/null" },
		                                  .count = 1 } };
	struct ruleset_stats stats;
	struct ruleset *base = rules_source_load(&given, &stats);
	if (base == NULL) {
		return EXIT_USAGE;
	}
	psl_ctx_t *psl = psl_latest(NULL);
	const struct fetch_installed installed = { base, has_sets ? sets : NULL, psl };
	int status = fetch(options, config, &installed);
	psl_free(psl);
	ruleset_free(base);
	return status;
}

int cmd_rules_fetch(struct options *options)
{
	struct fetch_config config;
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
	bool good = fetch_config_read(&config, options->config) && !options->has_mistakes;
	int status = good ? load_and_fetch(options, &config) : EXIT_USAGE;
	fetch_config_free(&config);
	curl_global_cleanup();
	return status;
}
