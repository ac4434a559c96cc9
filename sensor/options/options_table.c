/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/options/options_table.h"

#include <string.h>

#include "rules/keywords.h"
#include "sensor/options/report_format_list.h"

/* The words that values may be, in the order of the enums that they set. */
static const char *const LOG_WORDS[] = { "dns", "smtp", "all", NULL };
static const char *const ALERTS_WORDS[] = { "hits", "incidents", "both", NULL };
static const char *const MAIL_WORDS[] = { "none", "domains", "mailboxes", NULL };
static const char *const SYNC_WORDS[] = { "none", "interval", "always", NULL };
static const char *const PROGRESS_WORDS[] = { "auto", "always", "never", NULL };
static const char *const VERB_WORDS[] = { "published", "alert", "allow", NULL };
static const char *const SEPARATE_WORDS[] = { "vlan", "tunnel", NULL };
static const char *const YES_NO_WORDS[] = { "yes", "no", NULL };

static const char *const REPORT_WORDS[] = {
#define X(id, name, extension, media) name,
	REPORT_FORMATS(X)
#undef X
	        NULL,
};

#define SENSOR   (COMMAND_REPLAY | COMMAND_RUN)
#define EMITTERS (SENSOR | COMMAND_HUNT)
#define HISTORY                                                                                    \
	(COMMAND_HISTORY | COMMAND_HISTORY_INFO | COMMAND_HISTORY_EXPORT | COMMAND_HUNT |          \
	 COMMAND_HISTORY_IMPORT | COMMAND_HISTORY_MERGE | COMMAND_HISTORY_FORGET |                 \
	 COMMAND_HISTORY_TIDY | COMMAND_RULES_PIN | COMMAND_REPORT)
/* Commands that read or write many rows. */
#define WORK                                                                                       \
	(COMMAND_REPORT | COMMAND_HUNT | COMMAND_HISTORY_INFO | COMMAND_HISTORY_EXPORT |           \
	 COMMAND_HISTORY_IMPORT | COMMAND_HISTORY_MERGE | COMMAND_HISTORY_FORGET |                 \
	 COMMAND_HISTORY_TIDY)
#define AT(member) offsetof(struct options, member)

/* clang-format off */
static const struct options_row ROWS[] = {
	{ .name = "interface", .letter = 'i', .commands = COMMAND_RUN, .argument = "IFACE",
	  .help = "capture on IFACE[,IFACE...]; repeatable",
	  .more = "An interface at a SPAN or TAP port needs no address.",
	  .complete = ":interfaces", .set = options_add_texts, .member = AT(interfaces) },
	{ .name = "rules", .letter = 'r', .commands = EMITTERS | COMMAND_RULES_TEST | COMMAND_REPORT, .argument = "PATH",
	  .otherwise = "the installed rules",
	  .help = "a rule file, a folder of *.rules, or redis://...; repeatable",
	  .more = "Folders are read in order of name. See nsmx.rules(5). With redis://..., the "
	          "rules are those of `nsmx rules push`. nsmx run then follows them, and keeps the "
	          "last set that it accepted in the folder of --state; other commands read them "
	          "once.",
	  .complete = ":files redis:// rediss:// redis+unix://",
	  .set = options_add_text, .member = AT(rules), .secret = true },
	{ .name = "baselines", .commands = SENSOR, .argument = "YESNO", .value = "no",
	  .help = "also use baselines.rules, which reports values that a domain did not have before",
	  .more = "This needs --history. The file is not read for other reasons, unless --rules "
	          "names it. See `learn` in nsmx.rules(5).",
	  .words = YES_NO_WORDS, .set = options_set_bool, .member = AT(baselines) },
	{ .name = "asn-db", .commands = SENSOR, .argument = "FILE",
	  .help = "a MaxMind DB file with autonomous systems, which `learn` rules compare",
	  .more = "Without it, a network is a prefix of 16 bits, or of 32 bits in IPv6. The file "
	          "has the keys of GeoLite2-ASN, or the key asn with a text such as AS64500.",
	  .complete = ":files", .set = options_set_text, .member = AT(asn_db) },
	{ .name = "output", .letter = 'o', .commands = EMITTERS, .argument = "TARGET",
	  .otherwise = "text on a terminal, else -",
	  .help = "where events go; repeatable",
	  .more = "See TARGETS in nsmx(1).",
	  .complete = "- text null file: redis:// rediss:// redis+unix:// syslog://",
	  .set = options_add_text, .member = AT(outputs), .secret = true },
	{ .name = "report", .commands = COMMAND_REPLAY, .argument = "FILE",
	  .help = "also write a report of the incidents to FILE",
	  .more = "The format follows from the end of the name, such as .html or .json. See `nsmx "
	          "report`.",
	  .complete = ":files", .set = options_set_file, .member = AT(report) },
	{ .name = "log", .commands = SENSOR, .argument = "KINDS",
	  .help = "write an event for every DNS response or mail, in addition to hits",
	  .more = "In Redis these events go to the stream nsmx:log.",
	  .words = LOG_WORDS, .set = options_set_log, .member = AT(log) },
	{ .name = "alerts", .commands = SENSOR, .argument = "WHAT", .value = "both",
	  .help = "report single hits, incidents, or both",
	  .more = "An incident is all that was seen about a hijacked name, or about a rule. It is "
	          "reported at its first hit, at most every 5 minutes while it grows, and at its "
	          "end: when nothing was seen for an hour, or the sensor ends. In Redis incidents go "
	          "to the stream nsmx:incidents.",
	  .words = ALERTS_WORDS, .set = options_set_word, .member = AT(alerts) },
	{ .name = "verbose", .letter = 'v', .commands = SENSOR | COMMAND_TAIL,
	  .help = "on a terminal, print single hits as well as incidents",
	  .more = "This is about text on a terminal only. Other outputs always get what --alerts "
	          "states.",
	  .set = options_set_bool, .member = AT(verbose) },
	{ .name = "ports", .commands = SENSOR, .argument = "SPEC", .value = PORTS_DEFAULT,
	  .help = "ports to watch",
	  .more = "The value may set the ports of dns, of smtp or of both; a protocol that is "
	          "not named keeps its default.",
	  .set = options_set_ports },
	{ .name = "tunnel-ports", .commands = SENSOR, .argument = "SPEC",
	  .help = "more UDP ports of tunnels, such as vxlan=48879,65330,geneve=10800",
	  .more = "Tunnels: gre, vxlan, geneve, gtp, teredo, vxlan-gpe, tzsp, l2tp, lisp, capwap, "
	          "mpls, gue, hp-erm. Their registered ports, 8472 for vxlan, and 7932 for hp-erm "
	          "are always decoded.",
	  .set = options_set_tunnel_ports },
	{ .name = "filter", .commands = SENSOR, .argument = "EXPR",
	  .help = "a libpcap filter; other packets are ignored",
	  .more = "The syntax is that of pcap-filter(7). A packet passes if the filter matches "
	          "it, or matches the packet inside its tags and tunnels. In fragments of IPv6 "
	          "the filter finds no ports: add `or ip6 proto 44`.",
	  .set = options_set_text, .member = AT(filter), .may_be_empty = true },
	{ .name = "dedup", .commands = SENSOR, .argument = "MS", .value = "0", .run_value = "100",
	  .help = "ignore a copy of a DNS message or TCP segment that arrives within MS "
	          "milliseconds",
	  .more = "A SPAN port may deliver copies of a packet, with other VLAN tags or hop "
	          "limits. MS is at most 60000.",
	  .set = options_set_number, .member = AT(dedup_ms), .high = 60000 },
	{ .name = "separate", .commands = SENSOR, .argument = "KINDS",
	  .help = "packets with different VLAN tags or tunnel ids are of different networks",
	  .more = "Use it if several networks have overlapping addresses: connections, "
	          "fragments, copies, repeats and mail of one network are then never confused "
	          "with those of another. Without this option, all traffic is treated as one "
	          "network, because a SPAN port may deliver a copy of a packet under a "
	          "different tag. `vlan,tunnel` means both.",
	  .words = SEPARATE_WORDS, .set = options_add_words, .member = AT(separate) },
	{ .name = "questions", .commands = SENSOR, .argument = "YESNO", .value = "no",
	  .help = "also match name rules with DNS questions, answered or not",
	  .more = "If a question is answered, the question is one hit and the answer is another.",
	  .words = YES_NO_WORDS, .set = options_set_bool, .member = AT(questions) },
	{ .name = "suppress", .commands = SENSOR, .argument = "SEC", .value = "0", .run_value = "60",
	  .help = "after a hit, count equal hits for SEC seconds and report them once",
	  .more = "Hits are equal when rule, value, client and server are the same. Once 10 clients "
	          "had a hit of a rule and a value within SEC, further ones are one event, which "
	          "has their number and up to 100 clients. Each worker counts for itself. SEC is "
	          "at most 86400; with 0, each hit is reported.",
	  .set = options_set_number, .member = AT(suppress_s), .high = 86400 },
	{ .name = "watch", .commands = SENSOR, .argument = "SEC", .value = "3600",
	  .help = "shortest time to watch the addresses in a DNS answer that matched a rule",
	  .more = "Mail to a watched address is itself a hit. A longer TTL extends the time.",
	  .set = options_set_number, .member = AT(watch_s), .high = 31536000 },
	{ .name = "sensor", .commands = EMITTERS, .argument = "NAME", .otherwise = "the host name",
	  .help = "name of this sensor in events and Redis keys",
	  .set = options_set_text, .member = AT(sensor) },
	{ .name = "state", .commands = EMITTERS, .argument = "DIR", .run_value = OPTIONS_STATE,
	  .help = "folder for open incidents, and for the journal, which stores the events that "
	          "are not yet delivered",
	  .more = "Only one sensor at a time may use the folder. `nsmx run` also stores the open "
	          "incidents there, and continues them after a restart. Without this option a "
	          "replay uses a temporary folder, which it keeps only if events could not be delivered.",
	  .set = options_set_text, .member = AT(state) },
	{ .name = "history", .commands = SENSOR | HISTORY | COMMAND_SERVE, .argument = "DIR",
	  .help = "folder with the history of DNS records: which names had which records, and when",
	  .more = "`nsmx run` and `nsmx replay` add the records that they see. Only one process at a time "
	          "may write the folder. The folder must belong to the user of the sensor; "
	          "`nsmx run` creates it if it does not exist. Other commands can also read a "
	          "history in ClickHouse: DIR is then "
	          "clickhouse://[USER[:PASS]@]HOST[:PORT][,HOST...]/DB, or clickhouses:// "
	          "with TLS. The password can be in the environment variable "
	          "NSMX_CLICKHOUSE_PASSWORD.",
	  .complete = ":files clickhouse:// clickhouses://", .set = options_set_history,
	  .member = AT(history), .secret = true },
	{ .name = "history-interval", .commands = COMMAND_RUN, .argument = "SEC", .value = "20",
	  .help = "seconds after which records are written to the history, from 1 to 50",
	  .more = "If the sensor is killed, the records of this time are lost.",
	  .set = options_set_number, .member = AT(history_interval_s), .low = 1, .high = 50 },
	{ .name = "history-keep", .commands = SENSOR | COMMAND_HISTORY_TIDY, .argument = "AGES", .value = "forever",
	  .run_value = "400d,clients=30d,mailboxes=30d",
	  .help = "how long rows are kept after their last sighting: "
	          "AGE[,clients=AGE][,mailboxes=AGE], where AGE is such as 90s, 10m, 2h, 7d, or "
	          "`forever`",
	  .more = "If clients and mailboxes have no ages of their own, they are kept for 30 "
	          "days, or for AGE if that is shorter. If the whole value is `forever`, "
	          "so are they. In a replay, ages count from the latest sighting in the "
	          "folder, else from now. See docs/history.md.",
	  .set = options_set_history_keep },
	{ .name = "history-max", .commands = SENSOR, .argument = "SIZE", .value = "20G",
	  .help = "largest size of the history",
	  .more = "When the history is larger, rows are removed, the oldest first: at first "
	          "only rows of clients and mailboxes, then all others.",
	  .set = options_set_size, .member = AT(history_max), .low = 65536 },
	{ .name = "history-clients", .commands = SENSOR, .argument = "YESNO", .value = "no",
	  .help = "also keep the clients to which records were sent",
	  .more = "These are personal data; see docs/history.md.",
	  .words = YES_NO_WORDS, .set = options_set_bool, .member = AT(history_clients) },
	{ .name = "history-mail", .commands = SENSOR, .argument = "WHAT", .value = "domains",
	  .help = "what the history keeps of mail: for `domains`, the servers that took mail "
	          "for a domain; for `mailboxes`, also a row for each recipient",
	  .more = "Mailboxes are personal data; see docs/history.md.",
	  .words = MAIL_WORDS, .set = options_set_word, .member = AT(history_mail) },
	{ .name = "evidence", .commands = SENSOR, .argument = "DIR",
	  .help = "folder for the packets of each hit, in pcapng files",
	  .more = "Files have the DNS response of a hit, or the mail session, with a comment on "
	          "each packet that made a hit. In an event, `nsmx.evidence` is the name of "
	          "the file. Packets contain the text of mails, so they are personal data.",
	  .complete = ":files", .set = options_set_text, .member = AT(evidence) },
	{ .name = "evidence-max", .commands = SENSOR, .argument = "SIZE", .value = "1G",
	  .help = "largest size of the evidence; the oldest files are removed",
	  .set = options_set_size, .member = AT(evidence_max), .low = 1 << 20 },
	{ .name = "journal-max", .commands = EMITTERS, .argument = "SIZE", .value = "1G",
	  .help = "largest size of the journal, such as 64M; when it is full, `nsmx run` "
	          "drops new events and `nsmx replay` waits",
	  .more = "The units K, M, G and T are powers of 1024. The smallest size is 512K.",
	  .set = options_set_size, .member = AT(journal_max), .low = JOURNAL_BYTES_MIN },
	{ .name = "journal-sync", .commands = EMITTERS, .argument = "WHEN", .value = "none",
	  .help = "when to write events to the disk",
	  .more = "A power failure loses the events that are not on the disk. With "
	          "`none`, the kernel decides when to write them, perhaps after half a minute; "
	          "with `interval`, they are written every second.",
	  .words = SYNC_WORDS, .set = options_set_word, .member = AT(journal_sync) },
	{ .name = "workers", .commands = SENSOR, .argument = "N", .value = "1",
	  .help = "capture processes, which share the traffic (run) or the files (replay)",
	  .more = "In `nsmx run`, the workers form a PACKET_FANOUT group, in which all packets between "
	          "the same two addresses go to the same worker. In `nsmx replay`, each file is read by one worker, "
	          "so a session that continues in another file may be split. At most 64 workers "
	          "are possible.",
	  .set = options_set_number, .member = AT(workers), .low = 1, .high = OPTIONS_WORKERS_MAX },
	{ .name = "pin-cpus", .commands = COMMAND_RUN, .argument = "LIST",
	  .help = "run each worker on one of these processors, such as 2-5",
	  .more = "If there are more workers than processors, the list is used again from its "
	          "start.",
	  .set = options_set_cpus },
	{ .name = "buffer", .commands = COMMAND_RUN, .argument = "MIB", .value = "64",
	  .help = "size of the kernel buffer of each worker on each interface, for bursts",
	  .more = "The size is from 1 to 1024 MiB.",
	  .set = options_set_number, .member = AT(buffer_mib), .low = 1, .high = 1024 },
	{ .name = "snaplen", .commands = COMMAND_RUN, .argument = "OCTETS", .value = "262144",
	  .help = "the largest number of octets to capture of a packet",
	  .more = "If a message is cut, the part that was captured is decoded.",
	  .set = options_set_number, .member = AT(snaplen), .low = 64, .high = OPTIONS_SNAPLEN_MAX },
	{ .name = "promiscuous", .commands = COMMAND_RUN, .argument = "YESNO", .value = "yes",
	  .help = "also capture packets that are addressed to other hosts",
	  .words = YES_NO_WORDS, .set = options_set_bool, .member = AT(promiscuous) },
	{ .name = "summary", .commands = SENSOR, .argument = "FILE",
	  .help = "at the end, write the counters to FILE as one JSON object",
	  .set = options_set_file, .member = AT(summary) },
	{ .name = "progress", .commands = COMMAND_REPLAY | WORK | COMMAND_RULES_FETCH, .argument = "WHEN", .value = "auto",
	  .help = "when to show the progress on standard error",
	  .more = "`auto` means `always` on a terminal, else `never`.",
	  .words = PROGRESS_WORDS, .set = options_set_word, .member = AT(progress) },
	{ .name = "stats", .commands = SENSOR, .argument = "SEC",
	  .help = "log the counters on standard error every SEC seconds",
	  .set = options_set_number, .member = AT(stats_s), .low = 1, .high = 86400 },
	{ .name = "metrics", .commands = SENSOR, .argument = "ADDR:PORT",
	  .help = "serve the counters to Prometheus at http://ADDR:PORT/metrics",
	  .more = "Put an IPv6 address in brackets. Without ADDR, every address of the host "
	          "is used. There is no authentication: use a loopback address or a firewall.",
	  .set = options_set_endpoint, .member = AT(metrics) },
	{ .name = "since", .commands = COMMAND_REPLAY, .argument = "WHEN", .otherwise = "the first packet",
	  .help = "leave out packets before this time: an age (90s, 10m, 2h, 7d) or a date "
	          "(ISO 8601)",
	  .more = "Such packets are not counted. The time of a packet is its time stamp in the "
	          "capture.",
	  .set = options_set_when, .member = AT(since_ns) },
	{ .name = "until", .commands = COMMAND_REPLAY, .argument = "WHEN", .otherwise = "the last packet",
	  .help = "leave out packets from this time on: an age or a date",
	  .more = "A date without a time means the end of that day.",
	  .set = options_set_when, .member = AT(until_ns), .end = true },
	{ .name = "min-ratio", .commands = COMMAND_RUN | COMMAND_RULES_PUSH, .argument = "RATIO", .value = "0.5",
	  .help = "refuse new rules if a rule file keeps less than this share of its indicators",
	  .more = "This protects sensors from truncated feeds. 0 accepts everything. Rules that are "
	          "pushed are compared by `nsmx rules push`, not by the sensor.",
	  .set = options_set_ratio, .member = AT(min_ratio) },
	{ .name = "user", .commands = COMMAND_RUN | COMMAND_SERVE, .argument = "NAME", .otherwise = "nsmx, else nobody",
	  .help = "the user to become after captures are opened",
	  .more = "The option has no effect if another user than root starts the sensor.",
	  .complete = ":users", .set = options_set_text, .member = AT(user) },
	{ .name = "events", .commands = COMMAND_SERVE, .argument = "SOURCE",
	  .help = "the events of incidents and hits: a file of -o file:PATH, or a URL of Redis",
	  .more = "The URL is that of an output; see `nsmx help run`. Events are read when a page is "
	          "asked for.",
	  .complete = ":files redis:// rediss:// redis+unix://", .set = options_set_text,
	  .member = AT(events), .secret = true },
	{ .name = "listen", .commands = COMMAND_SERVE, .argument = "ADDR:PORT", .value = "127.0.0.1:8053",
	  .help = "where the console listens",
	  .more = "An address that is not a loopback address needs --token. Put an IPv6 address in "
	          "brackets.",
	  .set = options_set_endpoint, .member = AT(listen) },
	{ .name = "token", .commands = COMMAND_SERVE, .argument = "FILE",
	  .help = "only clients that know the token may read: the first line of FILE",
	  .more = "It has 16 characters or more; `openssl rand -hex 32 > FILE` makes one. Programs send "
	          "it as X-API-Key, as a bearer token, or as the password of basic authentication; "
	          "browsers have a page to log in. The console speaks HTTP: a proxy adds TLS.",
	  .complete = ":files", .set = options_set_text, .member = AT(token) },
	{ .name = "config", .commands = SENSOR, .argument = "FILE", .run_value = "/etc/nsmx/nsmx.conf",
	  .otherwise = "for run, /etc/nsmx/nsmx.conf, if it exists",
	  .help = "read options from FILE, with one `name = value` on each line",
	  .more = "FILE is read before the command line. See nsmx.conf(5).", .complete = ":files",
	  .set = options_set_text, .member = AT(config), .not_in_file = true },

	{ .name = "check", .commands = COMMAND_RUN,
	  .help = "read the configuration and the rules, report every mistake, and capture "
	          "nothing",
	  .more = "The exit status is 0, or 2 if there is a mistake.",
	  .set = options_set_bool, .member = AT(check), .not_in_file = true },

	{ .name = "since", .commands = COMMAND_TAIL, .argument = "WHEN", .otherwise = "only new hits",
	  .help = "print hits from this time on: 0 (all), an age (90s, 10m, 2h, 7d) or a date "
	          "(ISO 8601)",
	  .set = options_set_since },
	{ .name = "group", .letter = 'g', .commands = COMMAND_TAIL, .argument = "NAME",
	  .help = "read as a member of a consumer group, in which each hit goes to one member",
	  .more = "A hit is acknowledged once it is printed.",
	  .set = options_set_text, .member = AT(group) },
	{ .name = "consumer", .commands = COMMAND_TAIL, .argument = "NAME",
	  .otherwise = "the host name",
	  .help = "name of this member of the group",
	  .set = options_set_text, .member = AT(consumer) },
	{ .name = "json", .commands = COMMAND_TAIL | COMMAND_HISTORY | COMMAND_RULES_TEST,
	  .help = "print JSON, one object on each line",
	  .more = "`nsmx history` and `nsmx rules test` print JSON by default when the output is not "
	          "a terminal.",
	  .set = options_set_bool, .member = AT(json) },
	{ .name = "severity", .commands = COMMAND_TAIL | COMMAND_REPLAY, .argument = "LEVEL",
	  .help = "only hits of this severity or above",
	  .words = KEYWORD_SEVERITIES, .set = options_set_severity, .member = AT(severity) },
	{ .name = "what", .commands = COMMAND_TAIL | COMMAND_REPLAY, .argument = "KINDS",
	  .help = "only hits of these kinds, separated by commas",
	  .more = "The kinds are those of rules, and the parts that `learn` rules find to be "
	          "new; see nsmx.rules(5). An event has its kind in nsmx.what.",
	  .words = KEYWORD_HIT_KINDS, .set = options_add_words, .member = AT(hit_kinds) },
	{ .name = "rule", .letter = 'r', .commands = COMMAND_TAIL, .argument = "PATTERN",
	  .help = "only hits of rules whose id matches, such as 'sea-turtle-*'",
	  .set = options_set_text, .member = AT(rule) },
	{ .name = "rule", .commands = COMMAND_REPLAY, .argument = "PATTERN",
	  .help = "only hits of rules whose id matches, such as 'sea-turtle-*'",
	  .set = options_set_text, .member = AT(rule) },

	{ .name = "format", .commands = COMMAND_REPORT, .argument = "FORMAT",
	  .otherwise = "the end of the name of --output, else html",
	  .help = "format of the report",
	  .words = REPORT_WORDS, .set = options_set_choice, .member = AT(report_format) },
	{ .name = "output", .letter = 'o', .commands = COMMAND_REPORT, .argument = "FILE",
	  .otherwise = "standard output",
	  .help = "file of the report",
	  .more = "The file is replaced when the report is complete.",
	  .complete = ":files", .set = options_set_text, .member = AT(report) },

	{ .name = "output", .letter = 'o', .commands = COMMAND_RULES_COMPILE, .argument = "FILE",
	  .help = "file of the compiled rules",
	  .more = "The file is replaced when it is complete; programs that use the old one keep it.",
	  .complete = ":files", .set = options_set_file, .member = AT(compiled) },

	{ .name = "format", .commands = COMMAND_RULES_IMPORT, .argument = "FORMAT", .value = "auto",
	  .help = "format of the files",
	  .more = "`auto` finds the format by the content of each file.",
	  .words = FEED_FORMAT_NAMES, .set = options_set_word, .member = AT(format) },
	{ .name = "column", .commands = COMMAND_RULES_IMPORT, .argument = "ROLE=NAME,...",
	  .help = "for CSV: NAME is the heading of the column that has this ROLE. The roles are "
	          "indicator, type, first-seen, last-seen, since, until, description, source, "
	          "ref, confidence, tags, start, end and wanted",
	  .more = "NAME may also be the number of the column, from 1.",
	  .set = options_add_columns, .member = AT(columns) },
	{ .name = "feed", .commands = COMMAND_RULES_IMPORT, .argument = "NAME",
	  .otherwise = "the name of the file",
	  .help = "value of `feed=` in the rules, and first part of their ids",
	  .set = options_set_text, .member = AT(feed) },
	{ .name = "ref", .commands = COMMAND_RULES_IMPORT, .argument = "URL",
	  .help = "value of `ref=` in the rules",
	  .set = options_set_url, .member = AT(ref) },

	{ .name = "config", .commands = COMMAND_RULES_FETCH, .argument = "FILE",
	  .value = "/etc/nsmx/feeds.conf", .help = "the file that names the feeds",
	  .more = "See nsmx.feeds(5).", .complete = ":files",
	  .set = options_set_text, .member = AT(config) },
	{ .name = "user", .commands = COMMAND_RULES_FETCH, .argument = "NAME", .otherwise = "nsmx, else nobody",
	  .help = "the user of the processes that read what servers send",
	  .more = "The option has no effect if another user than root starts the program.",
	  .complete = ":users", .set = options_set_text, .member = AT(user) },
	{ .name = "check", .commands = COMMAND_RULES_FETCH,
	  .help = "read the file of --config, report every mistake, and fetch nothing",
	  .more = "The exit status is 0, or 2 if there is a mistake.",
	  .set = options_set_bool, .member = AT(check) },
	{ .name = "changed", .commands = COMMAND_RULES_FETCH, .argument = "FILE",
	  .help = "create FILE if rules have changed",
	  .more = "A script then knows whether sensors must read their rules again.",
	  .complete = ":files", .set = options_set_file, .member = AT(changed) },

	{ .name = "wait", .commands = COMMAND_RULES_PUSH, .argument = "SEC", .value = "10",
	  .help = "wait at most SEC seconds for the answers of sensors",
	  .more = "SEC is at most 3600. With 0, only answers that are already there are printed.",
	  .set = options_set_number, .member = AT(wait_s), .high = 3600 },

	{ .name = "type", .commands = COMMAND_HISTORY, .argument = "TYPE,...",
	  .help = "only records of these types, such as NS,MX,A",
	  .set = options_add_texts, .member = AT(types) },
	{ .name = "since", .commands = COMMAND_HISTORY | COMMAND_HUNT | COMMAND_RULES_PIN, .argument = "WHEN",
	  .help = "leave out records that were last seen before this time: an age (90s, 10m, "
	          "2h, 7d) or a date (ISO 8601)",
	  .set = options_set_when, .member = AT(since_ns) },
	{ .name = "until", .commands = COMMAND_HISTORY | COMMAND_HUNT | COMMAND_RULES_PIN, .argument = "WHEN",
	  .help = "leave out records that were first seen after this time: an age or a date",
	  .more = "A date without a time means the end of that day.",
	  .set = options_set_when, .member = AT(until_ns), .end = true },
	{ .name = "what", .commands = COMMAND_RULES_TEST, .argument = "KINDS",
	  .otherwise = "each kind that can have the value",
	  .help = "the kinds of observation that have the values, separated by commas",
	  .more = "The kinds are those of rules; see nsmx.rules(5).",
	  .words = KEYWORD_KINDS, .chosen = KINDS_ALL, .set = options_add_words, .member = AT(kinds) },
	{ .name = "owner", .commands = COMMAND_RULES_TEST, .argument = "NAME",
	  .help = "the name whose records have the values, or to whose mailboxes the mail goes; "
	          "pins of this name are compared, too",
	  .set = options_set_text, .member = AT(owner) },
	{ .name = "ignore-dates", .commands = COMMAND_HUNT | COMMAND_RULES_TEST,
	  .help = "also match rules outside of their dates (`since=`, `until=`)",
	  .set = options_set_bool, .member = AT(ignore_dates) },
	{ .name = "clients", .commands = COMMAND_HISTORY,
	  .help = "also print the clients to which each record was sent, if the history has them",
	  .set = options_set_bool, .member = AT(clients) },
	{ .name = "personal", .commands = COMMAND_HISTORY_EXPORT,
	  .help = "also print rows of clients and of single mails",
	  .set = options_set_bool, .member = AT(personal) },
	{ .name = "limit", .commands = COMMAND_HISTORY, .argument = "N", .value = "10000",
	  .help = "print the N newest records of each part of the answer",
	  .set = options_set_number, .member = AT(limit), .low = 1, .high = 1000000 },

	{ .name = "as", .commands = COMMAND_RULES_IMPORT, .argument = "VERB", .value = "published",
	  .help = "verb of the rules",
	  .more = "`published` makes alert rules, and allow rules of the exceptions of a feed. A "
	          "list of what is known to be good is imported only with `alert` or `allow`.",
	  .words = VERB_WORDS, .set = options_set_word, .member = AT(as) },
	{ .name = "sev", .commands = COMMAND_RULES_IMPORT, .argument = "LEVEL",
	  .otherwise = "the severity in the feed, else medium",
	  .help = "severity of the rules",
	  .words = KEYWORD_SEVERITIES, .set = options_set_choice, .member = AT(sev) },
	{ .name = "conf", .commands = COMMAND_RULES_IMPORT, .argument = "N",
	  .otherwise = "the confidence in the feed",
	  .help = "confidence of the rules, from 0 to 100",
	  .set = options_set_confidence, .member = AT(conf), .high = 100 },
	{ .name = "what", .commands = COMMAND_RULES_IMPORT, .argument = "KINDS",
	  .otherwise = "the kinds of the feed, else any",
	  .help = "kinds of the rules, separated by commas",
	  .more = "An indicator becomes one rule for each of these kinds that can have the "
	          "indicator.",
	  .words = KEYWORD_KINDS, .chosen = KINDS_OF_INDICATORS, .set = options_add_words, .member = AT(kinds) },
	{ .name = "shared-hosts", .commands = COMMAND_RULES_IMPORT, .argument = "FILE",
	  .help = "a file of further shared hosts; a URL on a shared host gives no rule for "
	          "the host",
	  .more = "One name on each line; a dot in front includes the names below it.",
	  .set = options_set_text, .member = AT(shared_hosts) },

	{ .name = "manual", .commands = COMMAND_HELP, .argument = "PART",
	  .help = "print a part of a man page: synopsis, commands, options, other-options, "
	          "settings or feed-settings",
	  .set = options_set_text, .member = AT(manual) },
	{ .name = "complete", .commands = COMMAND_HELP,
	  .help = "print the possible completions of the last word after --, for a shell",
	  .set = options_set_bool, .member = AT(complete) },
};
/* clang-format on */

#define ROWS_COUNT (sizeof(ROWS) / sizeof(ROWS[0]))

static bool has(enum command_id command, const struct options_row *row)
{
	return (row->commands & (unsigned)command) != 0;
}

const struct options_row *options_row_at(enum command_id command, size_t i)
{
	for (size_t at = 0; at < ROWS_COUNT; at++) {
		if (has(command, &ROWS[at]) && i-- == 0) {
			return &ROWS[at];
		}
	}
	return NULL;
}

const struct options_row *options_find_name(enum command_id command, const char *name, size_t size)
{
	for (size_t i = 0; i < ROWS_COUNT; i++) {
		if (has(command, &ROWS[i]) && strlen(ROWS[i].name) == size &&
		    strncmp(ROWS[i].name, name, size) == 0) {
			return &ROWS[i];
		}
	}
	return NULL;
}

void options_nearest(enum command_id command, const char *name, size_t size,
                     char text[NEAREST_TEXT_MAX])
{
	struct nearest nearest;
	nearest_begin(&nearest, name, size);
	for (size_t i = 0; i < ROWS_COUNT; i++) {
		if (has(command, &ROWS[i])) {
			nearest_try(&nearest, ROWS[i].name);
		}
	}
	nearest_text(&nearest, text);
}

const struct options_row *options_find_letter(enum command_id command, char letter)
{
	for (size_t i = 0; i < ROWS_COUNT; i++) {
		if (has(command, &ROWS[i]) && ROWS[i].letter == letter) {
			return &ROWS[i];
		}
	}
	return NULL;
}

const char *options_default(const struct options_row *row, enum command_id command)
{
	return command == COMMAND_RUN && row->run_value != NULL ? row->run_value : row->value;
}
