/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Checks that the replies of a server (RESP 2 and 3) are within bounds. Private to redis.c.
 *
 * hiredis allocates the size that a reply states, so that a few octets of a hostile server could
 * make it allocate any amount of memory; and it reads a line of any length. The octets are
 * therefore checked before hiredis gets them. hiredis itself reports errors of syntax.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPLY_BULK_MAX     ((size_t)8 << 20)  /*!< Octets of a bulk string. */
#define REPLY_LINE_MAX     ((size_t)64 << 10) /*!< Octets of a line, without CRLF. */
#define REPLY_ELEMENTS_MAX 262144             /*!< Elements of all arrays of a reply. */
#define REPLY_DEPTH_MAX    7                  /*!< Depth of nested arrays, as in hiredis. */

/*! \brief The state of the reply that is being read. At its start all fields are zero. */
struct reply_bounds {
	size_t bulk_left; /*!< Octets of a bulk string and its CRLF that are still to come. */
	size_t line;      /*!< Octets of the current line. */
	char type;        /*!< Type of the current line, its first octet. */
	bool carriage;    /*!< The previous octet of the line was CR. */
	uint64_t number;  /*!< Number in the current line. */
	size_t elements;  /*!< Sum of the elements that arrays of this reply have stated. */
	size_t depth;     /*!< Number of arrays that are open. */
	uint64_t left[REPLY_DEPTH_MAX]; /*!< By depth: elements that are still to come. */
};

/*!
 * \brief Checks the next octets from the server, which may contain several replies.
 *
 * \return NULL, or a static text with the bound that they exceed.
 */
const char *reply_bounds_check(struct reply_bounds *bounds, const char *octets, size_t size);
