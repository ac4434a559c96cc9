/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The settings of a feed in feeds.conf: those of its own, then the options of `rules
 * import`.
 *
 * They are set in the `struct options` of the feed, by rows like those of the command line.
 */
#pragma once

#include "sensor/options/options_table.h"

/*! \brief The most settings that a feed can have. */
#define FEED_SETTINGS_MAX 32

/*! \brief The place of the token in the URL of a feed. */
#define FEED_TOKEN "{token}"

/*! \brief Returns the i-th setting of a feed; NULL after the last. */
const struct options_row *feed_setting_at(size_t i);

/*! \brief Finds a setting by its name. \return Its number for feed_setting_at(); -1: there is none.
 */
int feed_setting_find(const char *name);

/*! \brief Writes which setting an unknown name was probably meant to be; see nearest_text(). */
void feed_setting_nearest(const char *name, char text[NEAREST_TEXT_MAX]);

/*! \brief Sets the defaults of a feed. \return False when out of memory. */
bool feed_settings_init(struct options *options, char error[OPTIONS_ERROR_MAX]);
