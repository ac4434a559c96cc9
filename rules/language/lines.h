/* SPDX-License-Identifier: GPL-3.0-or-later */
/*! \brief Reads a text file line by line, in bounded memory. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/*! \brief The largest number of octets in a line, without the line terminator. */
#define LINES_MAX 65536

/*! \brief The result of lines_next(). */
enum lines_state {
	LINES_END,   /*!< The file has no further line. */
	LINES_LINE,  /*!< A line was read. */
	LINES_LONG,  /*!< A line of more than LINES_MAX octets was skipped. */
	LINES_FAILED /*!< The file cannot be read; `errno` is set. */
};

/*!
 * \brief A reader. Before the first call all fields except `in` must be zero. The caller owns the
 *        file.
 */
struct lines {
	FILE *in;
	size_t number;     /*!< Number of the line that was read last, from 1. */
	size_t start, end; /*!< The range of the octets in `buffer` that were not returned yet. */
	bool ended;        /*!< The end of the file was read. */
	char buffer[4 * LINES_MAX];
};

/*!
 * \brief Reads the next line.
 *
 * A byte order mark at the beginning of the file and a CR before LF are removed.
 *
 * \param line  The line, without its line terminator and without a final NUL. It is valid until the
 *              next call.
 */
enum lines_state lines_next(struct lines *lines, const char **line, size_t *size);
