/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <net/if.h>

#include "base/log.h"
#include "sensor/commands/command.h"
#include "sensor/process/live.h"
#include "sensor/process/worker_group.h"

const struct command_help run_help = {
	.text = "IFACE is an interface at a SPAN or TAP port. The options may also be in "
	        "nsmx.conf(5). If root starts nsmx, it opens the capture and then becomes an "
	        "ordinary user. Any other user needs the capability CAP_NET_RAW.\n\n"
	        "SIGHUP reloads the rules; SIGUSR1 logs the counters on standard error.",
	.examples = { { "nsmx run -i eth1 -o redis://127.0.0.1", "hits into a Redis stream" },
	              { "nsmx run -i eth1 -o text -o file:/var/log/nsmx.json",
	                "hits on the terminal, and into a file" },
	              { "nsmx run --check", "mistakes in /etc/nsmx/nsmx.conf and in the rules" },
	              { "nsmx run -i eth1,eth2 --workers 4 --metrics 127.0.0.1:9153",
	                "two ports, four processes, counters for Prometheus" } },
};

/* What --check reports even if other options have mistakes. */
static bool has_usage(const struct options *options)
{
	if (options->operands.count > 0) {
		log_error("run: this command captures live; to read files, use nsmx replay");
		return false;
	}
	if (options->interfaces.count == 0) {
		log_error("run: no interface is given: write -i IFACE; see nsmx help run");
		return false;
	}
	return true;
}

/* Opens no interface and no output. */
static int check(const struct options *options)
{
	size_t rules;
	bool good = has_usage(options) && !options->has_mistakes;
	if (!worker_group_check(options, &rules) || !good) {
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < options->interfaces.count; i++) {
		if (if_nametoindex(options->interfaces.items[i]) == 0) {
			log_warn("there is no interface %s at the moment",
			         options->interfaces.items[i]);
		}
	}
	log_info("no mistakes in the configuration and in %zu rules", rules);
	return EXIT_DONE;
}

int cmd_run(struct options *options)
{
	if (options->check) {
		return check(options);
	}
	return has_usage(options) ? live_run(options) : EXIT_USAGE;
}
