/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "sensor/commands/command.h"
#include "sensor/commands/completion.h"
#include "sensor/commands/manual.h"
#include "sensor/options/options_table.h"

#define LINE_WIDTH    80
#define OPTION_COLUMN 27
#define USAGE_COLUMN  44

const struct command_help help_help = {
	.text = "Without COMMAND, help lists the commands.",
	.examples = { { "nsmx help run", "the options of run" },
	              { "nsmx help rules import", "the options of rules import" },
	              { "nsmx help rules", "the commands for rules" } },
};

/* Prints words from a column on; lines are broken before LINE_WIDTH and indented. */
static void print_wrapped(const char *text, int column, int indent)
{
	bool first = true;
	while (*text != '\0') {
		int size = (int)strcspn(text, " ");
		if (!first && column + 1 + size > LINE_WIDTH) {
			printf("\n%*s", indent, "");
			column = indent;
			first = true;
		}
		column += printf(first ? "%.*s" : " %.*s", size, text);
		first = false;
		text += size;
		text += strspn(text, " ");
	}
	putchar('\n');
}

/* Prints a term in the left column, and its meaning in the right one. */
static void print_entry(const char *term, const char *meaning, int column)
{
	int size = printf("  %s", term);
	if (size >= column) {
		putchar('\n');
		size = 0;
	}
	printf("%*s", column - size, "");
	print_wrapped(meaning, column, column);
}

static void print_paragraphs(const char *text)
{
	while (*text != '\0') {
		const char *end = strstr(text, "\n\n");
		size_t size = end != NULL ? (size_t)(end - text) : strlen(text);
		char paragraph[1024];
		(void)snprintf(paragraph, sizeof(paragraph), "%.*s", (int)size, text);
		putchar('\n');
		if (text[0] == ' ') {
			puts(paragraph);
		} else {
			print_wrapped(paragraph, 0, 0);
		}
		text += size;
		text += strspn(text, "\n");
	}
}

static void print_option(const struct options_row *row, enum command_id command)
{
	char letter[] = "-x, ", term[64], meaning[512], words[KEYWORD_LIST_SIZE] = "";
	const char *value = row->otherwise != NULL ? row->otherwise : options_default(row, command);
	letter[1] = row->letter;
	(void)snprintf(term, sizeof(term), "%s--%s%s%s", row->letter != 0 ? letter : "    ",
	               row->name, row->argument != NULL ? " " : "",
	               row->argument != NULL ? row->argument : "");
	if (row->words != NULL) {
		options_list_words(row, words);
	}
	(void)snprintf(meaning, sizeof(meaning), "%s%s%s%s%s%s", row->help,
	               row->words != NULL ? ": " : "", words, value != NULL ? " (default: " : "",
	               value != NULL ? value : "", value != NULL ? ")" : "");
	print_entry(term, meaning, OPTION_COLUMN);
}

static void print_options(enum command_id command)
{
	const struct options_row *row = options_row_at(command, 0);
	if (row == NULL) {
		return;
	}
	puts("\nOptions:");
	for (size_t i = 0; (row = options_row_at(command, i)) != NULL; i++) {
		print_option(row, command);
	}
}

static void print_targets(void)
{
	puts("\n"
	     "Targets:\n"
	     "  -          JSON lines on standard output\n"
	     "  text       one readable line for each event, on standard output; on a\n"
	     "             terminal incidents in its width, and single hits with -v\n"
	     "  file:PATH  JSON lines appended to PATH, which SIGHUP opens again;\n"
	     "             ?mode=0640&group=adm sets the rights of the file\n"
	     "  redis://[USER[:PASS]@]HOST[:PORT][/DB][?as=stream|list|lpush|channel&key=NAME\n"
	     "             &field=NAME&maxlen=N&batch=N&flush=MS&wait=N&rows=NAME\n"
	     "             &incidents=NAME]\n"
	     "  redis+unix://[USER[:PASS]@]/SOCKET[?db=N&...]\n"
	     "  redis+sentinel://HOST,HOST.../MASTER[/DB][?...] the master that sentinels name\n"
	     "  redis+cluster://HOST,HOST...[?...]              the cluster of these hosts\n"
	     "             rediss:// (rediss+sentinel://, rediss+cluster://) is the same with\n"
	     "             TLS: ca=FILE&cert=FILE&tls-key=FILE&sni=NAME\n"
	     "             redirect=NETWORK,... to which sentinels and clusters may redirect\n"
	     "             NSMX_REDIS_PASSWORD: environment variable for the password\n"
	     "  syslog://HOST[:PORT][?as=cef|json&framing=octets|lines&facility=N]\n"
	     "             a syslog receiver over TCP; syslogs:// uses TLS, syslog+udp:// UDP\n"
	     "  null       count events without delivering them");
}

static void print_examples(const struct command_help *help)
{
	for (size_t i = 0; i < COMMAND_EXAMPLES_MAX && help->examples[i].line != NULL; i++) {
		printf("%s  %s\n      %s\n", i == 0 ? "\nExamples:\n" : "", help->examples[i].line,
		       help->examples[i].meaning);
	}
}

static void print_usage(const struct command *command, char *text, size_t room)
{
	(void)snprintf(text, room, "nsmx %s%s%s%s%s", command->name,
	               command->subcommand[0] != '\0' ? " " : "", command->subcommand,
	               command->arguments[0] != '\0' ? " " : "", command->arguments);
}

/* The commands of a group; NULL: all. */
static void print_commands(const char *group)
{
	const struct command *command;
	for (size_t i = 0; (command = command_at(i)) != NULL; i++) {
		char usage[128];
		if (group == NULL || strcmp(command->name, group) == 0) {
			print_usage(command, usage, sizeof(usage));
			print_entry(usage, command->summary, USAGE_COLUMN);
		}
	}
}

static void help_group(const char *group)
{
	printf("The commands of nsmx %s:\n\n", group);
	print_commands(group);
	printf("\nSee nsmx help %s COMMAND for the options of one command.\n", group);
}

static void help_command(const struct command *command)
{
	char usage[128];
	print_usage(command, usage, sizeof(usage));
	printf("%s.\n\nUsage: %s\n", command->summary, usage);
	if (command->help->text != NULL) {
		print_paragraphs(command->help->text);
	}
	print_options(command->id);
	const struct options_row *output =
	        options_find_name(command->id, "output", strlen("output"));
	if (output != NULL && output->secret) {
		print_targets();
	}
	print_examples(command->help);
	if (command_is_group(command->name) && command->subcommand[0] == '\0') {
		putchar('\n');
		help_group(command->name);
	}
}

static void help_general(void)
{
	print_wrapped("nsmx is a passive sensor for DNS and SMTP. It reads packets, matches name "
	              "servers, mail exchangers, addresses and recipients against rules, and "
	              "reports every hit.",
	              0, 0);
	putchar('\n');
	print_commands(NULL);
	print_entry("nsmx --version", "Print the version", USAGE_COLUMN);
	puts("\n"
	     "Exit status: 0 done; 1 something failed and was reported; 2 bad usage, rules or\n"
	     "configuration; 130 a replay, hunt, report or work on a history was interrupted.\n"
	     "\n"
	     "Examples:\n"
	     "  nsmx replay incident.pcap\n"
	     "      hits in a capture, by the installed rules\n"
	     "  nsmx run -i eth1 -o redis://127.0.0.1\n"
	     "      hits on a SPAN port, into Redis");
}

int help_flush(void)
{
	if (fflush(stdout) != 0) {
		log_error("standard output cannot be written: %s", strerror(errno));
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}

static int refuse(const struct options_operands *operands)
{
	char names[COMMAND_NAMES_MAX];
	const char *name = operands->items[0];
	bool group = operands->count > 1 && command_is_group(name);
	char nearest[NEAREST_TEXT_MAX];
	const char *wrong = operands->items[group ? 1 : 0];
	command_list_names(group ? name : NULL, names);
	command_nearest(group ? name : NULL, wrong, nearest);
	log_error("no command '%s%s%s'%s: expected %s", group ? name : "", group ? " " : "", wrong,
	          nearest, names);
	return EXIT_USAGE;
}

int cmd_help(struct options *options)
{
	const struct options_operands *operands = &options->operands;
	int words;
	if (options->manual != NULL) {
		return manual_print(options->manual) ? EXIT_DONE : EXIT_USAGE;
	}
	if (options->complete) {
		completion_print(operands->items, operands->count);
		return EXIT_DONE;
	}
	const struct command *command = command_find((int)operands->count, operands->items, &words);
	if (operands->count == 0) {
		help_general();
	} else if (command != NULL && operands->count > (size_t)words) {
		log_error("help: '%s' is not expected here", operands->items[words]);
		return EXIT_USAGE;
	} else if (command != NULL) {
		help_command(command);
	} else if (operands->count == 1 && command_is_group(operands->items[0])) {
		help_group(operands->items[0]);
	} else {
		return refuse(operands);
	}
	return help_flush();
}
