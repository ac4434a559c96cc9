/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads feeds.conf: a section for each feed, and the folders before the first section.
 *
 *     rules = /var/lib/nsmx-fetch/rules
 *
 *     [vendor]
 *     url = https://feeds.example.com/list.txt
 *     sev = high
 *
 * Ownership: fetch_config_free() frees everything.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sensor/fetch/sources/url.h"
#include "sensor/options/feed_settings.h"

#define FETCH_FEEDS_MAX 256
#define FETCH_NAME_MAX  40

/*! \brief The folders, unless the file gives others. */
#define FETCH_RULES "/var/lib/nsmx-fetch/rules"
#define FETCH_STATE "/var/lib/nsmx-fetch/state"

struct fetch_feed {
	char name[FETCH_NAME_MAX + 1]; /*!< Letters, digits, `-`, `_` and `.`; it is a file name. */
	char shown[URL_SHOWN_MAX];     /*!< The URL without secrets. */
	bool is_as_given;              /*!< The setting `as` was given. */
	/*! For each setting, the number of the line in which it was given; 0: it was not given. */
	int lines[FEED_SETTINGS_MAX];
	int line; /*!< The number of the line of its first setting. */
	struct options options;
};

struct fetch_config {
	const char *path; /*!< Borrowed. */
	char rules[4096]; /*!< The folder of the rules. */
	char state[4096]; /*!< The folder of the states of the feeds (fetch_state.h). */
	struct fetch_feed *feeds[FETCH_FEEDS_MAX];
	size_t count;
};

/*!
 * \brief Reads the file.
 *
 * \return False if the file cannot be read, or has mistakes, which were logged: the first 20 wrong
 *         lines, and of the feeds what is missing or does not fit. Call fetch_config_free() in any
 *         case.
 */
bool fetch_config_read(struct fetch_config *config, const char *path);

void fetch_config_free(struct fetch_config *config);
