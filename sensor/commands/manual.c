/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/commands/manual.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "sensor/commands/command.h"
#include "sensor/options/feed_settings.h"
#include "sensor/options/options_table.h"

/* The commands whose options are in one section. */
#define SENSOR (COMMAND_REPLAY | COMMAND_RUN)

/* roff prints an unescaped hyphen as a typographic one. */
static void print_char(char c)
{
	if (c == '-') {
		fputs("\\-", stdout);
	} else if (c == '\\') {
		fputs("\\e", stdout);
	} else {
		putchar(c);
	}
}

static void print_roff(const char *text)
{
	for (; *text != '\0'; text++) {
		print_char(*text);
	}
}

/* See struct command_help. No line of a help text begins with a dot, because roff would take it for
 * a request. */
static void print_paragraphs(const char *text)
{
	bool example = false;
	for (; *text != '\0'; text++) {
		if (text[0] == '\n' && text[1] == '\n') {
			fputs(example ? "\n.RE\n.fi" : "", stdout);
			text += 2;
			example = *text == ' ';
			fputs(example ? "\n.IP\n.nf\n.RS\n" : "\n.IP\n", stdout);
		}
		if (example && (text[-1] == '\n' || text[-1] == ' ')) {
			text += strspn(text, " ");
		}
		print_char(*text);
	}
	puts(example ? "\n.RE\n.fi" : "");
}

/* Placeholders are in italics, letters of options in bold. */
static void print_arguments(const char *text)
{
	while (*text != '\0') {
		size_t size = 1;
		if (isupper((unsigned char)*text)) {
			while (isupper((unsigned char)text[size])) {
				size++;
			}
			printf("\\fI%.*s\\fR", (int)size, text);
		} else if (text[0] == '-' && islower((unsigned char)text[1])) {
			size = 2;
			printf("\\fB\\-%c\\fR", text[1]);
		} else {
			print_char(*text);
		}
		text += size;
	}
}

static void print_usage(const struct command *command)
{
	printf("\\fBnsmx %s%s%s\\fR", command->name, command->subcommand[0] != '\0' ? " " : "",
	       command->subcommand);
	if (command->arguments[0] != '\0') {
		putchar(' ');
		print_arguments(command->arguments);
	}
	putchar('\n');
}

static void print_synopsis(void)
{
	const struct command *command;
	for (size_t i = 0; (command = command_at(i)) != NULL; i++) {
		print_usage(command);
		puts(".br");
	}
}

static void print_commands(void)
{
	const struct command *command;
	for (size_t i = 0; (command = command_at(i)) != NULL; i++) {
		puts(".TP");
		print_usage(command);
		print_roff(command->summary);
		puts(".");
		if (command->help->text != NULL) {
			print_paragraphs(command->help->text);
		}
	}
}

static void print_default(const struct options_row *row, enum command_id command)
{
	const char *value = options_default(row, command);
	bool both = row->run_value != NULL && row->otherwise == NULL && command != COMMAND_RUN;
	if (row->otherwise != NULL) {
		value = row->otherwise;
	}
	if (value == NULL && !both) {
		return;
	}
	fputs("Default: ", stdout);
	if (value != NULL) {
		print_roff(value);
	}
	if (both) {
		fputs(value != NULL ? "; for run, " : "for run, ", stdout);
		print_roff(row->run_value);
	}
	puts(".");
}

static void print_meaning(const struct options_row *row, enum command_id command, const char *only)
{
	char words[KEYWORD_LIST_SIZE];
	putchar(toupper((unsigned char)row->help[0]));
	print_roff(row->help + 1);
	if (row->words != NULL) {
		options_list_words(row, words);
		fputs(": ", stdout);
		print_roff(words);
	}
	printf("%s.\n", only);
	if (row->more != NULL) {
		print_roff(row->more);
		putchar('\n');
	}
	print_default(row, command);
}

static void print_option(const struct options_row *row, enum command_id command, const char *only)
{
	puts(".TP");
	if (row->letter != 0) {
		printf("\\fB\\-%c\\fR, ", row->letter);
	}
	fputs("\\fB\\-\\-", stdout);
	print_roff(row->name);
	fputs("\\fR", stdout);
	if (row->argument != NULL) {
		putchar(' ');
		print_arguments(row->argument);
	}
	putchar('\n');
	print_meaning(row, command, only);
}

static const char *note_of(const struct options_row *row)
{
	switch (row->commands & SENSOR) {
	case COMMAND_RUN:
		return " (run only)";
	case COMMAND_REPLAY:
		return " (replay only)";
	default:
		return "";
	}
}

static void print_section(const struct command *command)
{
	const struct options_row *row = options_row_at(command->id, 0);
	if (row == NULL || (command->id & SENSOR) != 0) {
		return;
	}
	fputs(".SH OPTIONS OF ", stdout);
	for (const char *at = command->name; *at != '\0'; at++) {
		putchar(toupper((unsigned char)*at));
	}
	fputs(command->subcommand[0] != '\0' ? " " : "", stdout);
	for (const char *at = command->subcommand; *at != '\0'; at++) {
		putchar(toupper((unsigned char)*at));
	}
	putchar('\n');
	for (size_t i = 0; (row = options_row_at(command->id, i)) != NULL; i++) {
		print_option(row, command->id, "");
	}
}

static void print_sensor_options(void)
{
	const struct options_row *row;
	for (size_t i = 0; (row = options_row_at(SENSOR, i)) != NULL; i++) {
		bool run = (row->commands & SENSOR) == COMMAND_RUN;
		print_option(row, run ? COMMAND_RUN : COMMAND_REPLAY, note_of(row));
	}
}

static void print_sections(void)
{
	const struct command *command;
	for (size_t i = 0; (command = command_at(i)) != NULL; i++) {
		print_section(command);
	}
}

static void print_setting(const struct options_row *row)
{
	fputs(".TP\n\\fB", stdout);
	print_roff(row->name);
	fputs("\\fR = ", stdout);
	print_arguments(row->argument != NULL ? row->argument : "YESNO");
	putchar('\n');
	print_meaning(row, COMMAND_RUN, "");
}

static void print_settings(void)
{
	const struct options_row *row;
	for (size_t i = 0; (row = options_row_at(COMMAND_RUN, i)) != NULL; i++) {
		if (!row->not_in_file) {
			print_setting(row);
		}
	}
}

static void print_feed_settings(void)
{
	const struct options_row *row;
	for (size_t i = 0; (row = feed_setting_at(i)) != NULL; i++) {
		print_setting(row);
	}
}

bool manual_print(const char *part)
{
	static const struct {
		const char *name;
		void (*print)(void);
	} parts[] = {
		{ "synopsis", print_synopsis },      { "commands", print_commands },
		{ "options", print_sensor_options }, { "other-options", print_sections },
		{ "settings", print_settings },      { "feed-settings", print_feed_settings },
	};
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (strcmp(part, parts[i].name) == 0) {
			parts[i].print();
			return true;
		}
	}
	log_error("--manual %s: unknown part", part);
	return false;
}
