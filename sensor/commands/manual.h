/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Prints the parts of the man pages that are made from the tables of commands and options.
 */
#pragma once

#include <stdbool.h>

/*!
 * \brief Prints a part of a man page in roff. nsmx(1) has the parts `synopsis`, `commands`,
 *        `options` and `other-options`; nsmx.conf(5) has the part `settings`.
 *
 * \return False if there is no such part. The error was logged.
 */
bool manual_print(const char *part);
