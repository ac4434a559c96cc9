/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What may be left of a protected name in an imitation of it, as a number.
 *
 * Of a run of digits one sign is left, whatever the number. The numbers are keyed, so
 * that nobody can make names that share one; by chance two may, and whoever finds a
 * name by its trace judges it himself.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "rules/protected.h"
#include "rules/shape.h"

enum trace_kind {
	TRACE_SKELETON,          /*!< The skeleton of the domain's label, before its suffix. */
	TRACE_SKELETON_ANYWHERE, /*!< The same before any suffix. */
	TRACE_LETTERS,           /*!< The label with one character left out, before its suffix. */
	TRACE_DOTLESS,           /*!< The name without its dots. */
	TRACE_SUFFIX,            /*!< The public suffix alone. */
};

/*! \brief Of a label; `without` is the character that is left out, SHAPE_MAX for none. */
uint32_t trace_of_label(uint64_t seed, enum trace_kind kind, const struct shape *label,
                        size_t without, const struct domain *domain);

/*! \brief Of a name without its dots. */
uint32_t trace_of_text(uint64_t seed, const uint8_t *text, size_t size);

/*! \brief Of a domain's public suffix. */
uint32_t trace_of_suffix(uint64_t seed, const struct domain *domain);
