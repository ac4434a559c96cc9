/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "rules/feeds/feed.h"
#include "sensor/commands/command.h"
#include "sensor/process/rules_source.h"

/*! \brief Room for the numbers and texts of all reasons. */
#define REASONS_SIZE (FEED_REASONS_MAX * (sizeof(struct feed_reason) + 24))

const struct command_help rules_import_help = {
	.text = "The rules are printed on standard output. FILE may be - for standard input. "
	        "Entries that cannot be read and indicators that give no rule are reported; the "
	        "exit status is then 1, but all other entries are imported.",
	.examples = { { "nsmx rules import --feed vendor list.csv > vendor.rules",
	                "the format is recognised by the content" },
	              { "nsmx rules import --column indicator=Domain,description=Why list.csv",
	                "a CSV file with unusual headings" },
	              { "nsmx rules import --as allow --what name,mx warninglist.json",
	                "rules that allow what is known to be good" },
	              { "nsmx rules import --ref https://example.com/report report.txt",
	                "the indicators in the text of a report" } },
};

/*! \brief Writes `: 3 sha256, 1 revoked`. Writes nothing if nothing was left out. */
static void list_reasons(const struct feed_stats *stats, char text[REASONS_SIZE])
{
	size_t used = 0;
	text[0] = '\0';
	for (size_t i = 0; i < FEED_REASONS_MAX && stats->reasons[i].count > 0; i++) {
		used += (size_t)snprintf(text + used, REASONS_SIZE - used, "%s%zu %s",
		                         i == 0 ? " (" : ", ", stats->reasons[i].count,
		                         stats->reasons[i].text);
	}
	snprintf(text + used, REASONS_SIZE - used, "%s", used > 0 ? ")" : "");
}

static void report(const char *file, const struct feed_stats *stats)
{
	char reasons[REASONS_SIZE];
	list_reasons(stats, reasons);
	log_info("%s: read as %s: %zu rules, %zu merged, %zu left out%s, %zu errors", file,
	         feed_format_text(stats->format), stats->rules, stats->merged, stats->left_out,
	         reasons, stats->errors);
}

static bool import_file(const struct feed_options *options, const char *file)
{
	struct feed_stats stats;
	bool standard = strcmp(file, "-") == 0;
	FILE *in = standard ? stdin : fopen(file, "re");
	if (in == NULL) {
		log_error("%s: %s", file, strerror(errno));
		return false;
	}
	const char *name = standard ? "stdin" : file;
	int ret = feed_import(in, name, options, stdout, rules_source_complain, NULL, &stats);
	if (!standard) {
		(void)fclose(in);
	}
	report(name, &stats);
	return ret == 0 && stats.errors == 0 && stats.named == 0;
}

/*! \brief Adds the built-in shared hosts, and those of the user's file. */
static bool load_shared_hosts(const char *file, struct shared_hosts *hosts)
{
	if (shared_hosts_add_known(hosts) != 0) {
		log_error("out of memory");
		return false;
	}
	if (file == NULL) {
		return true;
	}
	FILE *in = fopen(file, "re");
	if (in == NULL) {
		log_error("%s: %s", file, strerror(errno));
		return false;
	}
	int ret = shared_hosts_read(hosts, in, file, rules_source_complain, NULL);
	(void)fclose(in);
	return ret == 0;
}

static bool import_files(const struct feed_options *options, const struct options_operands *files)
{
	bool good = true;
	for (size_t i = 0; i < files->count; i++) {
		good = import_file(options, files->items[i]) && good;
	}
	if (fflush(stdout) != 0 || ferror(stdout)) {
		log_error("standard output cannot be written");
		good = false;
	}
	return good;
}

int cmd_rules_import(struct options *options)
{
	struct shared_hosts hosts = { .names = { 0 } };
	const struct feed_options import = {
		.format = options->format,
		.shared = &hosts,
		.as = options->as,
		.severity = options->sev,
		.confidence = options->conf,
		.kinds = options->kinds,
		.name = options->feed,
		.ref = options->ref,
		.columns = options->columns.items,
		.columns_count = options->columns.count,
	};
	if (options->operands.count == 0) {
		log_error("no files are given: expected nsmx rules import [OPTION...] FILE...");
		return EXIT_USAGE;
	}
	if (!load_shared_hosts(options->shared_hosts, &hosts)) {
		shared_hosts_free(&hosts);
		return EXIT_USAGE;
	}
	bool good = import_files(&import, &options->operands);
	shared_hosts_free(&hosts);
	return good ? EXIT_DONE : EXIT_FAILED;
}
