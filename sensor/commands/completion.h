/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Shell completion: prints the candidates for the last word of a command line.
 *
 * Each line is a candidate. A line that begins with a colon names a class of candidates that the
 * shell itself finds: `:files`, `:folders`, `:interfaces` or `:users`.
 */
#pragma once

#include <stddef.h>

/*!
 * \brief Prints the candidates.
 *
 * \param words  The words after `nsmx`. The last word is the one to complete; it may be empty. An
 *               equals sign may be a separate word, as in bash.
 */
void completion_print(char *const *words, size_t count);
