/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/fetch/retire.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "sensor/fetch/fetch_files.h"

#define ENDING ".state"

static bool remove_file(const char *path)
{
	if (unlink(path) != 0 && errno != ENOENT) {
		log_error("%s: %s", path, strerror(errno));
		return false;
	}
	return true;
}

static bool remove_rules(const struct fetch_config *config, const char *name,
                         const struct fetch_state *state)
{
	char path[FETCH_PATH_MAX];
	fetch_files_path(config->rules, name, "rules", path);
	int fd = fetch_files_open(path, state->rules);
	if (fd < 0) {
		if (access(path, F_OK) == 0) {
			log_warn("%s: the file was changed after it was fetched, and stays", path);
		}
		return true;
	}
	(void)close(fd);
	return remove_file(path);
}

bool retire_feed(const struct fetch_config *config, const char *name,
                 const struct fetch_state *state)
{
	char path[FETCH_PATH_MAX];
	bool removed = remove_rules(config, name, state);
	fetch_files_path(config->state, name, "objects", path);
	removed = remove_file(path) && removed;
	fetch_files_path(config->state, name, "state", path);
	return removed && remove_file(path);
}

static bool is_configured(const struct fetch_config *config, const char *name)
{
	for (size_t i = 0; i < config->count; i++) {
		if (strcmp(config->feeds[i]->name, name) == 0) {
			return true;
		}
	}
	return false;
}

/* \return Whether NAME.state is of a feed that has ended; `feed` then has its name. */
static bool is_ended(const struct fetch_config *config, const char *file, struct fetch_feed *feed)
{
	size_t size = strlen(file);
	size_t ending = strlen(ENDING);
	if (file[0] == '.' || size <= ending || size - ending > FETCH_NAME_MAX ||
	    strcmp(file + size - ending, ENDING) != 0) {
		return false;
	}
	(void)snprintf(feed->name, sizeof(feed->name), "%.*s", (int)(size - ending), file);
	return !is_configured(config, feed->name);
}

size_t retire_others(const struct fetch_config *config)
{
	static struct fetch_feed feed;
	size_t count = 0;
	DIR *folder = opendir(config->state);
	const struct dirent *entry;
	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		struct fetch_state state;
		if (!is_ended(config, entry->d_name, &feed)) {
			continue;
		}
		fetch_state_read(config, &feed, &state);
		if (retire_feed(config, feed.name, &state)) {
			log_info("%s: removed: the feed is not in %s any more", feed.name,
			         config->path);
			count++;
		}
	}
	if (folder != NULL) {
		(void)closedir(folder);
	}
	return count;
}
