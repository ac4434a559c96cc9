/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Prints the parts of the man pages that are made from the tables of commands and options.
 */
#pragma once

#include <stdbool.h>

/*!
 * \brief Prints a part in roff: `synopsis`, `commands` and `options` of nsmx(1), `settings` of
 *        nsmx.conf(5).
 *
 * \return False if there is no such part. The error was logged.
 */
bool manual_print(const char *part);
