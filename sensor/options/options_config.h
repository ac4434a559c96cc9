/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Reads nsmx.conf(5). Each line is `name = value` and sets an option of `run`. */
#pragma once

#include "sensor/options/options.h"

/*!
 * \brief Reads the file. \return As for config_file_read().
 */
bool options_read_config(struct options *options, const char *path, char error[OPTIONS_ERROR_MAX]);
