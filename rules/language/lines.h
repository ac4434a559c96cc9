/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Reads a text file line by line, in bounded memory. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*! \brief Octets of the longest line, without the line terminator. */
#define LINES_MAX 65536

enum lines_state {
	LINES_END,   /*!< No more lines. */
	LINES_LINE,  /*!< A line. */
	LINES_LONG,  /*!< A line of more than LINES_MAX octets was skipped. */
	LINES_FAILED /*!< The file cannot be read; `errno` is set. */
};

/*! \brief All zeros except `in` is a reader at the beginning. The caller owns the file. */
struct lines {
	FILE *in;
	size_t number; /*!< Number of the last line, from 1. */
	size_t start, end;
	bool ended;
	char buffer[4 * LINES_MAX];
};

/*!
 * \brief Reads the next line.
 *
 * A byte order mark at the beginning of the file and a CR before LF are removed.
 *
 * \param line  The line without its line terminator and without a NUL; lives until the next call.
 */
enum lines_state lines_next(struct lines *lines, const char **line, size_t *size);
