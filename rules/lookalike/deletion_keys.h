/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Deletion keys, which are hashes that a protected name and an imitation of it have in
 *        common.
 *
 * A run of digits counts as one character, regardless of how many digits it has. The hashes have a
 * random seed, so an attacker cannot construct names that share a key. Two names may share a key by
 * chance, so the caller must judge each name that it finds by a key.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/lookalike/protected.h"
#include "rules/lookalike/shape.h"

/*! \brief The hash of a text without dots. Octets can be added at the front of the text. */
struct text_hash {
	uint64_t hash;
	bool in_number; /*!< The text starts with a digit. */
};

/*!
 * \brief Adds octets at the front of a text.
 *
 * \param hashes  Receives `size` hashes. The hash at index i is the hash of the text that begins
 *                with the added octet i.
 */
void deletion_key_put_front(uint64_t seed, struct text_hash *text, const uint8_t *octets,
                            size_t size, uint64_t *hashes);

/*!
 * \brief Hashes each suffix of a text without dots: the octets from each position to the end.
 *
 * In the functions below, `suffix` is the hash of a public suffix without its dots.
 *
 * \param hashes  Receives `size` + 1 hashes, indexed by position. The last one is the hash of the
 *                empty text.
 */
void deletion_key_hash_ends(uint64_t seed, const uint8_t *text, size_t size,
                            uint64_t hashes[DNS_NAME_MAX]);

/*! \brief Returns the key of a public suffix on its own. */
uint32_t deletion_key_of_suffix(uint64_t suffix);

/*! \brief Returns the key of a label together with its public suffix. */
uint32_t deletion_key_of_label(uint64_t seed, const struct shape *label, uint64_t suffix);

/*!
 * \brief Makes the keys of a label together with its public suffix. The first key is made from the
 *        whole label. Each further key is made from the label without one of its characters.
 *
 * \return The number of keys.
 */
size_t deletion_keys_of_letters(uint64_t seed, const struct shape *label, uint64_t suffix,
                                uint32_t keys[SHAPE_MAX + 1]);

/*! \brief Makes two keys of a skeleton: keys[0] includes the public suffix, keys[1] does not. */
void deletion_keys_of_skeleton(uint64_t seed, const struct shape *skeleton, uint64_t suffix,
                               uint32_t keys[2]);

/*!
 * \brief Returns the key of a name without its dots. `hash` is the hash of that text, as
 *        deletion_key_hash_ends() makes it.
 */
uint32_t deletion_key_of_text(uint64_t hash);
