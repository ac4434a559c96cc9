/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The options of all commands, as read from the command line and from the
 *        configuration file.
 *
 * A new option needs a field in struct options and a row in options_table.c with its name, default,
 * help and the function that reads it.
 *
 * Ownership: the struct owns copies of all texts; options_free() frees them. Operands are
 * views into argv.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/feeds/feed.h"
#include "sensor/intake/ports.h"
#include "sensor/journal/journal.h"
#include "sensor/options/command_list.h"
#include "sensor/options/config_file.h"
#include "sensor/system/cpus.h"
#include "sensor/system/endpoint.h"

#define OPTIONS_LIST_MAX    64
#define OPTIONS_ERROR_MAX   CONFIG_ERROR_MAX
#define OPTIONS_WORKERS_MAX 64
#define OPTIONS_SNAPLEN_MAX 262144
#define OPTIONS_SINCE_NOW   (-1)

/*! \brief The values of --log, in the order of LOG_WORDS. ALL includes the others. */
enum options_log { OPTIONS_LOG_DNS = 1, OPTIONS_LOG_SMTP = 2, OPTIONS_LOG_ALL = 4 };

/*! \brief An item of `rules` that means the installed baselines.rules. */
#define OPTIONS_RULES_BASELINES "@baselines"

/*! \brief The words of --history-mail. */
enum options_history_mail {
	OPTIONS_HISTORY_MAIL_NONE,
	OPTIONS_HISTORY_MAIL_DOMAINS,
	OPTIONS_HISTORY_MAIL_MAILBOXES,
};

/*! \brief The words of --alerts. */
enum options_alerts { OPTIONS_ALERTS_HITS, OPTIONS_ALERTS_INCIDENTS, OPTIONS_ALERTS_BOTH };

enum options_progress { PROGRESS_AUTO, PROGRESS_ALWAYS, PROGRESS_NEVER };

/*! \brief How long the history keeps rows, in seconds; 0: forever. */
struct options_history_keep {
	uint64_t rows_s, clients_s, mailboxes_s;
};

struct options_list {
	const char *items[OPTIONS_LIST_MAX];
	size_t count;
};

/*! \brief The words of the command line that are not options. */
struct options_operands {
	char **items;
	size_t count;
};

/*! \brief Where the indicators of a feed are. */
enum options_feed_source { OPTIONS_FEED_FILE, OPTIONS_FEED_TAXII, OPTIONS_FEED_MISP };

/*! \brief The settings of a feed in feeds.conf that are not options of `rules import`. */
struct options_feed {
	const char *url; /*!< May contain FEED_TOKEN, which the token replaces. */
	enum options_feed_source source;
	const char *collection; /*!< TAXII: id, alias or title; NULL: the only one. */
	const char *user;       /*!< The user for HTTP Basic; NULL: none. */
	const char *token_file; /*!< The file of the token or password; NULL: none. */
	const char *header;     /*!< HTTP field of the token; NULL: Authorization, with Bearer. */
	const char *ca;         /*!< The certificates to trust; NULL: those of the system. */
	bool plain;             /*!< HTTP without TLS is allowed. */
	uint64_t max_size;      /*!< The largest size of the feed, unpacked, in octets. */
	uint64_t max_rate;      /*!< The largest number of octets to receive in a second. */
	uint32_t timeout_s;     /*!< The longest time to fetch the whole feed, in seconds. */
	/*! How long the last good set of rules stays in use when the source fails, in seconds; 0:
	 * forever. */
	uint64_t keep_s;
	/*! The smallest number of indicators in a new set, as a share of the number in the last
	 * set. A smaller set is refused; 0: any set is accepted. */
	double min_ratio;
};

struct options_text;

/*! \brief The folder of --state in a live capture, unless another one is given. */
#define OPTIONS_STATE "/var/lib/nsmx"

/*! \brief The values of all options. If an option was not given and has no default, its pointer is
 *         NULL or its number 0. */
struct options {
	struct options_operands operands;

	/* Options of the sensor: run, replay */
	/*! The values of --rules. With --baselines the last one is OPTIONS_RULES_BASELINES. */
	struct options_list rules;
	bool baselines;
	struct options_list outputs;
	struct options_list interfaces;
	uint32_t log; /*!< Bits of enum options_log. */
	enum options_alerts alerts;
	struct ports ports;
	const char *filter;
	uint32_t dedup_ms;
	bool questions;    /*!< Match `name` rules with DNS questions, too. */
	uint32_t separate; /*!< Bits of enum network_kinds. */
	uint32_t suppress_s;
	uint32_t watch_s;
	uint32_t workers;
	struct cpus cpus; /*!< The processors on which workers run; empty: all processors. */
	/*! The size of the kernel buffer of each worker on each interface, in MiB. */
	uint32_t buffer_mib;
	uint32_t snaplen;
	bool promiscuous;
	const char *sensor;
	const char *state;
	uint64_t journal_max;
	const char *asn_db;  /*!< NULL: networks are prefixes. */
	const char *history; /*!< Path of the folder; NULL: no history is kept. */
	/*! Rows are written to the history after this time; 0 in a replay, which need not write
	 * them early. */
	uint32_t history_interval_s;
	struct options_history_keep history_keep;
	uint64_t history_max; /*!< The largest size of the folder, in octets. */
	bool history_clients; /*!< The history also has the clients of records. */
	enum options_history_mail history_mail;
	const char *evidence;  /*!< Path of the folder; NULL: packets of hits are not written. */
	uint64_t evidence_max; /*!< The largest size of all its files, in octets. */
	enum journal_sync journal_sync;
	const char *summary;
	enum options_progress progress;
	uint32_t stats_s;
	/*! The period of the packets (replay) or of the records (history, hunt, rules pin) to read;
	 * 0: no bound. */
	int64_t since_ns, until_ns;
	/*! A file to which a replay adds what it could not read, each text with a NUL octet after
	 * it. No option sets it: it is for a report. NULL: none. */
	const char *unread;
	/*! The address for --metrics. Its `size` is 0 if the option was not given. */
	struct endpoint metrics;
	double min_ratio; /*!< A share from 0 to 1; see reload_new(). */
	const char *user;
	const char *config;
	bool check; /*!< Only look for mistakes in the configuration and the rules. */
	/*! With `check`: options have mistakes, which were logged, and were left out. */
	bool has_mistakes;

	/* tail; replay also has the last four, and run has `verbose` */
	const char *group;
	const char *consumer;
	/*! Time of the first event by the clock of Redis, in ms since 1970; OPTIONS_SINCE_NOW: read
	 * only new events. */
	int64_t since_ms;
	bool json;
	bool verbose;       /*!< Text on a terminal also has single hits. */
	unsigned severity;  /*!< The lowest event.severity to print. */
	uint32_t hit_kinds; /*!< A bit for each kind, by KEYWORD_HIT_KINDS; 0: every kind. */
	const char *rule;   /*!< A pattern for rule.id, as for fnmatch(3). */

	/* history */
	struct options_list types; /*!< Mnemonics of record types. */
	bool clients;              /*!< Clients are printed with the records. */
	bool personal;             /*!< Rows of clients and of single mails are exported. */
	uint32_t limit;

	/* serve */
	const char *events;     /*!< A file, or the URL of a Redis server; NULL: none. */
	struct endpoint listen; /*!< Where the console listens. */
	const char *token;      /*!< The path of a file; NULL: all clients may read. */

	/* rules push */
	uint32_t wait_s; /*!< How long to wait for the answers of sensors. */

	/* hunt */
	bool ignore_dates;

	const char *compiled; /*!< For rules compile, the file to write; NULL: not given. */
	/* report; replay also has the field `report` */
	const char *report;     /*!< The path of the report; NULL: none, or standard output. */
	unsigned report_format; /*!< The number of the row in REPORT_FORMATS, from 1; 0: not given.
	                         */

	/* rules import */
	enum feed_format format;
	struct options_list columns; /*!< Each is ROLE=NAME. */
	const char *owner; /*!< For rules test, the owner of the values; NULL: not given. */
	const char *feed;
	const char *ref;
	enum feed_verb as;
	unsigned sev;  /*!< enum rule_severity plus 1; 0: not given. */
	uint32_t conf; /*!< The confidence, 0 to 100, plus 1; 0: not given. */
	/*! For rules import and rules test, a bit for each kind, by enum observation_kind; 0: not
	 * given. */
	uint32_t kinds;
	const char *shared_hosts; /*!< The path of a file; NULL: not given. */

	/* rules fetch */
	const char *changed; /*!< The path of a file; NULL: not given. */
	struct options_feed source_feed;

	/* help */
	const char *manual;
	bool complete;

	struct options_text *texts; /*!< The memory of the texts above. */
};

/*!
 * \brief Sets the defaults of a command, then reads the configuration file (run and replay), then
 *        the command line.
 *
 * \param argv  The words after the command's name. Operands are moved to the front. A password in
 *              the URL of an option is overwritten with `x` after the URL was read, because ps(1)
 *              shows arguments.
 *
 * With --check, mistakes do not end the reading: each is logged, and `has_mistakes` is set.
 *
 * \return False on bad usage. `error` then contains the reason, with file and line if the mistake
 *         is in the configuration file. Call options_free() in both cases.
 */
bool options_parse(struct options *options, enum command_id command, int argc, char **argv,
                   char error[OPTIONS_ERROR_MAX]);

void options_free(struct options *options);
