/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The settings of a feed in feeds.conf: first the settings of a feed itself, then the
 *        options of `rules import` except `--feed`.
 *
 * Each feed has a `struct options`. The settings are read into it by rows like those of the command
 * line.
 */
#pragma once

#include "sensor/options/options_table.h"

/*! \brief The largest number of settings that a feed can have. */
#define FEED_SETTINGS_MAX 32

/*! \brief The text in the URL of a feed that the token replaces. */
#define FEED_TOKEN "{token}"

/*! \brief Returns the i-th setting of a feed; NULL after the last. */
const struct options_row *feed_setting_at(size_t i);

/*! \brief Finds a setting by its name. \return Its number for feed_setting_at(); -1: there is none.
 */
int feed_setting_find(const char *name);

/*! \brief Writes the name of the setting that is most similar to an unknown name; see
 *         nearest_text(). */
void feed_setting_nearest(const char *name, char text[NEAREST_TEXT_MAX]);

/*! \brief Sets the defaults of a feed. \return False when out of memory. */
bool feed_settings_init(struct options *options, char error[OPTIONS_ERROR_MAX]);
