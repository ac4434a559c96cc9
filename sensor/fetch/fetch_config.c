/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/fetch/fetch_config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/log.h"
#include "rules/feeds/feed.h"
#include "sensor/options/config_file.h"

__attribute__((format(printf, 2, 3))) static bool wrong(char error[CONFIG_ERROR_MAX],
                                                        const char *format, ...)
{
	va_list args;
	va_start(args, format);
	(void)vsnprintf(error, CONFIG_ERROR_MAX, format, args);
	va_end(args);
	return false;
}

/* The name is also that of files, so it has no slash and does not begin with a dot. */
static bool is_name(const char *name)
{
	size_t size = strlen(name);
	for (const char *at = name; *at != '\0'; at++) {
		if (!ascii_is_alphanumeric(*at) && strchr("-_.", *at) == NULL) {
			return false;
		}
	}
	return size > 0 && size <= FETCH_NAME_MAX && name[0] != '.';
}

static struct fetch_feed *find_feed(struct fetch_config *config, const char *name)
{
	for (size_t i = 0; i < config->count; i++) {
		if (strcmp(config->feeds[i]->name, name) == 0) {
			return config->feeds[i];
		}
	}
	return NULL;
}

static struct fetch_feed *add_feed(struct fetch_config *config, const struct config_line *line,
                                   char error[CONFIG_ERROR_MAX])
{
	if (!is_name(line->section)) {
		(void)wrong(error,
		            "[%.60s]: a name has letters, digits, '-', '_' and '.', at most %d, "
		            "and does not begin with '.'",
		            line->section, FETCH_NAME_MAX);
		return NULL;
	}
	struct fetch_feed *feed = config->count < FETCH_FEEDS_MAX ? calloc(1, sizeof(*feed)) : NULL;
	if (feed == NULL) {
		(void)wrong(error, "[%s]: more than %d feeds", line->section, FETCH_FEEDS_MAX);
		return NULL;
	}
	config->feeds[config->count++] = feed;
	(void)snprintf(feed->name, sizeof(feed->name), "%s", line->section);
	feed->line = line->number;
	return feed_settings_init(&feed->options, error) ? feed : NULL;
}

static bool set_folder(struct fetch_config *config, const struct config_line *line,
                       char error[CONFIG_ERROR_MAX])
{
	char *folder = strcmp(line->name, "rules") == 0   ? config->rules
	               : strcmp(line->name, "state") == 0 ? config->state
	                                                  : NULL;
	if (folder == NULL) {
		return wrong(error,
		             "'%.100s' is not a setting: expected rules, state or the [NAME] of a "
		             "feed",
		             line->name);
	}
	if (line->value[0] != '/' || strlen(line->value) >= sizeof(config->rules) - 64) {
		return wrong(error, "'%.100s': expected a path that begins with /", line->value);
	}
	(void)snprintf(folder, sizeof(config->rules), "%s", line->value);
	return true;
}

static bool set_of_feed(struct fetch_feed *feed, const struct config_line *line,
                        char error[CONFIG_ERROR_MAX])
{
	int number = feed_setting_find(line->name);
	if (number < 0) {
		char nearest[NEAREST_TEXT_MAX];
		feed_setting_nearest(line->name, nearest);
		return wrong(error, "'%.100s' is not a setting of a feed%s", line->name, nearest);
	}
	int *given = &feed->lines[number];
	if (*given != 0) {
		return wrong(error, "[%s] has '%s' already in line %d", feed->name, line->name,
		             *given);
	}
	*given = line->number;
	feed->is_as_given |= strcmp(line->name, "as") == 0;
	const struct options_row *row = feed_setting_at((size_t)number);
	return row->set(&feed->options, row, line->value, error);
}

static bool set(void *ctx, const struct config_line *line, char error[CONFIG_ERROR_MAX])
{
	struct fetch_config *config = ctx;
	if (line->section[0] == '\0') {
		return set_folder(config, line, error);
	}
	struct fetch_feed *feed = find_feed(config, line->section);
	feed = feed != NULL ? feed : add_feed(config, line, error);
	return feed != NULL && set_of_feed(feed, line, error);
}

/* Whether the settings of a feed are complete, and fit each other. */
static bool is_complete(struct fetch_feed *feed, char error[CONFIG_ERROR_MAX])
{
	struct options_feed *source = &feed->options.source_feed;
	if (source->url == NULL) {
		return wrong(error, "[%s] has no url", feed->name);
	}
	if (!url_check(source->url, source->plain, error)) {
		return false;
	}
	if (source->token_file == NULL && (source->user != NULL || source->header != NULL ||
	                                   strstr(source->url, FEED_TOKEN) != NULL)) {
		return wrong(error, "[%s] needs token-file", feed->name);
	}
	if (source->header != NULL && !url_is_header(source->header)) {
		return wrong(error, "[%s]: '%.60s' is not the name of a header field", feed->name,
		             source->header);
	}
	if (source->max_size > FEED_SIZE_MAX) {
		source->max_size = FEED_SIZE_MAX;
	}
	url_show(source->url, feed->shown);
	return true;
}

static bool check_feeds(struct fetch_config *config)
{
	char error[CONFIG_ERROR_MAX];
	int url = feed_setting_find("url");
	bool good = true;
	for (size_t i = 0; i < config->count; i++) {
		struct fetch_feed *feed = config->feeds[i];
		int line = feed->lines[url];
		bool refused = line != 0 && feed->options.source_feed.url == NULL;
		if (!refused && !is_complete(feed, error)) {
			log_error("%s:%d: %s", config->path, line != 0 ? line : feed->line, error);
			good = false;
		}
	}
	return good;
}

bool fetch_config_read(struct fetch_config *config, const char *path)
{
	char error[CONFIG_ERROR_MAX];
	*config = (struct fetch_config){ .path = path, .rules = FETCH_RULES, .state = FETCH_STATE };
	bool good = config_file_read(path, set, config, error);
	if (!good) {
		log_error("%s", error);
	}
	return check_feeds(config) && good;
}

void fetch_config_free(struct fetch_config *config)
{
	for (size_t i = 0; i < config->count; i++) {
		options_free(&config->feeds[i]->options);
		free(config->feeds[i]);
	}
	config->count = 0;
}
