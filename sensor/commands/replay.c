/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/log.h"
#include "sensor/commands/command.h"
#include "sensor/process/replay.h"

const struct command_help replay_help = {
	.text = "A capture is a pcap or pcapng file, which may be compressed with gzip, zstd, xz "
	        "or lz4. FILE may also be a folder of captures, or - for standard input. Several "
	        "captures are read as one, in order of time. A damaged or truncated capture is "
	        "read as far as possible; the damage is reported, and the exit status is 1.\n\n"
	        "Events go to standard output, everything else to standard error.",
	.examples = { { "nsmx replay incident.pcap", "hits by the installed rules" },
	              { "nsmx replay -r my.rules -o redis://127.0.0.1 captures/",
	                "hits by the rules in my.rules, into Redis" },
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

int cmd_replay(struct options *options)
{
	return check_files(&options->operands) ? replay_run(options) : EXIT_USAGE;
}
