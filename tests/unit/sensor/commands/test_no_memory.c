/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Commands that read a history, events or rules, while one allocation fails, each in its turn: the
 * output is whole, or the failure is reported. No memory and no descriptor is left.
 */
#include "tests/unit/no_memory.h"

#include <fcntl.h>
#include <unistd.h>

#include <xxhash.h>

#include "sensor/commands/command.h"
#include "tests/unit/captured.h"

/* What a library allocates */
NO_MEMORY(XXH3_state_t *, XXH3_createState, NULL, (void), )

#define WORDS_MAX  24
#define OUTPUT_MAX ((size_t)1 << 20)

static char from[256];

struct place {
	char top[32];
	struct captured errors;
	const char *line;
	char *whole, *out; /* the output without a failure, and that with one */
	char wrong[1024];  /* the first mistake */
};

/* Blanks when events were made, which differs in each run. */
static void blank_times(char *text)
{
	static const char NAME[] = "\"created\":\"";
	while ((text = strstr(text, NAME)) != NULL) {
		text += sizeof(NAME) - 1;
		memset(text, '.', strcspn(text, "\""));
	}
}

/* Allocations of the test itself do not fail. Nor do those of a clock, which differ. */
static int run(const char *line, char *out)
{
	size_t planned = no_memory_countdown;
	char copy[512], error[OPTIONS_ERROR_MAX], *argv[WORDS_MAX], *rest = copy;
	int argc = 0, words = 0, status = EXIT_USAGE;
	struct options options;
	no_memory_countdown = 0;
	(void)snprintf(copy, sizeof(copy), "%s", line);
	for (char *word = strtok_r(rest, " ", &rest); word != NULL;
	     word = strtok_r(rest, " ", &rest)) {
		argv[argc++] = word;
	}
	const struct command *command = command_find(argc, argv, &words);
	assert_non_null(command);
	int saved = dup(STDOUT_FILENO), file = open("out", O_RDWR | O_CREAT | O_TRUNC, 0600);
	(void)fflush(stdout);
	(void)dup2(file, STDOUT_FILENO);
	no_memory_countdown = planned;
	if (options_parse(&options, command->id, argc - words, argv + words, error)) {
		status = command->run(&options);
	} else {
		(void)fprintf(stderr, "%s\n", error);
	}
	options_free(&options);
	no_memory_countdown = 0;
	(void)fflush(stdout);
	ssize_t size = pread(file, out, OUTPUT_MAX - 1, 0);
	out[size > 0 ? size : 0] = '\0';
	blank_times(out);
	(void)dup2(saved, STDOUT_FILENO);
	(void)close(saved);
	(void)close(file);
	return status;
}

/* Nothing fails before standard error is as it was. */
static void check_run(void *ctx, size_t number)
{
	struct place *place = ctx;
	int before = unit_count_descriptors();
	int status = run(place->line, place->out);
	const char *messages = captured_take(&place->errors);
	const char *wrong = NULL;
	if (unit_count_descriptors() != before) {
		wrong = "a descriptor is left open";
	} else if (status == EXIT_DONE && strcmp(place->out, place->whole) != 0) {
		wrong = "a part of the output is missing";
	} else if (status != EXIT_DONE && messages[0] == '\0') {
		wrong = "a failure without a message";
	}
	if (wrong != NULL && place->wrong[0] == '\0') {
		(void)snprintf(place->wrong, sizeof(place->wrong),
		               "%s: allocation %zu at %#zx, status %d: %s\n%.500s", place->line,
		               number, no_memory_place, status, wrong, messages);
	}
}

static int set_up(void **state)
{
	static struct place place;
	char command[1024];
	place = (struct place){ .top = "/tmp/nsmx-XXXXXX" };
	assert_non_null(getcwd(from, sizeof(from)));
	assert_non_null(mkdtemp(place.top));
	(void)snprintf(command, sizeof(command),
	               "cp tests/pcaps/hijack-mta.pcap tests/pcaps/hijack-resolver.pcap '%s'",
	               place.top);
	assert_int_equal(system(command), 0);
	assert_int_equal(chdir(place.top), 0);
	FILE *file = fopen("r.rules", "w");
	(void)fputs("alert ns .awsdns-061.org\nprotect awsdns-[00-63].org\n"
	            "alert ip 45.77.24.250 sev=critical\nalert rcpt @coincheck.com\n"
	            "alert name .coincheck.com\n",
	            file);
	(void)fclose(file);
	place.whole = malloc(OUTPUT_MAX);
	place.out = malloc(OUTPUT_MAX);
	*state = &place;
	return place.whole == NULL || place.out == NULL;
}

static int tear_down(void **state)
{
	struct place *place = *state;
	char command[96];
	free(place->whole);
	free(place->out);
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", place->top);
	return chdir(from) != 0 || system(command) != 0;
}

static void commands(void **state)
{
	static const char *const LINES[] = {
		"history --history h --clients .coincheck.com 45.77.24.0/24 @coincheck.com",
		"history export --history h",
		"history info --history h",
		"history import --history i rows",
		"hunt --history h -r r.rules -o - --ignore-dates --progress never",
		"rules pin --history h coincheck.com",
		"rules list r.rules",
		"rules test -r r.rules ns1.awsdns-061.org 45.77.24.250 a@coincheck.com",
	};
	struct place *place = *state;
	if (ADDRESS_SANITIZED) {
		skip();
	}
	captured_begin(&place->errors);
	int replayed = run("replay -r r.rules --history h --history-mail mailboxes "
	                   "--history-clients yes -o file:events --alerts both --progress never "
	                   "hijack-mta.pcap hijack-resolver.pcap",
	                   place->out);
	size_t allocations = 0, printed = 0;
	assert_int_equal(replayed, EXIT_DONE);
	for (size_t i = 0; i < sizeof(LINES) / sizeof(LINES[0]); i++) {
		place->line = LINES[i];
		if (run(place->line, place->whole) != EXIT_DONE) {
			(void)snprintf(place->wrong, sizeof(place->wrong), "%s: fails\n%.500s",
			               place->line, captured_take(&place->errors));
		}
		printed += strlen(place->whole);
		if (strncmp(place->line, "history export", 14) == 0) {
			(void)rename("out", "rows");
		}
		if (place->wrong[0] == '\0') {
			allocations += no_memory_each(check_run, place);
		}
	}
	captured_end(&place->errors);
	assert_string_equal(place->wrong, "");
	assert_true(allocations > 100 && printed > 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(commands, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
