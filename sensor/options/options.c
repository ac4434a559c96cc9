/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/options/options.h"
#include "history/clickhouse/clickhouse_url.h"

#include <stdio.h>
#include <string.h>
#include <sys/param.h>
#include <unistd.h>

#include "sensor/options/options_config.h"
#include "sensor/options/options_table.h"
#include "sensor/redis/redis_url.h"

struct words {
	enum command_id command;
	int argc;
	char **argv;
	int at;
};

/* The row of the option in a word, and the part of the word that is its value, or NULL. */
static const struct options_row *find_option(enum command_id command, char *word, char **value)
{
	if (word[1] == '-') {
		size_t size = strcspn(word + 2, "=");
		*value = word[2 + size] == '=' ? word + 2 + size + 1 : NULL;
		return options_find_name(command, word + 2, size);
	}
	*value = word[2] != '\0' ? word + 2 : NULL;
	return options_find_letter(command, word[1]);
}

/* The message contains only the name, because the value may have a password. */
static void refuse_option(enum command_id command, const char *word, char error[OPTIONS_ERROR_MAX])
{
	char nearest[NEAREST_TEXT_MAX] = "";
	size_t size = 2;
	if (word[1] == '-') {
		size = strcspn(word, "=");
		options_nearest(command, word + 2, size - 2, nearest);
	}
	(void)snprintf(error, OPTIONS_ERROR_MAX, "unknown option '%.*s'%s", (int)MIN(size, 100),
	               word, nearest);
}

/* Reads `--name=value`, `--name value`, `-nvalue`, `-n value` and switches. */
static const struct options_row *next_option(struct words *words, char **value,
                                             char error[OPTIONS_ERROR_MAX])
{
	char *word = words->argv[words->at++];
	const struct options_row *row = find_option(words->command, word, value);
	if (row == NULL) {
		refuse_option(words->command, word, error);
		return NULL;
	}
	if (row->argument == NULL && *value != NULL) {
		(void)snprintf(error, OPTIONS_ERROR_MAX, "option '--%s' takes no value", row->name);
		return NULL;
	}
	if (row->argument != NULL && *value == NULL && words->at < words->argc) {
		*value = words->argv[words->at++];
	}
	if (row->argument != NULL && *value == NULL) {
		(void)snprintf(error, OPTIONS_ERROR_MAX, "option '%.100s' needs a value: %s", word,
		               row->argument);
		return NULL;
	}
	return row;
}

static bool is_operand(const char *word)
{
	return word[0] != '-' || word[1] == '\0';
}

static bool read_words(struct options *options, struct words words, char error[OPTIONS_ERROR_MAX])
{
	struct options_operands *operands = &options->operands;
	bool ended = false;
	operands->items = words.argv;
	while (words.at < words.argc) {
		char *word = words.argv[words.at];
		char *value;
		if (ended || is_operand(word)) {
			/* The place was read already, because there are never more operands than
			 * words. */
			operands->items[operands->count++] = word;
			words.at++;
			continue;
		}
		if (strcmp(word, "--") == 0) {
			ended = true;
			words.at++;
			continue;
		}
		const struct options_row *row = next_option(&words, &value, error);
		if (row == NULL || !row->set(options, row, value, error)) {
			return false;
		}
		if (row->secret) {
			redis_url_conceal(value);
			clickhouse_url_conceal(value);
		}
	}
	return true;
}

/* The file that the command line names, or NULL: it is read before the command line. */
static const char *find_config(struct words words)
{
	char error[OPTIONS_ERROR_MAX];
	while (words.at < words.argc && strcmp(words.argv[words.at], "--") != 0) {
		char *value;
		if (is_operand(words.argv[words.at])) {
			words.at++;
			continue;
		}
		const struct options_row *row = next_option(&words, &value, error);
		if (row == NULL) {
			return NULL;
		}
		if (row->not_in_file && row->member == offsetof(struct options, config)) {
			return value;
		}
	}
	return NULL;
}

/* Only the default file may be missing. */
static bool read_config(struct options *options, struct words words, char error[OPTIONS_ERROR_MAX])
{
	const char *config = find_config(words);
	if (config == NULL && access(options->config, F_OK) == 0) {
		config = options->config;
	}
	return config == NULL || options_read_config(options, config, error);
}

static const char *host_name(void)
{
	static char name[256];
	if (gethostname(name, sizeof(name) - 1) != 0 || name[0] == '\0') {
		(void)snprintf(name, sizeof(name), "nsmx");
	}
	return name;
}

static bool set_defaults(struct options *options, enum command_id command,
                         char error[OPTIONS_ERROR_MAX])
{
	const struct options_row *row;
	*options = (struct options){
		.sensor = host_name(),
		.consumer = host_name(),
		.since_ms = OPTIONS_SINCE_NOW,
	};
	for (size_t i = 0; (row = options_row_at(command, i)) != NULL; i++) {
		const char *value = options_default(row, command);
		if (value != NULL && !row->set(options, row, value, error)) {
			return false;
		}
	}
	return true;
}

/* A sensor does not wait for a server. */
static bool is_history_possible(const struct options *options, enum command_id command,
                                char error[OPTIONS_ERROR_MAX])
{
	bool sensor = command == COMMAND_RUN || command == COMMAND_REPLAY;
	if (!sensor || options->history == NULL || !clickhouse_url_is(options->history)) {
		return true;
	}
	(void)snprintf(error, OPTIONS_ERROR_MAX,
	               "--history: a sensor can write only a folder; nsmx history import adds "
	               "rows to ClickHouse");
	return false;
}

/* With `baselines`, another file of rules is read. */
static bool add_baselines(struct options *options, char error[OPTIONS_ERROR_MAX])
{
	struct options_list *rules = &options->rules;
	if (!options->baselines) {
		return true;
	}
	if (rules->count == OPTIONS_LIST_MAX) {
		(void)snprintf(error, OPTIONS_ERROR_MAX,
		               "--baselines: there are more than %d rules files",
		               OPTIONS_LIST_MAX - 1);
		return false;
	}
	rules->items[rules->count++] = OPTIONS_RULES_BASELINES;
	return true;
}

bool options_parse(struct options *options, enum command_id command, int argc, char **argv,
                   char error[OPTIONS_ERROR_MAX])
{
	const struct words words = { .command = command, .argc = argc, .argv = argv };
	return set_defaults(options, command, error) &&
	       (command != COMMAND_RUN || read_config(options, words, error)) &&
	       read_words(options, words, error) && is_history_possible(options, command, error) &&
	       add_baselines(options, error);
}
