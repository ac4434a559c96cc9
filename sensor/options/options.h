/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Options of the commands: one table for the command line, the
 *        configuration file and the help.
 *
 * Ownership: the struct owns copies of all texts; options_free() frees them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/intake/ports.h"
#include "sensor/journal/journal.h"
#include "sensor/system/cpus.h"
#include "sensor/system/endpoint.h"

#define OPTIONS_LIST_MAX    64
#define OPTIONS_ERROR_MAX   512
#define OPTIONS_WORKERS_MAX 64
#define OPTIONS_SNAPLEN_MAX 262144

/*! \brief Commands that take options; a row of the table says which. */
enum options_command {
	COMMAND_REPLAY = 1 << 0,
	COMMAND_RUN = 1 << 1,
};

enum options_progress { PROGRESS_AUTO, PROGRESS_ALWAYS, PROGRESS_NEVER };

struct options_list {
	const char *items[OPTIONS_LIST_MAX];
	size_t count;
};

struct options_text;

/*! \brief As many as there are: a view into the command line. */
struct options_words {
	char **items;
	size_t count;
};

struct options {
	struct options_list rules;
	struct options_list outputs;
	struct options_list interfaces;
	struct options_words files; /*!< What is no option. */
	bool log_dns;
	bool log_smtp;
	struct ports ports;
	const char *filter;
	uint32_t dedup_ms;
	uint32_t suppress_s;
	uint32_t watch_s;
	uint32_t workers;
	struct cpus cpus;    /*!< Of the workers; none: wherever they like. */
	uint32_t buffer_mib; /*!< What the kernel keeps for a worker on an interface. */
	uint32_t snaplen;
	bool promiscuous;
	const char *sensor;
	const char *state; /*!< NULL: not given. */
	uint64_t journal_max;
	enum journal_sync journal_sync;
	const char *summary;
	enum options_progress progress;
	uint32_t stats_s;
	struct endpoint metrics; /*!< Without an address: none. */
	double min_ratio;        /*!< 0 to 1; see reload_new(). */
	const char *user;        /*!< NULL: not given. */
	const char *config;
	struct options_text *texts; /*!< What the pointers above lead to. */
};

/*!
 * \brief Fills in the defaults of a command, then its configuration file (run),
 *        then what the command line says.
 *
 * \param argv  The arguments behind the command's name. Files move to the front. A
 *              password in a target is overwritten with `x` once read, so that no
 *              process title shows it.
 *
 * \return False on bad usage: `error` says what is wrong, and where.
 */
bool options_parse(struct options *options, enum options_command command, int argc, char **argv,
                   char error[OPTIONS_ERROR_MAX]);

/*! \brief Frees what the struct owns, also after a failure. */
void options_free(struct options *options);

/*! \brief Prints the options of a command with their meaning and default. */
void options_help(enum options_command command);

/*! \brief Prints all options, or those of nsmx.conf(5), as a part of a man page. */
void options_manual(void);
void options_config_manual(void);
