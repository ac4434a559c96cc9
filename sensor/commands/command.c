/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/commands/command.h"

#include <stdio.h>
#include <string.h>

static const struct command COMMANDS[] = {
#define X(bit, id, name, subcommand, arguments, operands, help)                                    \
	{ COMMAND_##bit, name, subcommand, arguments, operands, help, &id##_help, cmd_##id },
	COMMAND_LIST(X)
#undef X
};

const struct command *command_at(size_t i)
{
	return i < COMMANDS_COUNT ? &COMMANDS[i] : NULL;
}

const struct command *command_find(int argc, char **argv, int *words)
{
	for (size_t i = 0; i < COMMANDS_COUNT; i++) {
		const struct command *command = &COMMANDS[i];
		*words = command->subcommand[0] != '\0' ? 2 : 1;
		if (argc >= *words && strcmp(argv[0], command->name) == 0 &&
		    (*words == 1 || strcmp(argv[1], command->subcommand) == 0)) {
			return command;
		}
	}
	return NULL;
}

bool command_is_group(const char *name)
{
	return command_name_at(name, 0) != NULL;
}

const char *command_name_at(const char *group, size_t i)
{
	for (size_t at = 0; at < COMMANDS_COUNT; at++) {
		const struct command *command = &COMMANDS[at];
		bool counts = group != NULL
		                      ? strcmp(command->name, group) == 0 &&
		                                command->subcommand[0] != '\0'
		                      : at == 0 || strcmp(command->name, command[-1].name) != 0;
		if (counts && i-- == 0) {
			return group != NULL ? command->subcommand : command->name;
		}
	}
	return NULL;
}

void command_list_names(const char *group, char text[COMMAND_NAMES_MAX])
{
	const char *name;
	size_t size = 0;
	text[0] = '\0';
	for (size_t i = 0; size < COMMAND_NAMES_MAX && (name = command_name_at(group, i)) != NULL;
	     i++) {
		bool last = command_name_at(group, i + 1) == NULL;
		size += (size_t)snprintf(text + size, COMMAND_NAMES_MAX - size, "%s%s",
		                         i == 0 ? ""
		                         : last ? " or "
		                                : ", ",
		                         name);
	}
}

void command_nearest(const char *group, const char *word, char text[NEAREST_TEXT_MAX])
{
	const char *name;
	struct nearest nearest;
	nearest_begin(&nearest, word, strlen(word));
	for (size_t i = 0; (name = command_name_at(group, i)) != NULL; i++) {
		nearest_try(&nearest, name);
	}
	nearest_text(&nearest, text);
}
