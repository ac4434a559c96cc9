/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads nsmx.conf(5), which has options of `run`, each on a line `name = value`.
 */
#pragma once

#include "sensor/options/options.h"

/*! \brief Reads the file up to the first bad line. \return False if there is one; `error` then
 *         contains file, line and reason. */
bool options_read_config(struct options *options, const char *path, char error[OPTIONS_ERROR_MAX]);
