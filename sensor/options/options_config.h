/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Reads nsmx.conf(5). Each line is `name = value` and sets an option of `run`. */
#pragma once

#include "sensor/options/options.h"

/*!
 * \brief Reads the file. \return False if a line is invalid; `error` then contains file, line and
 *         reason. If several are, that is the last one, and the others were logged; at most 20.
 */
bool options_read_config(struct options *options, const char *path, char error[OPTIONS_ERROR_MAX]);
