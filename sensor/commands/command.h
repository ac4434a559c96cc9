/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A command of the program: its names, its help and its function.
 */
#pragma once

#include <stddef.h>

#include "sensor/options/options.h"
#include "sensor/system/exit_status.h"

#define COMMAND_EXAMPLES_MAX 6
#define COMMAND_NAMES_MAX    256

/*! \brief The help of a command. */
struct command_help {
	/*! Paragraphs, separated by an empty line; NULL: none. The lines of a paragraph that begins
	 *  with a blank are printed as they are, because it is an example. */
	const char *text;
	struct {
		const char *line;
		const char *meaning;
	} examples[COMMAND_EXAMPLES_MAX]; /*!< If there are fewer, the one after the last has a NULL
	                                     `line`. */
};

/*! \brief A command; command_list.h describes the columns. */
struct command {
	enum command_id id;
	const char *name;
	const char *subcommand; /*!< "": none. */
	const char *arguments;
	const char *operands;
	const char *summary;
	const struct command_help *help;

	/*! Runs the command. \return The exit status of the program. */
	int (*run)(struct options *options);
};

#define X(bit, id, name, subcommand, arguments, operands, help)                                    \
	int cmd_##id(struct options *options);                                                     \
	extern const struct command_help id##_help;
COMMAND_LIST(X)
#undef X

/*! \brief Returns the i-th command; NULL after the last. */
const struct command *command_at(size_t i);

/*!
 * \brief Finds the command with whose name a list of words begins. \return NULL if there is none.
 *
 * \param words  Receives the number of words of the name, 1 or 2.
 */
const struct command *command_find(int argc, char **argv, int *words);

/*! \brief Returns true if this is the first word of commands whose names have two words. */
bool command_is_group(const char *name);

/*!
 * \brief Writes a list of names for messages: "a, b or c".
 *
 * \param group  The first word of names whose second words are listed; NULL: list first words.
 */
void command_list_names(const char *group, char text[COMMAND_NAMES_MAX]);

/*! \brief Returns the i-th name of the list that command_list_names() writes; NULL after the last.
 */
const char *command_name_at(const char *group, size_t i);
