/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "rules/feeds/feed.h"
#include "rules/keywords.h"
#include "sensor/commands/commands.h"
#include "sensor/process/rules_source.h"
#include "sensor/system/exit_status.h"

/*! \brief Pieces of `--column` at the most. */
#define COLUMNS_MAX 64

struct import {
	struct feed_options options;
	const char *columns[COLUMNS_MAX];
};

static bool set_format(struct import *import, const char *name)
{
	char all[KEYWORD_LIST_SIZE];
	int format = feed_format_find(name);
	if (format < 0) {
		keyword_list(FEED_FORMAT_NAMES, KEYWORD_ALL, "and", all, sizeof(all));
		log_error("--format %s: there are %s", name, all);
		return false;
	}
	import->options.format = (enum feed_format)format;
	return true;
}

/*! \brief `ROLE=NAME,...`: parts the argument where it stands. */
static bool add_columns(struct import *import, char *argument)
{
	char *rest = argument;
	for (char *piece; (piece = strsep(&rest, ",")) != NULL;) {
		const char *why = feed_column_check(piece);
		if (why == NULL && import->options.columns_count == COLUMNS_MAX) {
			why = "too many columns";
		}
		if (why != NULL) {
			log_error("--column %s: %s", piece, why);
			return false;
		}
		import->columns[import->options.columns_count++] = piece;
	}
	return true;
}

static bool set_ref(struct import *import, const char *url)
{
	if (strstr(url, "://") == NULL || strpbrk(url, " \t\r\n\"\\") != NULL) {
		log_error("--ref %s: must be a whole URL such as https://example.com/report", url);
		return false;
	}
	import->options.ref = url;
	return true;
}

static bool take_option(struct import *import, int option, char **argv)
{
	switch (option) {
	case 'f':
		return set_format(import, optarg);
	case 'c':
		return add_columns(import, optarg);
	case 'n':
		import->options.name = optarg;
		return true;
	case 'r':
		return set_ref(import, optarg);
	case ':':
		log_error("%s takes a value; see nsmx help rules", argv[optind - 1]);
		return false;
	default:
		log_error("unknown option %s; see nsmx help rules", argv[optind - 1]);
		return false;
	}
}

static bool read_options(struct import *import, int argc, char **argv)
{
	static const struct option OPTIONS[] = {
		{ "format", required_argument, NULL, 'f' },
		{ "column", required_argument, NULL, 'c' },
		{ "feed", required_argument, NULL, 'n' },
		{ "ref", required_argument, NULL, 'r' },
		{ NULL, 0, NULL, 0 },
	};
	int option;
	opterr = 0;
	optind = 1;
	while ((option = getopt_long(argc, argv, ":", OPTIONS, NULL)) != -1) {
		if (!take_option(import, option, argv)) {
			return false;
		}
	}
	if (optind == argc) {
		log_error("no files: expected nsmx rules import [OPTION...] FILE...");
	}
	return optind < argc;
}

static void report(const char *file, const struct feed_stats *stats)
{
	log_info("%s: read as %s: %zu rules, %zu merged, %zu of no use here, %zu errors", file,
	         feed_format_text(stats->format), stats->rules, stats->merged, stats->left_out,
	         stats->errors);
}

static int import_file(const struct import *import, const char *file)
{
	struct feed_stats stats;
	bool standard = strcmp(file, "-") == 0;
	FILE *in = standard ? stdin : fopen(file, "re");
	if (in == NULL) {
		log_error("%s: %s", file, strerror(errno));
		return EXIT_FAILED;
	}
	const char *name = standard ? "stdin" : file;
	int ret = feed_import(in, name, &import->options, stdout, rules_source_complain, NULL,
	                      &stats);
	if (!standard) {
		(void)fclose(in);
	}
	report(name, &stats);
	return ret == 0 && stats.errors == 0 ? EXIT_DONE : EXIT_FAILED;
}

int cmd_rules_import(int argc, char **argv)
{
	struct import import = { .options = { .format = FEED_AUTO } };
	int ret = EXIT_DONE;
	import.options.columns = import.columns;
	if (!read_options(&import, argc, argv)) {
		return EXIT_USAGE;
	}
	for (int i = optind; i < argc; i++) {
		if (import_file(&import, argv[i]) != EXIT_DONE) {
			ret = EXIT_FAILED;
		}
	}
	if (fflush(stdout) != 0 || ferror(stdout)) {
		log_error("standard output cannot be written");
		ret = EXIT_FAILED;
	}
	return ret;
}
