/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Shell completion: prints the candidates for the last word of a command line.
 *
 * One candidate a line. A line that begins with a colon names a class that the shell lists
 * itself: `:files`, `:folders`, `:interfaces` or `:users`.
 */
#pragma once

#include <stddef.h>

/*!
 * \param words  The words after `nsmx` up to the one to complete, which may be empty. An
 *               equals sign may be a word of its own, as in bash.
 */
void completion_print(char *const *words, size_t count);
