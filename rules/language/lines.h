/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Reads a text file by lines, in bounded memory. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*! \brief Octets of the longest line that is read, without its end. */
#define LINES_MAX 65536

enum lines_state {
	LINES_END,   /*!< No more lines. */
	LINES_LINE,  /*!< A line. */
	LINES_LONG,  /*!< A line above LINES_MAX was passed over. */
	LINES_FAILED /*!< The file cannot be read; see errno. */
};

/*! \brief All zeros but `in` is a reader at the beginning. The file stays the caller's. */
struct lines {
	FILE *in;
	size_t number; /*!< Of the last line, from 1. */
	size_t start, end;
	bool ended;
	char buffer[4 * LINES_MAX];
};

/*!
 * \brief Reads the next line.
 *
 * A byte order mark at the file's beginning and CR before LF are left out.
 *
 * \param line  The line without its end, not terminated; lives until the next call.
 */
enum lines_state lines_next(struct lines *lines, const char **line, size_t *size);
