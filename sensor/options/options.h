/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The options of all commands, as read from the command line and from the
 *        configuration file.
 *
 * A new option is a member of struct options and a row in options_table.c, which holds
 * its name, its default, its help and the function that reads it.
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
#include "sensor/system/cpus.h"
#include "sensor/system/endpoint.h"

#define OPTIONS_LIST_MAX    64
#define OPTIONS_ERROR_MAX   512
#define OPTIONS_WORKERS_MAX 64
#define OPTIONS_SNAPLEN_MAX 262144
#define OPTIONS_SINCE_NOW   (-1)

/*! \brief In the order of the words of --log. ALL includes the others. */
enum options_log { OPTIONS_LOG_DNS = 1, OPTIONS_LOG_SMTP = 2, OPTIONS_LOG_ALL = 4 };

enum options_progress { PROGRESS_AUTO, PROGRESS_ALWAYS, PROGRESS_NEVER };

struct options_list {
	const char *items[OPTIONS_LIST_MAX];
	size_t count;
};

/*! \brief The words of the command line that are not options. */
struct options_operands {
	char **items;
	size_t count;
};

struct options_text;

/*! \brief A pointer is NULL, and a bound 0, when the option was not given and has no default. */
struct options {
	struct options_operands operands;

	/* Sensor: run, replay */
	struct options_list rules;
	struct options_list outputs;
	struct options_list interfaces;
	uint32_t log; /*!< Bits of enum options_log. */
	struct ports ports;
	const char *filter;
	uint32_t dedup_ms;
	uint32_t suppress_s;
	uint32_t watch_s;
	uint32_t workers;
	struct cpus cpus;    /*!< Where workers run; empty: anywhere. */
	uint32_t buffer_mib; /*!< Kernel buffer for each worker on each interface. */
	uint32_t snaplen;
	bool promiscuous;
	const char *sensor;
	const char *state;
	uint64_t journal_max;
	enum journal_sync journal_sync;
	const char *summary;
	enum options_progress progress;
	uint32_t stats_s;
	int64_t since_ns, until_ns; /*!< Packets to read, replay only; 0: no bound. */
	struct endpoint metrics;    /*!< `size` is 0 when not given. */
	double min_ratio;           /*!< 0 to 1; see reload_new(). */
	const char *user;
	const char *config;

	/* tail */
	const char *group;
	const char *consumer;
	int64_t since_ms; /*!< Redis time in ms since 1970; OPTIONS_SINCE_NOW: only new events. */
	bool json;
	unsigned severity; /*!< The least event.severity. */
	uint32_t kinds;    /*!< One bit for each enum observation_kind; 0: every kind. */
	const char *rule;  /*!< A pattern for fnmatch(3). */

	/* rules import */
	enum feed_format format;
	struct options_list columns; /*!< ROLE=NAME each. */
	const char *feed;
	const char *ref;
	enum feed_verb as;
	unsigned sev;             /*!< enum rule_severity, plus 1; 0: not given. */
	uint32_t import_kinds;    /*!< One bit for each enum observation_kind; 0: not given. */
	const char *shared_hosts; /*!< A file; NULL: not given. */

	/* help */
	const char *manual;
	bool complete;

	struct options_text *texts; /*!< The memory of the texts above. */
};

/*!
 * \brief Sets the defaults of a command, then reads the configuration file (run only), then
 *        the command line.
 *
 * \param argv  The words after the command's name. Operands are moved to the front. A
 *              password in a target is overwritten with `x` once read, so that it does not
 *              appear in the process title.
 *
 * \return False on bad usage; `error` then holds the reason, with file and line for the
 *         configuration file. Call options_free() in either case.
 */
bool options_parse(struct options *options, enum command_id command, int argc, char **argv,
                   char error[OPTIONS_ERROR_MAX]);

void options_free(struct options *options);
