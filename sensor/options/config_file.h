/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads files of settings: a `name = value` on each line, and lines `[section]`.
 *
 * A `#` or `;` at the start of a line, or after a blank, starts a comment. A value has at most
 * CONFIG_VALUE_MAX characters. Memory that had values is overwritten, because they may be
 * passwords.
 */
#pragma once

#include <stdbool.h>

#define CONFIG_VALUE_MAX 32768
#define CONFIG_ERROR_MAX 512

/*! \brief A setting of a file. The texts live until the call of `config_set_t` returns. */
struct config_line {
	const char *section; /*!< The name of the section; "": the line is before the first one. */
	const char *name;
	const char *value;
	int number; /*!< The number of the line, from 1. */
};

/*!
 * \brief Receives each setting once.
 *
 * \return False if the setting is invalid; `error` then contains the reason.
 */
typedef bool (*config_set_t)(void *ctx, const struct config_line *line,
                             char error[CONFIG_ERROR_MAX]);

/*!
 * \brief Reads a file to its end, even if lines are invalid.
 *
 * \return False if the file cannot be read, or if a line is invalid; `error` then contains file,
 *         line and reason. If several lines are invalid, `error` is about the last one, and the
 *         others were logged. After 20 invalid lines, the rest is not read.
 */
bool config_file_read(const char *path, config_set_t set, void *ctx, char error[CONFIG_ERROR_MAX]);
