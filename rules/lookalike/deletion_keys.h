/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief What may be left of a protected name in an imitation of it, as a number.
 *
 * Of a run of digits one sign is left, whatever the number. Deletion keys are keyed by a random
 * seed, so that nobody knows of names that share one; by chance two may, and whoever
 * finds a name by its deletion key judges it himself.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "rules/lookalike/protected.h"
#include "rules/lookalike/shape.h"

/*! \brief A domain's public suffix, as the functions below want it. */
uint64_t deletion_key_hash_suffix(uint64_t seed, const struct domain *domain);

/*! \brief Of a suffix alone. */
uint32_t deletion_key_of_suffix(uint64_t suffix);

/*! \brief Of a label before its suffix. */
uint32_t deletion_key_of_label(uint64_t seed, const struct shape *label, uint64_t suffix);

/*!
 * \brief Of a label before its suffix: as it is, then without each character in turn.
 *
 * A run of digits is one character here.
 *
 * \return How many.
 */
size_t deletion_keys_of_letters(uint64_t seed, const struct shape *label, uint64_t suffix,
                                uint32_t keys[SHAPE_MAX + 1]);

/*! \brief Of a label's skeleton: before its suffix, then before any. */
void deletion_keys_of_skeleton(uint64_t seed, const struct shape *skeleton, uint64_t suffix,
                               uint32_t keys[2]);

/*! \brief Of a name without its dots. */
uint32_t deletion_key_of_text(uint64_t seed, const uint8_t *text, size_t size);
