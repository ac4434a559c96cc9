/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/log.h"
#include "sensor/commands/command.h"
#include "sensor/commands/report_output.h"
#include "sensor/commands/report_work.h"
#include "sensor/process/replay/replay.h"

const struct command_help replay_help = {
	.text = "A capture is a pcap or pcapng file, which may be compressed with gzip, zstd, xz "
	        "or lz4. FILE may also be a folder of captures, or - for standard input. Several "
	        "captures are read as one, in order of time. A damaged or truncated capture is "
	        "read as far as possible; the damage is reported, and the exit status is 1.\n\n"
	        "Events go to standard output, everything else to standard error.",
	.examples = { { "nsmx replay incident.pcap", "hits by the installed rules" },
	              { "nsmx replay -r my.rules -o redis://127.0.0.1 captures/",
	                "hits by the rules in my.rules, into Redis" },
	              { "nsmx replay --report incident.html incident.pcap",
	                "the same, and a page about it" },
	              { "tcpdump -w - port 53 | nsmx replay -", "hits in packets from a pipe" } },
};

static bool check_files(const struct options_operands *files)
{
	size_t inputs = 0;
	for (size_t i = 0; i < files->count; i++) {
		inputs += strcmp(files->items[i], "-") == 0;
	}
	if (files->count == 0) {
		log_error("replay: no capture given; see nsmx help replay");
	} else if (inputs > 1) {
		log_error("replay: standard input can be read only once");
	}
	return files->count > 0 && inputs <= 1;
}

static int replay_with_report(struct options *options)
{
	struct report_work work;
	const struct report_format *format = report_output_format(options, NULL);
	if (format == NULL) {
		log_error("replay: --report %s: the end of the name is no format: expected a name "
		          "such as report%s",
		          options->report, report_format_at(0)->extension);
		return EXIT_USAGE;
	}
	if (!report_work_begin(&work, options)) {
		return EXIT_FAILED;
	}
	int status = EXIT_FAILED;
	if (report_work_follow(&work, options)) {
		status = report_work_read(&work, replay_run(options));
	}
	if (status == EXIT_DONE || status == EXIT_FAILED) {
		status = report_work_write(&work, options, format, status);
	}
	report_work_end(&work);
	return status;
}

int cmd_replay(struct options *options)
{
	if (!check_files(&options->operands)) {
		return EXIT_USAGE;
	}
	return options->report != NULL ? replay_with_report(options) : replay_run(options);
}
