/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Reads nsmx.conf(5). Each line is `name = value` and sets an option of `run`. */
#pragma once

#include "sensor/options/options.h"

/*!
 * \brief Reads the file up to the first invalid line. \return False if there is one; `error` then
 *         contains file, line and reason.
 */
bool options_read_config(struct options *options, const char *path, char error[OPTIONS_ERROR_MAX]);
