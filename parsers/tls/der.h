/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Reads DER (X.690, 10) element by element without copying.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

/*! \brief Tags in certificates. The value is the octet on the wire. */
enum der_tag {
	DER_OCTET_STRING = 0x04,
	DER_OID = 0x06,
	DER_UTF8_STRING = 0x0c,
	DER_PRINTABLE_STRING = 0x13,
	DER_T61_STRING = 0x14,
	DER_IA5_STRING = 0x16,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_CONTEXT = 0x80, /*!< The context-specific tag [0] of a primitive type. */
	/*! The context-specific tag [0] of a constructed type, which contains elements. */
	DER_CONTEXT_COMPOUND = 0xa0,
};

/*! \brief An element. */
struct der {
	uint8_t tag;         /*!< enum der_tag, or another tag. */
	bool cut;            /*!< The element continues beyond the end of the input. */
	struct cursor value; /*!< The content. If `cut` is set, it ends at the end of the input. */
};

/*!
 * \brief Reads the next element, and moves the cursor to its end.
 *
 * An element that continues beyond the end of the input is cut there.
 *
 * \return False at the end of the input, or if the octets are not an element.
 */
bool der_next(struct cursor *in, struct der *element);

/*!
 * \brief Reads the next element and sets `value` to its content. Returns false if the element has
 *        another tag.
 */
bool der_enter(struct cursor *in, uint8_t tag, struct cursor *value);

/*! \brief Returns true if the content of an element equals these octets. */
bool der_is(const struct cursor *value, const void *octets, size_t size);
