/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/options/options.h"

#include <stdio.h>
#include <string.h>
#include <sys/param.h>
#include <unistd.h>

#include "base/log.h"
#include "history/clickhouse/clickhouse_url.h"
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

static bool is_operand(const char *word)
{
	return word[0] != '-' || word[1] == '\0';
}

/* The word after an unknown option is probably its value. */
static void skip_value(struct words *words, const char *option)
{
	if (strchr(option, '=') == NULL && words->at < words->argc &&
	    is_operand(words->argv[words->at])) {
		words->at++;
	}
}

/* Reads `--name=value`, `--name value`, `-nvalue`, `-n value` and switches. */
static const struct options_row *next_option(struct words *words, char **value,
                                             char error[OPTIONS_ERROR_MAX])
{
	char *word = words->argv[words->at++];
	const struct options_row *row = find_option(words->command, word, value);
	if (row == NULL) {
		refuse_option(words->command, word, error);
		skip_value(words, word);
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

static bool read_option(struct options *options, struct words *words, char error[OPTIONS_ERROR_MAX])
{
	char *value;
	const struct options_row *row = next_option(words, &value, error);
	bool good = row != NULL && row->set(options, row, value, error);
	if (row != NULL && row->secret) {
		redis_url_conceal(value);
		clickhouse_url_conceal(value);
	}
	return good;
}

/* \return Whether to go on after a mistake: with --check, which is to find all of them. */
static bool pass_mistake(struct options *options, const char *error)
{
	if (options->check) {
		log_error("%s", error);
		options->has_mistakes = true;
	}
	return options->check;
}

static bool read_words(struct options *options, struct words words, char error[OPTIONS_ERROR_MAX])
{
	struct options_operands *operands = &options->operands;
	bool ended = false;
	operands->items = words.argv;
	while (words.at < words.argc) {
		char *word = words.argv[words.at];
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
		if (!read_option(options, &words, error) && !pass_mistake(options, error)) {
			return false;
		}
	}
	return true;
}

/* Reads what must be known before the rest: the file that is named (NULL: none), and whether all
 * mistakes are looked for. */
static void look_ahead(struct words words, const char **config, bool *check)
{
	char error[OPTIONS_ERROR_MAX];
	*config = NULL;
	*check = false;
	while (words.at < words.argc && strcmp(words.argv[words.at], "--") != 0) {
		char *value;
		if (is_operand(words.argv[words.at])) {
			words.at++;
			continue;
		}
		const struct options_row *row = next_option(&words, &value, error);
		if (row != NULL && row->member == offsetof(struct options, config)) {
			*config = value;
		}
		*check |= row != NULL && row->member == offsetof(struct options, check);
	}
}

static bool is_sensor(enum command_id command)
{
	return command == COMMAND_RUN || command == COMMAND_REPLAY;
}

/* Only the default file, which `run` alone has, may be missing. */
static bool read_config(struct options *options, enum command_id command, const char *config,
                        char error[OPTIONS_ERROR_MAX])
{
	if (!is_sensor(command)) {
		return true;
	}
	if (config == NULL && options->config != NULL && access(options->config, F_OK) == 0) {
		config = options->config;
	}
	return config == NULL || options_read_config(options, command, config, error);
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
	if (!is_sensor(command) || options->history == NULL ||
	    !clickhouse_url_is(options->history)) {
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
	const char *config;
	bool check;
	if (!set_defaults(options, command, error)) {
		return false;
	}
	look_ahead(words, &config, &check);
	options->check = check;
	return (read_config(options, command, config, error) || pass_mistake(options, error)) &&
	       read_words(options, words, error) &&
	       (is_history_possible(options, command, error) || pass_mistake(options, error)) &&
	       (add_baselines(options, error) || pass_mistake(options, error));
}
