/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Describes a command of the program: its name, its help and its function. */
#pragma once

#include <stddef.h>

#include "sensor/options/nearest.h"
#include "sensor/options/options.h"
#include "sensor/system/exit_status.h"

#define COMMAND_EXAMPLES_MAX 6
#define COMMAND_NAMES_MAX    256

/*! \brief The help of a command. */
struct command_help {
	/*!
	 * Paragraphs, separated by an empty line; NULL: none. A paragraph that begins with a blank
	 * is an example, whose lines are printed unchanged.
	 */
	const char *text;
	struct {
		const char *line;
		const char *meaning;
	} examples[COMMAND_EXAMPLES_MAX]; /*!< After the last example, `line` is NULL. */
};

/*! \brief A command; command_list.h describes the columns. */
struct command {
	enum command_id id;
	const char *name;
	const char *subcommand; /*!< "": none. */
	const char *arguments;
	const char *operands; /*!< NULL: the command takes none. */
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
 * \brief Finds the command whose name is at the beginning of a list of words.
 *
 * \param words  Receives the number of words in the name, 1 or 2.
 *
 * \return The command, or NULL.
 */
const struct command *command_find(int argc, char **argv, int *words);

/*! \brief Returns true if this is the first word of commands whose names have two words. */
bool command_is_group(const char *name);

/*!
 * \brief Writes a list of names for messages: "a, b or c".
 *
 * \param group  If it is a word, the list has the second words of the names that begin with it. If
 *               it is NULL, the list has the first words of all names.
 */
void command_list_names(const char *group, char text[COMMAND_NAMES_MAX]);

/*! \brief Writes which name of the list of command_list_names() a user probably meant by `word`;
 *         see nearest_text(). */
void command_nearest(const char *group, const char *word, char text[NEAREST_TEXT_MAX]);

/*! \brief Returns the i-th name of the list that command_list_names() writes; NULL after the last.
 */
const char *command_name_at(const char *group, size_t i);

/*! \brief Writes what help has printed. \return The exit status; a failure is logged. */
int help_flush(void);
