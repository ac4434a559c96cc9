/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/log.h"
#include "sensor/commands/command.h"
#include "sensor/console/console.h"

const struct command_help serve_help = {
	.text = "Serves pages to browsers: the incidents of --events, which are shown anew every "
	        "ten seconds, each incident as its report, and a look-up of names, addresses and "
	        "mailboxes in --history. Serves programs: /pdns/query/QUERY as CIRCL does, and "
	        "/dnsdb/v2/ as "
	        "DNSDB does, so that dnsdbq and other clients can query the history.\n\n"
	        "The console only reads, and is no part of a sensor, which may run at the same "
	        "time. It listens at a loopback address; with --token also elsewhere. If root "
	        "starts it, it becomes an ordinary user.",
	.examples = { { "nsmx serve --history /var/lib/nsmx/history --events redis://127.0.0.1",
	                "at http://127.0.0.1:8053/, for users of this machine" },
	              { "nsmx serve --history seen/ --listen 192.0.2.1:8053 --token FILE",
	                "for all who know the token" },
	              { "DNSDB_SERVER=http://127.0.0.1:8053 DNSDB_API_KEY=none dnsdbq -u dnsdb2 "
	                "-r example.com",
	                "the records of a name" } },
};

int cmd_serve(struct options *options)
{
	if (options->history == NULL && options->events == NULL) {
		log_error("serve: there is nothing to serve: add --history DIR or --events SOURCE");
		return EXIT_USAGE;
	}
	return console_run(options);
}
