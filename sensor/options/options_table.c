/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "sensor/options/options_private.h"

#define BOTH       (COMMAND_REPLAY | COMMAND_RUN)
#define AT(member) offsetof(struct options, member)

/* clang-format off */
static const struct options_row ROWS[] = {
	{ "interface", 'i', COMMAND_RUN, "IFACE", NULL,
	  "capture on IFACE[,IFACE...]; repeatable",
	  "A SPAN or TAP port needs no address.",
	  options_add_interfaces, 0, 0, 0 },
	{ "rules", 'r', BOTH, "PATH", "the installed sets",
	  "a rule file, or a folder of *.rules; repeatable",
	  "Folders are read in order of name. See nsmx.rules(5).",
	  options_add_text, AT(rules), 0, 0 },
	{ "output", 'o', BOTH, "TARGET", "text on a terminal, else -",
	  "where events go; repeatable",
	  "See TARGETS in nsmx(1).",
	  options_add_text, AT(outputs), 0, 0 },
	{ "log", 0, BOTH, "KINDS", NULL,
	  "dns, smtp or all: besides hits, an event for every DNS response, every mail",
	  "In Redis they go to the stream nsmx:log.",
	  options_set_log, 0, 0, 0 },
	{ "ports", 0, BOTH, "SPEC", PORTS_DEFAULT, "watched ports",
	  "A list for dns, for smtp or for both; what is not named keeps its default.",
	  options_set_ports, 0, 0, 0 },
	{ "filter", 0, BOTH, "EXPR", NULL, "a libpcap filter: other packets are not looked at",
	  "The syntax is that of pcap-filter(7).",
	  options_set_text, AT(filter), 0, 0 },
	{ "dedup", 0, BOTH, "MS", "0 for replay, 100 for run",
	  "ignore a DNS message or TCP segment that comes again within MS",
	  "SPAN ports deliver copies, with another VLAN tag or hop limit. At most 60000.",
	  options_set_number, AT(dedup_ms), 0, 60000 },
	{ "suppress", 0, BOTH, "SEC", "0 for replay, 60 for run",
	  "after a hit, count equal ones for SEC and tell them once",
	  "Equal are hits by one rule on one value between one client and one server. "
	  "At most 86400; 0 tells each of them.",
	  options_set_number, AT(suppress_s), 0, 86400 },
	{ "watch", 0, BOTH, "SEC", "3600",
	  "how long at least the addresses of a hit DNS answer stay watched",
	  "When mail goes to a watched address, a hit of its own tells so. A longer TTL counts.",
	  options_set_number, AT(watch_s), 0, 31536000 },
	{ "sensor", 0, BOTH, "NAME", "the host name", "name in events and Redis keys",
	  NULL, options_set_text, AT(sensor), 0, 0 },
	{ "state", 0, BOTH, "DIR", "/var/lib/nsmx for run",
	  "the journal of events not yet delivered",
	  "It belongs to one sensor at a time. A replay without it uses a temporary folder, "
	  "which stays only if events could not be delivered.",
	  options_set_text, AT(state), 0, 0 },
	{ "journal-max", 0, BOTH, "SIZE", "1G",
	  "how large the journal may get, such as 64M; what comes then is dropped by run, waited for by replay",
	  "K, M, G and T are powers of 1024. At least 512K.",
	  options_set_size, AT(journal_max), 0, 0 },
	{ "journal-sync", 0, BOTH, "WHEN", "none",
	  "none, interval (1 s) or always: when events are on the disk, in case the power fails",
	  "none leaves it to the kernel, which may take half a minute.",
	  options_set_sync, 0, 0, 0 },
	{ "workers", 0, BOTH, "N", "1",
	  "capture processes: they share the traffic (run) or the files (replay)",
	  "For run they form a PACKET_FANOUT group, in which all packets between two addresses "
	  "come to one worker. For replay each file is read by one worker, so that a session which "
	  "goes on in another file may be torn. At most 64.",
	  options_set_number, AT(workers), 1, OPTIONS_WORKERS_MAX },
	{ "pin-cpus", 0, COMMAND_RUN, "LIST", NULL,
	  "processors for the workers, such as 2-5: each runs on one of them alone",
	  "More workers than processors begin with the first again.",
	  options_set_cpus, 0, 0, 0 },
	{ "buffer", 0, COMMAND_RUN, "MIB", "64",
	  "MiB that the kernel keeps for each worker on each interface, for bursts",
	  NULL,
	  options_set_number, AT(buffer_mib), 1, 1024 },
	{ "snaplen", 0, COMMAND_RUN, "OCTETS", "262144",
	  "octets of a packet to capture",
	  "A message that is cut is read as far as it goes.",
	  options_set_number, AT(snaplen), 64, OPTIONS_SNAPLEN_MAX },
	{ "promiscuous", 0, COMMAND_RUN, "YESNO", "yes",
	  "yes or no: capture what is sent to others",
	  NULL,
	  options_set_promiscuous, 0, 0, 0 },
	{ "summary", 0, BOTH, "FILE", NULL, "at the end, the counters as one JSON object",
	  NULL, options_set_file, AT(summary), 0, 0 },
	{ "progress", 0, COMMAND_REPLAY, "WHEN", "auto",
	  "auto, always or never: progress on standard error",
	  "auto is always on a terminal, never elsewhere.",
	  options_set_progress, 0, 0, 0 },
	{ "stats", 0, BOTH, "SEC", NULL, "counters on standard error every SEC seconds",
	  NULL, options_set_number, AT(stats_s), 1, 86400 },
	{ "metrics", 0, BOTH, "ADDR:PORT", NULL,
	  "counters for Prometheus at http://ADDR:PORT/metrics",
	  "An IPv6 address stands in brackets; without an address every one of the machine is "
	  "listened at. There is no password: let 127.0.0.1 or a firewall keep others out.",
	  options_set_metrics, 0, 0, 0 },
	{ "min-ratio", 0, COMMAND_RUN, "RATIO", "0.5",
	  "a reload that leaves a rule file less than this share of its indicators is refused",
	  "Feeds that come cut short do not blind the sensor. 0 takes everything.",
	  options_set_ratio, AT(min_ratio), 0, 0 },
	{ "user", 0, COMMAND_RUN, "NAME", "nsmx, else nobody",
	  "the user to become once capture is open",
	  "Only for a sensor that is started by root.",
	  options_set_text, AT(user), 0, 0 },
	{ "config", 0, COMMAND_RUN, "FILE", OPTIONS_CONFIG_DEFAULT ", if there",
	  "these options as `name = value` lines",
	  "What the command line says comes after it. See nsmx.conf(5).",
	  options_set_text, AT(config), 0, 0 },
};
/* clang-format on */

#define ROWS_COUNT (sizeof(ROWS) / sizeof(ROWS[0]))

const struct options_row *options_find_name(enum options_command command, const char *name,
                                            size_t size)
{
	for (size_t i = 0; i < ROWS_COUNT; i++) {
		if ((ROWS[i].commands & (int)command) != 0 && strlen(ROWS[i].name) == size &&
		    strncmp(ROWS[i].name, name, size) == 0) {
			return &ROWS[i];
		}
	}
	return NULL;
}

const struct options_row *options_find_letter(enum options_command command, char letter)
{
	for (size_t i = 0; i < ROWS_COUNT; i++) {
		if ((ROWS[i].commands & (int)command) != 0 && ROWS[i].letter == letter) {
			return &ROWS[i];
		}
	}
	return NULL;
}

void options_help(enum options_command command)
{
	for (size_t i = 0; i < ROWS_COUNT; i++) {
		const struct options_row *row = &ROWS[i];
		char left[64];
		if ((row->commands & (int)command) == 0) {
			continue;
		}
		if (row->letter != 0) {
			(void)snprintf(left, sizeof(left), "-%c, --%s %s", row->letter, row->name,
			               row->argument);
		} else {
			(void)snprintf(left, sizeof(left), "    --%s %s", row->name, row->argument);
		}
		printf("  %-24s %s", left, row->help);
		if (row->fallback != NULL) {
			printf(" (default: %s)", row->fallback);
		}
		putchar('\n');
	}
}

/* roff takes a hyphen for one of typography, a dot at the line's head for a request. */
static void print_roff(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '-') {
			fputs("\\-", stdout);
		} else if (*text == '\\') {
			fputs("\\e", stdout);
		} else {
			putchar(*text);
		}
	}
}

static void print_meaning(const struct options_row *row, const char *only)
{
	print_roff(row->help);
	printf("%s.", only);
	if (row->more != NULL) {
		putchar('\n');
		print_roff(row->more);
	}
	if (row->fallback != NULL) {
		fputs("\nDefault: ", stdout);
		print_roff(row->fallback);
		putchar('.');
	}
	putchar('\n');
}

static void print_option(const struct options_row *row)
{
	puts(".TP");
	if (row->letter != 0) {
		printf("\\fB\\-%c\\fR, ", row->letter);
	}
	fputs("\\fB\\-\\-", stdout);
	print_roff(row->name);
	printf("\\fR \\fI%s\\fR\n", row->argument);
	print_meaning(row, row->commands == COMMAND_RUN      ? " (run only)"
	                   : row->commands == COMMAND_REPLAY ? " (replay only)"
	                                                     : "");
}

static void print_setting(const struct options_row *row)
{
	fputs(".TP\n\\fB", stdout);
	print_roff(row->name);
	printf("\\fR = \\fI%s\\fR\n", row->argument);
	print_meaning(row, "");
}

void options_manual(void)
{
	for (size_t i = 0; i < ROWS_COUNT; i++) {
		print_option(&ROWS[i]);
	}
}

void options_config_manual(void)
{
	for (size_t i = 0; i < ROWS_COUNT; i++) {
		if ((ROWS[i].commands & COMMAND_RUN) != 0 && ROWS[i].offset != AT(config)) {
			print_setting(&ROWS[i]);
		}
	}
}
