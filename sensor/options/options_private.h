/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The table of options, for the files that read, explain and fill them in.
 *
 * A new option is a member of struct options and a row of the table. The command line,
 * the configuration file, `nsmx help`, the man pages and the completion know it then.
 */
#pragma once

#include "sensor/options/options.h"

#define OPTIONS_CONFIG_DEFAULT "/etc/nsmx/nsmx.conf"

struct options_row;

/*! \brief Reads one value, or says why it cannot. */
typedef bool (*options_setter)(struct options *options, const struct options_row *row,
                               const char *value, char error[OPTIONS_ERROR_MAX]);

struct options_row {
	const char *name;     /*!< `--name`, and the name in the configuration file. */
	char letter;          /*!< 0: none. */
	int commands;         /*!< enum options_command. */
	const char *argument; /*!< What the value is: a word in capitals. */
	const char *fallback; /*!< What holds when it is not given; NULL: nothing does. */
	const char *help;     /*!< One line, without a full stop. */
	const char *more;     /*!< More sentences for the man page; NULL: none. */
	options_setter set;
	size_t offset; /*!< Of the member that a general setter fills in. */
	uint32_t low, high;
};

/*! \brief The row of an option that a command has; NULL when there is none. */
const struct options_row *options_find_name(enum options_command command, const char *name,
                                            size_t size);
const struct options_row *options_find_letter(enum options_command command, char letter);

/* General setters, which fill in the member at the row's offset. */
bool options_set_text(struct options *options, const struct options_row *row, const char *value,
                      char error[OPTIONS_ERROR_MAX]);
bool options_set_file(struct options *options, const struct options_row *row, const char *value,
                      char error[OPTIONS_ERROR_MAX]);
bool options_set_number(struct options *options, const struct options_row *row, const char *value,
                        char error[OPTIONS_ERROR_MAX]);
bool options_set_size(struct options *options, const struct options_row *row, const char *value,
                      char error[OPTIONS_ERROR_MAX]);
bool options_add_text(struct options *options, const struct options_row *row, const char *value,
                      char error[OPTIONS_ERROR_MAX]);

/* Setters of one option. */
bool options_add_interfaces(struct options *options, const struct options_row *row,
                            const char *value, char error[OPTIONS_ERROR_MAX]);
bool options_set_log(struct options *options, const struct options_row *row, const char *value,
                     char error[OPTIONS_ERROR_MAX]);
bool options_set_ports(struct options *options, const struct options_row *row, const char *value,
                       char error[OPTIONS_ERROR_MAX]);
bool options_set_cpus(struct options *options, const struct options_row *row, const char *value,
                      char error[OPTIONS_ERROR_MAX]);
bool options_set_promiscuous(struct options *options, const struct options_row *row,
                             const char *value, char error[OPTIONS_ERROR_MAX]);
bool options_set_progress(struct options *options, const struct options_row *row, const char *value,
                          char error[OPTIONS_ERROR_MAX]);
bool options_set_ratio(struct options *options, const struct options_row *row, const char *value,
                       char error[OPTIONS_ERROR_MAX]);
bool options_set_metrics(struct options *options, const struct options_row *row, const char *value,
                         char error[OPTIONS_ERROR_MAX]);
bool options_set_sync(struct options *options, const struct options_row *row, const char *value,
                      char error[OPTIONS_ERROR_MAX]);
