/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "sensor/commands/command.h"
#include "sensor/commands/report_output.h"
#include "sensor/commands/report_work.h"
#include "sensor/options/options_table.h"
#include "sensor/redis/redis_url.h"
#include "sensor/system/signals.h"

const struct command_help report_help = {
	.text = "Writes what is known of each hijacked name or rule, with the answers, the "
	        "resolvers that keep them, the clients, the mails and the hits. SOURCE is a "
	        "capture, which is read as by nsmx replay; a file of events, as -o file:PATH "
	        "writes it, or - for standard input, or a pipe; a folder of both; or a Redis, of "
	        "which the streams of hits and of incidents are read. Several sources become one "
	        "report, in which a hit that is in two of them counts once.\n\n"
	        "With --history, the records that the folder has of each hijacked name are in the "
	        "report, too, and the mails to its rogue servers. Without a SOURCE the rules are "
	        "matched with that history, as by nsmx hunt. Captures are kept in a history of "
	        "their own, which is removed afterwards.\n\n"
	        "A line that is not an event is reported with its number and left out; the exit "
	        "status is then 1, and the report has everything else.",
	.examples = { { "nsmx report -o incident.html capture.pcap",
	                "a page about what is in a capture" },
	              { "nsmx report --history /var/lib/nsmx/history -o now.html redis://127.0.0.1",
	                "a page about the hits in Redis" },
	              { "nsmx report --history seen/ -r new.rules -o old.html",
	                "a page about what new rules find in old traffic" },
	              { "nsmx report --format json hits.json | jq .",
	                "a report of saved events as JSON, for a program" } },
};

/* A pipe can be read only once, so it has events, as standard input. */
static bool is_capture(const char *source)
{
	struct stat info;
	if (strcmp(source, "-") == 0 || redis_url_is(source)) {
		return false;
	}
	if (stat(source, &info) == 0 && !S_ISREG(info.st_mode)) {
		return S_ISDIR(info.st_mode);
	}
	return !report_is_events(source);
}

/* Captures are moved to the front. */
static size_t sort_sources(struct options_operands *sources)
{
	size_t captures = 0;
	for (size_t i = 0; i < sources->count; i++) {
		char *source = sources->items[i];
		if (is_capture(source)) {
			memmove(&sources->items[captures + 1], &sources->items[captures],
			        (i - captures) * sizeof(*sources->items));
			sources->items[captures++] = source;
		}
	}
	return captures;
}

/* ps(1) shows arguments, and captures may take long. */
static bool conceal_passwords(struct options *options)
{
	for (size_t i = 0; i < options->operands.count; i++) {
		char *source = options->operands.items[i];
		if (redis_url_is(source)) {
			options->operands.items[i] = options_keep(options, source);
			redis_url_conceal(source);
		}
		if (options->operands.items[i] == NULL) {
			log_error("out of memory");
			return false;
		}
	}
	return true;
}

static bool is_folder(const char *source)
{
	struct stat info;
	return stat(source, &info) == 0 && S_ISDIR(info.st_mode);
}

/* A folder may have captures and files of events. */
static int read_events(struct report_work *work, char *source)
{
	if (redis_url_is(source)) {
		return report_work_redis(work, source);
	}
	return is_folder(source) ? report_work_folder(work, source)
	                         : report_work_file(work, source);
}

static int read_sources(struct report_work *work, const struct options *options)
{
	struct options_operands sources = options->operands;
	size_t captures = sort_sources(&sources);
	int status = EXIT_DONE;
	if (sources.count == 0) {
		status = report_work_hunt(work, options);
	} else if (captures > 0) {
		status = report_work_replay(work, options, sources.items, captures);
	}
	for (size_t i = 0; i < sources.count && !signals_stop() && status < EXIT_USAGE; i++) {
		if (i >= captures || is_folder(sources.items[i])) {
			int ret = read_events(work, sources.items[i]);
			status = ret != EXIT_DONE ? ret : status;
		}
	}
	redis_url_forget_environment();
	return status;
}

int cmd_report(struct options *options)
{
	struct report_work work;
	const struct report_format *format = report_output_format(options, report_format_at(0));
	if (options->operands.count == 0 && options->history == NULL) {
		log_error("report: no source is given: name captures, files of events or redis://, "
		          "or add --history; see nsmx help report");
		return EXIT_USAGE;
	}
	if (!report_work_begin(&work, options)) {
		return EXIT_FAILED;
	}
	signals_install();
	int status = conceal_passwords(options) ? read_sources(&work, options) : EXIT_FAILED;
	if (status == EXIT_DONE || status == EXIT_FAILED) {
		status = report_work_write(&work, options, format, status);
	}
	report_work_end(&work);
	return status;
}
