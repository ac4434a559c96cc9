/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The table of options. Parsing, defaults, help, man pages and shell completion all use it.
 */
#pragma once

#include "rules/keywords.h"
#include "sensor/options/nearest.h"
#include "sensor/options/options.h"

struct options_row;

/*!
 * \brief A function that reads the value of an option.
 *
 * \param value  The value; NULL for a switch, which has none.
 *
 * \return False if the value is invalid. `error` then contains the reason.
 */
typedef bool options_setter(struct options *options, const struct options_row *row,
                            const char *value, char error[OPTIONS_ERROR_MAX]);

struct options_row {
	const char *name;  /*!< The name in `--name` and in the configuration file. */
	char letter;       /*!< The letter of the short form `-letter`; 0: there is none. */
	unsigned commands; /*!< Commands that have the option, as bits of enum command_id. */
	/*! Placeholder of the value, in capitals; NULL: the option is a switch. */
	const char *argument;

	/*! The default, as text for `set`; NULL: there is none, and the field stays zero. */
	const char *value;
	const char *run_value; /*!< The default of `run` if it differs from `value`, else NULL. */
	/*! A description of the default if it is not a fixed value, else NULL. */
	const char *otherwise;

	/*! One line without a full stop, to which the help adds the list of `words`. */
	const char *help;
	const char *more; /*!< More sentences for the man page; NULL: none. */

	/*! The possible values, with NULL as the last element; NULL: any value is possible. */
	const char *const *words;
	/*! A bit for each of the `words` that is a possible value; 0: all of them are. */
	uint32_t chosen;
	/*! Candidates for completion if `words` is NULL; see command_list.h. */
	const char *complete;

	options_setter *set; /*!< Reads a value. */
	size_t member;       /*!< Offset of the field in struct options, for general setters. */
	uint32_t low, high;  /*!< The lowest and the highest value for options_set_number(). */
	/*! For options_set_when(): a date without a time means the end of that day. */
	bool end;
	bool may_be_empty; /*!< For options_set_text(): an empty text is a value. */
	bool secret;       /*!< The value may contain a password. */
	bool not_in_file;  /*!< The option cannot be in the configuration file. */
};

/*! \brief Returns the i-th option of a command, in the order of the help; NULL after the last. */
const struct options_row *options_row_at(enum command_id command, size_t i);

/*! \brief Finds an option by its name; NULL when the command does not have it. */
const struct options_row *options_find_name(enum command_id command, const char *name, size_t size);
/*! \brief Writes the name of the command's option that is most similar to an unknown name; see
 *         nearest_text(). */
void options_nearest(enum command_id command, const char *name, size_t size,
                     char text[NEAREST_TEXT_MAX]);

/*! \brief Finds an option by its letter; NULL when the command does not have it. */
const struct options_row *options_find_letter(enum command_id command, char letter);

/*! \brief Returns the default of an option for a command, as text for the setter; NULL: none. */
const char *options_default(const struct options_row *row, enum command_id command);

/*! \brief Writes the possible values of an option for messages: "a, b or c". */
void options_list_words(const struct options_row *row, char text[KEYWORD_LIST_SIZE]);

/*! \brief Returns the i-th possible value of an option; NULL after the last. */
const char *options_word_at(const struct options_row *row, size_t i);

/*! \brief Returns a copy of a text, which lives as long as the options; NULL when out of memory. */
char *options_keep(struct options *options, const char *text);

/* General setters. They set the field at the offset `member`. The comments give the type of the
 * field. */
options_setter options_set_text;   /*!< const char */
options_setter options_set_file;   /*!< a `const char` pointer; `-`, standard output, is refused */
options_setter options_set_number; /*!< uint32_t: a number from `low` to `high` */
options_setter options_set_size;   /*!< uint64_t: octets, also with a unit K, M, G or T */
options_setter options_set_ratio;  /*!< double: a number from 0 to 1 */
options_setter options_set_bool;   /*!< bool: true for a switch and for `yes`, false for `no` */
options_setter options_set_word;   /*!< enum: the index of the value in `words` */
options_setter options_set_choice; /*!< unsigned: the index plus 1; 0: not given */
options_setter options_add_words;  /*!< uint32_t: sets a bit for each word of a list `a,b` */
options_setter options_add_text;   /*!< struct options_list: appends the value */
options_setter options_add_texts;  /*!< struct options_list: appends each part of a list `a,b` */

/* Setters for one option each. */
options_setter options_set_log;
options_setter options_set_history_keep;
options_setter options_set_ports;
options_setter options_set_tunnel_ports;
options_setter options_set_when;
options_setter options_set_cpus;
options_setter options_set_endpoint;
options_setter options_set_since;
options_setter options_set_severity;
options_setter options_set_confidence;
options_setter options_add_columns;
options_setter options_set_url;
options_setter options_set_history;
options_setter options_set_age; /*!< uint64_t: seconds, or 0 for `forever` */
