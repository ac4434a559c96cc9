/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/commands/completion.h"

#include <stdio.h>
#include <string.h>

#include "sensor/commands/command.h"
#include "sensor/options/options_table.h"

static void offer(const char *candidate, size_t size, const char *word)
{
	if (candidate[0] == ':' ||
	    (strlen(word) <= size && strncmp(candidate, word, strlen(word)) == 0)) {
		printf("%.*s\n", (int)size, candidate);
	}
}

static void offer_names(const char *group, const char *word)
{
	const char *name;
	for (size_t i = 0; (name = command_name_at(group, i)) != NULL; i++) {
		offer(name, strlen(name), word);
	}
}

/* Candidates in one text, separated by blanks. */
static void offer_all(const char *candidates, const char *word)
{
	if (strcmp(candidates, ":commands") == 0) {
		offer_names(NULL, word);
		return;
	}
	for (const char *at = candidates; *at != '\0'; at += strspn(at, " ")) {
		size_t size = strcspn(at, " ");
		offer(at, size, word);
		at += size;
	}
}

static void offer_options(enum command_id command, const char *word)
{
	const struct options_row *row;
	for (size_t i = 0; (row = options_row_at(command, i)) != NULL; i++) {
		char name[64];
		int size = snprintf(name, sizeof(name), "--%s", row->name);
		offer(name, (size_t)size, word);
	}
}

static void offer_values(const struct options_row *row, const char *word)
{
	const char *value;
	if (row->complete != NULL) {
		offer_all(row->complete, word);
	} else if (row->words != NULL) {
		for (size_t i = 0; (value = options_word_at(row, i)) != NULL; i++) {
			offer(value, strlen(value), word);
		}
	} else if (strcmp(row->argument, "DIR") == 0) {
		offer_all(":folders", word);
	} else if (strcmp(row->argument, "FILE") == 0 || strcmp(row->argument, "PATH") == 0) {
		offer_all(":files", word);
	}
}

/* The option whose value is being written; NULL: none. */
static const struct options_row *option_before(enum command_id command, const char *word)
{
	const struct options_row *row = NULL;
	if (word[0] == '-' && word[1] == '-') {
		row = options_find_name(command, word + 2, strlen(word + 2));
	} else if (word[0] == '-' && word[1] != '\0' && word[2] == '\0') {
		row = options_find_letter(command, word[1]);
	}
	return row != NULL && row->argument != NULL ? row : NULL;
}

static void complete_command(const struct command *command, char *const *words, size_t count)
{
	const char *word = words[count - 1];
	const char *before = count > 1 ? words[count - 2] : "";
	if (strcmp(word, "=") == 0) {
		word = "";
	} else if (strcmp(before, "=") == 0) {
		before = count > 2 ? words[count - 3] : "";
	}
	const struct options_row *row = option_before(command->id, before);
	if (row != NULL) {
		offer_values(row, word);
	} else if (word[0] == '-') {
		offer_options(command->id, word);
	} else if (command->operands != NULL) {
		offer_all(command->operands, word);
	}
}

void completion_print(char *const *words, size_t count)
{
	int names;
	if (count == 0) {
		return;
	}
	const struct command *command = command_find((int)count - 1, (char **)words, &names);
	if (count == 1) {
		offer_names(NULL, words[0]);
		offer_all("--version", words[0]);
	} else if (command != NULL && command->id == COMMAND_HELP && count == 3) {
		offer_names(words[1], words[2]);
	} else if (command != NULL) {
		if (count == 2 && command_is_group(words[0])) {
			offer_names(words[0], words[1]); /* `history` is also a command */
		}
		complete_command(command, words + names, count - (size_t)names);
	} else if (count == 2) {
		offer_names(words[0], words[1]);
	}
}
