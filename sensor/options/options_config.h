/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Reads nsmx.conf(5). Each line is `name = value` and sets an option of `run` or `replay`.
 */
#pragma once

#include "sensor/options/options.h"

/*!
 * \brief Reads the file for a command. A setting that only `run` has is checked; for `replay` it
 * has no effect. \return As for config_file_read().
 */
bool options_read_config(struct options *options, enum command_id command, const char *path,
                         char error[OPTIONS_ERROR_MAX]);
