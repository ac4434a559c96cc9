/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "sensor/commands/commands.h"
#include "sensor/options/options.h"
#include "sensor/system/exit_status.h"

static void help_general(void)
{
	puts("nsmx: a passive sensor for DNS and SMTP. It reads packets, matches name servers,\n"
	     "mail exchangers, addresses and recipients against rules, and tells every hit.\n"
	     "\n"
	     "  nsmx replay [OPTION...] FILE...           read captures\n"
	     "  nsmx run -i IFACE[,IFACE...] [OPTION...]  capture live until SIGINT or SIGTERM\n"
	     "  nsmx rules check PATH...                  look for errors in rule files\n"
	     "  nsmx rules list PATH...                   print rules in canonical form\n"
	     "  nsmx rules import [OPTION...] FILE...     turn a feed or a report into rules\n"
	     "  nsmx tail [OPTION...] [redis://...]       follow hits in a terminal\n"
	     "  nsmx help COMMAND                         the options of a command\n"
	     "  nsmx --version\n"
	     "\n"
	     "Exit status: 0 done; 1 something failed and was named; 2 bad usage, rules or\n"
	     "configuration.");
}

static void help_replay(void)
{
	puts("nsmx replay [OPTION...] FILE...\n"
	     "\n"
	     "Reads captures (pcap, pcapng; a folder stands for its files, - for standard input)\n"
	     "and tells every hit. Events go to standard output, all else to standard error.\n"
	     "\n"
	     "  nsmx replay incident.pcap                          hits by the installed rules\n"
	     "  nsmx replay -r my.rules -o redis://127.0.0.1 *.pcap  the same into Redis\n"
	     "  tcpdump -w - port 53 | nsmx replay -               from a pipe\n");
	options_help(COMMAND_REPLAY);
}

static void help_run(void)
{
	puts("nsmx run -i IFACE[,IFACE...] [OPTION...]\n"
	     "\n"
	     "Captures on SPAN or TAP ports until SIGINT or SIGTERM. SIGHUP reads the rules "
	     "again;\n"
	     "SIGUSR1 tells the counters on standard error.\n"
	     "\n"
	     "  nsmx run -i eth1 -o redis://127.0.0.1              hits into a Redis stream\n"
	     "  nsmx run -i eth1 -o text -o file:/var/log/nsmx.json\n");
	options_help(COMMAND_RUN);
}

static void help_tail(void)
{
	puts("nsmx tail [OPTION...] [redis://...]\n"
	     "\n"
	     "Follows the hits in a stream (default: redis://127.0.0.1, nsmx:hits), one readable\n"
	     "line each, until SIGINT. Colours on a terminal, unless NO_COLOR is set.\n"
	     "\n"
	     "  nsmx tail                                          from now on\n"
	     "  nsmx tail --since 2h --severity high redis://hub   two hours back, high and "
	     "critical\n"
	     "  nsmx tail --group night 'redis://hub?key=nsmx:log' shared among its members\n"
	     "\n"
	     "      --since WHEN      0 (all), so long ago (90s, 10m, 2h, 7d), or a date (ISO "
	     "8601)\n"
	     "  -g, --group NAME      as a member of a consumer group: each hit goes to one "
	     "member,\n"
	     "                        and is acknowledged once printed\n"
	     "      --consumer NAME   the member's name (default: the host name)\n"
	     "      --json            the events as they are, one a line\n"
	     "      --severity LEVEL  at least low, medium, high or critical\n"
	     "      --what KINDS      only these: ns, mx, ip, rcpt, ...\n"
	     "  -r, --rule PATTERN    only hits of rules whose id matches, such as 'sea-turtle-*'");
}

static void help_targets(void)
{
	puts("\n"
	     "Targets:\n"
	     "  -          JSON lines on standard output\n"
	     "  text       one readable line a hit on standard output\n"
	     "  file:PATH  JSON lines appended to PATH\n"
	     "  redis://[USER[:PASS]@]HOST[:PORT][/DB][?as=stream|list|lpush|channel&key=NAME\n"
	     "             &field=NAME&maxlen=N&batch=N&flush=MS&wait=N]\n"
	     "  redis+unix://[USER[:PASS]@]/SOCKET[?db=N&...]\n"
	     "  redis+sentinel://HOST,HOST.../MASTER[/DB][?...]   the master that they name\n"
	     "  redis+cluster://HOST,HOST...[?...]                a cluster, by any of its nodes\n"
	     "             rediss:// (rediss+sentinel://, rediss+cluster://) is the same with "
	     "TLS:\n"
	     "             ca=FILE&cert=FILE&tls-key=FILE&sni=NAME\n"
	     "             a password may come from the environment: NSMX_REDIS_PASSWORD\n"
	     "  null       count, deliver nowhere");
}

static void help_rules(void)
{
	puts("nsmx rules check PATH...\n"
	     "  Parses rule files, or the *.rules of folders; every error is said as\n"
	     "  file:line:column: message. Exit status 2 if there is any.\n"
	     "\n"
	     "nsmx rules list PATH...\n"
	     "  Prints the compiled rules on standard output, one a line, in canonical form.\n"
	     "\n"
	     "nsmx rules import [OPTION...] FILE...\n"
	     "  Turns feeds and reports (- is standard input) into rules on standard output.\n"
	     "  What cannot be read is named and does not stop the rest; the status is 1 then.\n"
	     "  --format F           list, csv, stix, misp, zeek, rpz or text; without it the\n"
	     "                       content tells\n"
	     "  --column ROLE=NAME,...  CSV: which column is indicator, type, first-seen,\n"
	     "                       last-seen, since, until, description, source, ref,\n"
	     "                       confidence or tags\n"
	     "  --feed NAME          for feed= and ids, instead of the file's name\n"
	     "  --ref URL            for ref=\n"
	     "\n"
	     "A rule is one line, for example:\n"
	     "  alert ns .awsdns-061.org sev=critical note=\"look-alike of awsdns-61.org\"\n"
	     "  alert ip 45.77.24.250\n"
	     "  alert rcpt @example.com server=192.0.2.0/24\n"
	     "  allow ns .awsdns-61.org");
}

/* For the build, which puts them into the man pages: see docs/man. */
static int help_manual(const char *page)
{
	if (strcmp(page, "nsmx.conf") == 0) {
		options_config_manual();
	} else {
		options_manual();
	}
	return EXIT_DONE;
}

int cmd_help(int argc, char **argv)
{
	const char *about = argc > 0 ? argv[0] : "";
	if (argc == 2 && strcmp(about, "--manual") == 0) {
		return help_manual(argv[1]);
	}
	if (strcmp(about, "replay") == 0) {
		help_replay();
		help_targets();
	} else if (strcmp(about, "run") == 0) {
		help_run();
		help_targets();
	} else if (strcmp(about, "rules") == 0) {
		help_rules();
	} else if (strcmp(about, "tail") == 0) {
		help_tail();
	} else if (about[0] == '\0' || about[0] == '-' || strcmp(about, "help") == 0) {
		help_general();
	} else {
		log_error("no command '%s': expected replay, run, rules or tail", about);
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}
