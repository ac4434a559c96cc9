/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "sensor/commands/commands.h"
#include "sensor/system/exit_status.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} COMMANDS[] = {
	{ "replay", cmd_replay }, { "run", cmd_run },   { "rules", cmd_rules },
	{ "tail", cmd_tail },     { "help", cmd_help }, { "--help", cmd_help },
	{ "-h", cmd_help },
};

/*
 * A standard descriptor that was closed would go to the next file that is opened,
 * and events or messages into it. Its place is taken by what cannot be used.
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

/* As in `nsmx replay --help`, and `nsmx rules check --help`. */
static bool is_help_wanted(int argc, char **argv)
{
	for (int i = 2; i < argc && i < 4; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			return true;
		}
		if (strcmp(argv[1], "rules") != 0) {
			break;
		}
	}
	return false;
}

int main(int argc, char **argv)
{
	if (!hold_standard_files()) {
		return EXIT_FAILED;
	}
	if (argc < 2) {
		log_error("no command: expected replay, run, rules, tail or help; see nsmx help");
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("nsmx " NSMX_VERSION "\n");
		return EXIT_DONE;
	}
	for (size_t i = 0; i < sizeof(COMMANDS) / sizeof(COMMANDS[0]); i++) {
		if (strcmp(argv[1], COMMANDS[i].name) != 0) {
			continue;
		}
		if (is_help_wanted(argc, argv)) {
			return cmd_help(1, &argv[1]);
		}
		return COMMANDS[i].run(argc - 2, argv + 2);
	}
	log_error("unknown command '%s': expected replay, run, rules, tail or help", argv[1]);
	return EXIT_USAGE;
}
