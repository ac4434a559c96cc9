/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands in this process: exit status, standard output and messages. */
#include "tests/unit/captured.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sensor/commands/command.h"

#define WORDS_MAX 16

static char from[256], top[] = "/tmp/nsmx-XXXXXX";

static void write_file(const char *name, const char *text)
{
	FILE *file = fopen(name, "w");
	assert_non_null(file);
	(void)fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static int make_files(void **state)
{
	(void)state;
	assert_non_null(getcwd(from, sizeof(from)));
	assert_non_null(mkdtemp(top));
	assert_int_equal(chdir(top), 0);
	write_file("good.rules", "alert ns a.example\nallow ns b.example\n");
	write_file("bad.rules", "alert ns a..example\n");
	write_file("worse.rules", "alert ns a..example\nnonsense\n");
	write_file("x.feed", "a.com\nb.com\n");
	return 0;
}

static int remove_files(void **state)
{
	(void)state;
	char command[64];
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", top);
	return chdir(from) != 0 || system(command) != 0;
}

/* Runs a command line. \return The exit status. */
static int run(const char *line, char *out, size_t room, struct captured *errors)
{
	char copy[256], error[OPTIONS_ERROR_MAX], *argv[WORDS_MAX], *rest = copy;
	int argc = 0, words = 0, status = EXIT_USAGE;
	struct options options;
	(void)snprintf(copy, sizeof(copy), "%s", line);
	for (char *word = strtok_r(rest, " ", &rest); word != NULL;
	     word = strtok_r(rest, " ", &rest)) {
		argv[argc++] = strcmp(word, "''") == 0 ? word + 2 : word;
	}
	const struct command *command = command_find(argc, argv, &words);
	assert_non_null(command);
	int saved = dup(STDOUT_FILENO), file = open("out", O_RDWR | O_CREAT | O_TRUNC, 0600);
	(void)fflush(stdout);
	(void)dup2(file, STDOUT_FILENO);
	captured_begin(errors);
	if (options_parse(&options, command->id, argc - words, argv + words, error)) {
		status = command->run(&options);
	} else {
		(void)fprintf(stderr, "%s\n", error);
	}
	options_free(&options);
	(void)fflush(stdout);
	ssize_t size = pread(file, out, room - 1, 0);
	out[size > 0 ? size : 0] = '\0';
	(void)captured_take(errors);
	captured_end(errors);
	(void)dup2(saved, STDOUT_FILENO);
	(void)close(saved);
	(void)close(file);
	return status;
}

static const struct {
	const char *line;
	int status;
	const char *out, *errors; /* parts; "": nothing is written there */
} ROWS[] = {
	{ "replay", EXIT_USAGE, "", "replay: no capture given; see nsmx help replay\n" },
	{ "replay -", EXIT_USAGE, "", "nsmx: no rules: " },
	{ "replay - -", EXIT_USAGE, "", "replay: standard input can be read only once\n" },
	{ "replay - x -", EXIT_USAGE, "", "replay: standard input can be read only once\n" },
	{ "run", EXIT_USAGE, "", "run: no interface is given: write -i IFACE" },
	{ "run -i x y", EXIT_USAGE, "", "run: this command captures live" },
	{ "tail redis://127.0.0.1 x", EXIT_USAGE, "", "see nsmx help tail" },
	{ "tail --group '' redis://127.0.0.1", EXIT_USAGE, "", "--group: the value is empty" },
	{ "tail --group g redis://127.0.0.1?as=list", EXIT_USAGE, "",
	  "tail: only a stream can be followed: remove as=; see nsmx help tail" },
	{ "tail http://127.0.0.1", EXIT_USAGE, "", "see nsmx help tail" },
	{ "rules check", EXIT_USAGE, "", "no rule files are given: expected PATH..." },
	{ "rules check good.rules", EXIT_DONE, "", "2 rules" },
	{ "rules check bad.rules", EXIT_USAGE, "", "nsmx: 1 error\n" },
	{ "rules check worse.rules", EXIT_USAGE, "", "nsmx: 2 errors\n" },
	{ "rules check none.rules", EXIT_USAGE, "", "none.rules: No such file or directory" },
	{ "rules list", EXIT_USAGE, "", "no rule files are given: expected PATH..." },
	{ "rules list good.rules", EXIT_DONE,
	  "alert ns a.example id=good.rules:1\nallow ns b.example id=good.rules:2\n", "" },
	{ "rules list bad.rules", EXIT_USAGE, "", "nsmx: 1 error\n" },
	{ "rules import", EXIT_USAGE, "", "no files are given: expected nsmx rules import" },
	{ "rules import x.feed", EXIT_DONE, "alert any .a.com", "x.feed: read as list: 2 rules" },
	{ "rules import none.feed", EXIT_FAILED, "", "none.feed: No such file or directory" },
	{ "history", EXIT_USAGE, "", "history: no " },
	{ "history --history none x.example", EXIT_FAILED, "", "history folder none: " },
	{ "help nonsense", EXIT_USAGE, "", "no command 'nonsense': expected " },
	{ "help rules nonsense", EXIT_USAGE, "", "no command 'rules nonsense': expected " },
	{ "help replay", EXIT_DONE, "\nUsage: nsmx replay [OPTION...] FILE...\n", "" },
	{ "help rules", EXIT_DONE, "nsmx rules check", "" },
	{ "help", EXIT_DONE, "nsmx is a passive sensor", "" },
};

static void command_lines(void **state)
{
	(void)state;
	unsigned wrong = 0;
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
		static char out[65536];
		static struct captured errors;
		int status = run(ROWS[i].line, out, sizeof(out), &errors);
		bool good = status == ROWS[i].status &&
		            (ROWS[i].out[0] != '\0' ? strstr(out, ROWS[i].out) != NULL
		                                    : out[0] == '\0') &&
		            (ROWS[i].errors[0] != '\0' ? strstr(errors.text, ROWS[i].errors) != NULL
		                                       : errors.text[0] == '\0');
		if (!good) {
			print_error("%s: status %d\n%s%s\n", ROWS[i].line, status, out,
			            errors.text);
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(command_lines),
	};
	return cmocka_run_group_tests(tests, make_files, remove_files);
}
