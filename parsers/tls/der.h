/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A reader of DER (X.690, 10): one element after the other, nothing kept.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

/*! \brief Tags that certificates use; the octet as it stands on the wire. */
enum der_tag {
	DER_OCTET_STRING = 0x04,
	DER_OID = 0x06,
	DER_UTF8_STRING = 0x0c,
	DER_PRINTABLE_STRING = 0x13,
	DER_T61_STRING = 0x14,
	DER_IA5_STRING = 0x16,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_CONTEXT = 0x80,          /*!< [0], of a simple type. */
	DER_CONTEXT_COMPOUND = 0xa0, /*!< [0], of elements. */
};

struct der {
	uint8_t tag;         /*!< enum der_tag, or another. */
	bool cut;            /*!< It goes on beyond the end of the input. */
	struct cursor value; /*!< Its content, as far as it is there. */
};

/*!
 * \brief Reads the next element, and moves behind it.
 *
 * An element that goes beyond the end is read up to there.
 *
 * \return False at the end, or where nothing sound stands.
 */
bool der_next(struct cursor *in, struct der *element);

/*! \brief Reads the next element, which must have this tag; its content in `value`. */
bool der_enter(struct cursor *in, uint8_t tag, struct cursor *value);

/*! \brief Says whether a content is made of these octets. */
bool der_is(const struct cursor *value, const void *octets, size_t size);
