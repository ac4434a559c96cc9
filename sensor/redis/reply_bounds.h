/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Bounds of what a server may send as a reply (RESP 2 and 3). For redis.c alone.
 *
 * hiredis allocates what a reply announces, so that a few octets of a hostile server could ask
 * for any amount of memory, and it waits without a bound for the end of a line. The octets are
 * checked before hiredis sees them. Faults in the syntax are left to hiredis.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPLY_BULK_MAX     ((size_t)8 << 20)  /*!< Octets of a bulk string. */
#define REPLY_LINE_MAX     ((size_t)64 << 10) /*!< Octets of a line, without CRLF. */
#define REPLY_ELEMENTS_MAX 262144             /*!< Elements of all arrays of a reply. */
#define REPLY_DEPTH_MAX    7                  /*!< Arrays in arrays, as hiredis. */

/*! \brief The state of the reply that arrives; all zero: at the start of one. */
struct reply_bounds {
	size_t bulk_left; /*!< Octets to come of a bulk string and its CRLF. */
	size_t line;      /*!< Octets of the current line. */
	char type;        /*!< Of the current line. */
	bool carriage;    /*!< The previous octet of the line was CR. */
	uint64_t number;  /*!< Of the current line. */
	size_t elements;  /*!< Announced in this reply. */
	size_t depth;
	uint64_t left[REPLY_DEPTH_MAX]; /*!< Elements to come at each depth. */
};

/*!
 * \brief Takes the next octets from the server, in which several replies may be.
 *
 * \return NULL, or the bound that they exceed.
 */
const char *reply_bounds_check(struct reply_bounds *bounds, const char *octets, size_t size);
