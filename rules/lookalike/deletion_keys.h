/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Deletion keys: hashes of what a protected name and an imitation of it have in common.
 *
 * A run of digits counts as one character, regardless of its number. The hashes have a
 * random seed, so an attacker cannot construct names that share a key. Two names may
 * share one by chance, so the caller judges each name that it finds by its key.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "rules/lookalike/protected.h"
#include "rules/lookalike/shape.h"

/*! \brief Hashes the public suffix of a domain for the functions below. */
uint64_t deletion_key_hash_suffix(uint64_t seed, const struct domain *domain);

/*! \brief The key of a suffix alone. */
uint32_t deletion_key_of_suffix(uint64_t suffix);

/*! \brief The key of a label with its suffix. */
uint32_t deletion_key_of_label(uint64_t seed, const struct shape *label, uint64_t suffix);

/*!
 * \brief The keys of a label with its suffix: one of the whole label, then one for each
 *        character left out.
 *
 * \return The number of keys.
 */
size_t deletion_keys_of_letters(uint64_t seed, const struct shape *label, uint64_t suffix,
                                uint32_t keys[SHAPE_MAX + 1]);

/*! \brief The keys of the skeleton of a label: with its suffix, then with any suffix. */
void deletion_keys_of_skeleton(uint64_t seed, const struct shape *skeleton, uint64_t suffix,
                               uint32_t keys[2]);

/*! \brief The key of a name without its dots. */
uint32_t deletion_key_of_text(uint64_t seed, const uint8_t *text, size_t size);
