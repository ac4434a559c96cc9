/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Checks that the replies of a server (RESP 2 and 3) are within bounds. Private to redis.c.
 *
 * hiredis allocates the size that a reply states, so a hostile server could make it allocate any
 * amount of memory with a few octets. hiredis also reads lines of any length. The octets are
 * therefore checked before hiredis gets them. Errors of syntax are left to hiredis.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPLY_BULK_MAX ((size_t)8 << 20)  /*!< The largest bulk string, in octets. */
#define REPLY_LINE_MAX ((size_t)64 << 10) /*!< The longest line, in octets without CRLF. */
/*! \brief The largest number of elements in all arrays of a reply. */
#define REPLY_ELEMENTS_MAX 262144
/*! \brief The largest depth of nested arrays, as in hiredis. */
#define REPLY_DEPTH_MAX 7

/*! \brief The state of the reply that is being read. At its start all fields are zero. */
struct reply_bounds {
	size_t bulk_left; /*!< Octets of a bulk string and its CRLF that have not come yet. */
	size_t line;      /*!< Octets of the current line. */
	char type;        /*!< Type of the current line, its first octet. */
	bool carriage;    /*!< The previous octet of the line was CR. */
	uint64_t number;  /*!< Number in the current line. */
	size_t elements;  /*!< Sum of the elements that arrays of this reply have stated. */
	size_t depth;     /*!< Number of arrays that are open. */
	/*! For each depth, the number of elements that have not come yet. */
	uint64_t left[REPLY_DEPTH_MAX];
};

/*!
 * \brief Checks the next octets from the server, which may contain several replies.
 *
 * \return NULL, or a static text that names the bound that was exceeded.
 */
const char *reply_bounds_check(struct reply_bounds *bounds, const char *octets, size_t size);
