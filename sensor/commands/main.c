/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"
#include "sensor/commands/command.h"
#include "sensor/system/privileges.h"

/*
 * Opens standard descriptors that are closed. Otherwise the next file that is opened would get the
 * number of a standard descriptor, and events or messages would be written into that file. Reads
 * and writes of the descriptor that is opened here fail.
 */
static bool hold_standard_files(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		int mode = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", mode) < 0) {
			return false;
		}
	}
	return true;
}

static bool is_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static bool parse(const struct command *command, int argc, char **argv, struct options *options,
                  char error[OPTIONS_ERROR_MAX])
{
	if (!options_parse(options, command->id, argc, argv, error)) {
		return false;
	}
	if (command->operands == NULL && options->operands.count > 0) {
		(void)snprintf(error, OPTIONS_ERROR_MAX, "'%s' is not expected here",
		               options->operands.items[0]);
		return false;
	}
	return true;
}

static int run_command(const struct command *command, int argc, char **argv)
{
	char error[OPTIONS_ERROR_MAX];
	struct options options;
	int status = EXIT_USAGE;
	bool parsed = parse(command, argc, argv, &options, error);
	secret_wipe_stack();
	if (parsed) {
		status = command->run(&options);
	} else {
		const char *blank = command->subcommand[0] != '\0' ? " " : "";
		log_error("%s%s%s: %s; see nsmx help %s%s%s", command->name, blank,
		          command->subcommand, error, command->name, blank, command->subcommand);
	}
	options_free(&options);
	return status;
}

static int refuse_command(int argc, char **argv)
{
	char names[COMMAND_NAMES_MAX];
	char nearest[NEAREST_TEXT_MAX];
	const char *wrong = argv[0];
	if (command_is_group(argv[0])) {
		command_list_names(argv[0], names);
		wrong = argc > 1 ? argv[1] : "";
		command_nearest(argv[0], wrong, nearest);
		log_error("%s: expected %s%s; see nsmx help %s", argv[0], names, nearest, argv[0]);
	} else {
		command_list_names(NULL, names);
		command_nearest(NULL, wrong, nearest);
		log_error("unknown command '%s'%s: expected %s", wrong, nearest, names);
	}
	return EXIT_USAGE;
}

/* Finds the command in `nsmx replay --help`, `nsmx rules --help` and `nsmx --help`. */
static int show_help(int argc, char **argv)
{
	struct options options = { .operands = { .items = argv, .count = (size_t)argc } };
	return cmd_help(&options);
}

static int run_words(int argc, char **argv)
{
	int words;
	const struct command *command = command_find(argc, argv, &words);
	if (is_help(argv[0])) {
		return show_help(argc - 1, argv + 1);
	}
	words = command != NULL ? words : 1;
	if (words < argc && is_help(argv[words])) {
		return show_help(words, argv);
	}
	return command != NULL ? run_command(command, argc - words, argv + words)
	                       : refuse_command(argc, argv);
}

static int print_version(int argc, char **argv)
{
	if (argc > 2) {
		log_error("--version: '%s' is not expected here", argv[2]);
		return EXIT_USAGE;
	}
	printf("nsmx " NSMX_VERSION "\n");
	return help_flush();
}

int main(int argc, char **argv)
{
	char names[COMMAND_NAMES_MAX];
	privileges_protect_memory();
	if (!hold_standard_files()) {
		return EXIT_FAILED;
	}
	if (argc < 2) {
		command_list_names(NULL, names);
		log_error("no command: expected %s; see nsmx help", names);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		return print_version(argc, argv);
	}
	return run_words(argc - 1, argv + 1);
}
