/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads nsmx.conf(5): options of `run`, one `name = value` a line.
 */
#pragma once

#include "sensor/options/options.h"

/*! \return False on the first bad line; `error` then holds file, line and reason. */
bool options_read_config(struct options *options, const char *path, char error[OPTIONS_ERROR_MAX]);
