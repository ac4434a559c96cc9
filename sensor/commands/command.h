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

struct command_help {
	/*! Paragraphs, separated by an empty line; NULL: none. One that begins with a blank is
	 *  an example: its lines are kept. */
	const char *text;
	struct {
		const char *line;
		const char *meaning;
	} examples[COMMAND_EXAMPLES_MAX]; /*!< Ends with a NULL line if there are fewer. */
};

struct command {
	enum command_id id;
	const char *name;
	const char *subcommand; /*!< "": none. */
	const char *arguments;
	const char *operands;
	const char *summary;
	const struct command_help *help;

	/*! \return An exit status. */
	int (*run)(struct options *options);
};

#define X(bit, id, name, subcommand, arguments, operands, help)                                    \
	int cmd_##id(struct options *options);                                                     \
	extern const struct command_help id##_help;
COMMAND_LIST(X)
#undef X

/*! \brief The i-th command; NULL after the last. */
const struct command *command_at(size_t i);

/*!
 * \brief The command that a list of words begins with; NULL: no such command.
 *
 * \param words  Set to the number of words that name it.
 */
const struct command *command_find(int argc, char **argv, int *words);

/*! \brief True if commands with this name have a second word. */
bool command_is_group(const char *name);

/*!
 * \brief Writes the names: "a, b or c".
 *
 * \param group  Write the second words of this name; NULL: the first words.
 */
void command_list_names(const char *group, char text[COMMAND_NAMES_MAX]);

/*! \brief The i-th such name; NULL after the last. */
const char *command_name_at(const char *group, size_t i);
