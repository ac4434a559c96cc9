/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/options/options.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ascii.h"
#include "sensor/options/options_private.h"
#include "sensor/redis/redis_url.h"

/* The configuration file */

#define CONFIG_VALUE_MAX 32768
/* What is longer comes in parts, of which the first is refused. */
#define CONFIG_LINE_MAX (2 * CONFIG_VALUE_MAX)

struct config_reader {
	struct options *options;
	char *error;
};

/* The library lets " ;" begin a comment; " #" does here, as at a line's beginning. */
static size_t size_before_comment(const char *value)
{
	size_t size = 0;
	for (size_t i = 0; value[i] != '\0'; i++) {
		bool blank = ascii_is_blank(value[i]);
		if (blank && value[i + 1] == '#') {
			break;
		}
		size = blank ? size : i + 1;
	}
	return size;
}

static int read_config_line(void *ctx, const char *section, const char *name, const char *value)
{
	struct config_reader *reader = ctx;
	const struct options_row *row = options_find_name(COMMAND_RUN, name, strlen(name));
	if (section[0] != '\0' || row == NULL || row->offset == offsetof(struct options, config)) {
		(void)snprintf(reader->error, OPTIONS_ERROR_MAX, "'%.100s' is not an option",
		               section[0] != '\0' ? section : name);
		return 0;
	}
	if (strlen(value) > CONFIG_VALUE_MAX) {
		(void)snprintf(reader->error, OPTIONS_ERROR_MAX,
		               "'%.100s' has a value of more than %d characters", name,
		               CONFIG_VALUE_MAX);
		return 0;
	}
	char *text = strndup(value, size_before_comment(value));
	if (text == NULL) {
		(void)snprintf(reader->error, OPTIONS_ERROR_MAX, "out of memory");
		return 0;
	}
	bool set = row->set(reader->options, row, text, reader->error);
	free(text);
	return set;
}

static bool read_config(struct options *options, const char *path, char error[OPTIONS_ERROR_MAX])
{
	char reason[OPTIONS_ERROR_MAX] = "not 'name = value'";
	struct config_reader reader = { .options = options, .error = reason };
	/* Its own bound of 198 characters would cut a long URL in two. */
	ini_use_stack = false;
	ini_allow_realloc = true;
	ini_max_line = CONFIG_LINE_MAX;
	/* The number of the first line goes with the reason of the last, else. */
	ini_stop_on_first_error = true;
	int line = ini_parse(path, read_config_line, &reader);
	if (line < 0) {
		(void)snprintf(error, OPTIONS_ERROR_MAX, "%.200s: %s", path, strerror(errno));
	} else if (line > 0) {
		(void)snprintf(error, OPTIONS_ERROR_MAX, "%.200s:%d: %.250s", path, line, reason);
	}
	return line == 0;
}

/* The command line */

struct words {
	int argc;
	char **argv;
	int at;
};

/* Splits `--name=value`, `--name value`, `-nvalue` and `-n value`. */
static bool next_option(struct words *words, enum options_command command,
                        const struct options_row **row, char **value, char error[OPTIONS_ERROR_MAX])
{
	char *word = words->argv[words->at++];
	const char *name = word[1] == '-' ? word + 2 : word + 1;
	size_t size = strcspn(name, "=");
	if (word[1] == '-') {
		*row = options_find_name(command, name, size);
		*value = name[size] == '=' ? word + (name - word) + size + 1 : NULL;
	} else {
		*row = options_find_letter(command, word[1]);
		*value = word[2] != '\0' ? word + 2 : NULL;
	}
	if (*row == NULL) {
		/* Without its value: that may hold a password. */
		int known = word[1] == '-' ? (int)(name - word + (ptrdiff_t)size) : 2;
		(void)snprintf(error, OPTIONS_ERROR_MAX, "unknown option '%.*s'",
		               known < 100 ? known : 100, word);
		return false;
	}
	if (*value == NULL && words->at < words->argc) {
		*value = words->argv[words->at++];
	}
	if (*value == NULL) {
		(void)snprintf(error, OPTIONS_ERROR_MAX, "option '%.100s' needs a value: %s", word,
		               (*row)->argument);
		return false;
	}
	return true;
}

static bool read_words(struct options *options, enum options_command command, int argc, char **argv,
                       char error[OPTIONS_ERROR_MAX])
{
	struct words words = { .argc = argc, .argv = argv };
	bool files_only = false;
	options->files.items = argv;
	while (words.at < argc) {
		const struct options_row *row;
		char *word = argv[words.at];
		char *value;
		if (files_only || word[0] != '-' || word[1] == '\0') {
			/* Never before a word that is still to be read. */
			argv[options->files.count++] = word;
			words.at++;
			continue;
		}
		if (strcmp(word, "--") == 0) {
			words.at++;
			files_only = true;
			continue;
		}
		if (!next_option(&words, command, &row, &value, error) ||
		    !row->set(options, row, value, error)) {
			return false;
		}
		if (row->offset == offsetof(struct options, outputs)) {
			redis_url_conceal(value);
		}
	}
	return true;
}

/* The file's place must be known before the rest, which overrides what it says. */
static const char *find_config(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strncmp(argv[i], "--config=", 9) == 0) {
			return argv[i] + 9;
		}
		if (strcmp(argv[i], "--config") == 0 && i + 1 < argc) {
			return argv[i + 1];
		}
	}
	return NULL;
}

static const char *host_name(void)
{
	static char name[256] = "nsmx";
	if (gethostname(name, sizeof(name) - 1) != 0 || name[0] == '\0') {
		(void)snprintf(name, sizeof(name), "nsmx");
	}
	return name;
}

bool options_parse(struct options *options, enum options_command command, int argc, char **argv,
                   char error[OPTIONS_ERROR_MAX])
{
	bool live = command == COMMAND_RUN;
	*options = (struct options){
		.sensor = host_name(),
		.dedup_ms = live ? 100 : 0,
		.suppress_s = live ? 60 : 0,
		.journal_max = JOURNAL_BYTES_DEFAULT,
		.watch_s = 3600,
		.workers = 1,
		.buffer_mib = 64,
		.snaplen = OPTIONS_SNAPLEN_MAX,
		.promiscuous = true,
		.min_ratio = 0.5,
	};
	if (!ports_parse(&options->ports, PORTS_DEFAULT, error, OPTIONS_ERROR_MAX)) {
		return false;
	}
	if (live) {
		const char *config = find_config(argc, argv);
		if (config == NULL && access(OPTIONS_CONFIG_DEFAULT, F_OK) == 0) {
			config = OPTIONS_CONFIG_DEFAULT;
		}
		if (config != NULL && !read_config(options, config, error)) {
			return false;
		}
	}
	return read_words(options, command, argc, argv, error);
}
