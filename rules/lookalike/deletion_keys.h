/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Deletion keys: hashes of what a protected name and an imitation of it have in common.
 *
 * A run of digits counts as one character, regardless of their number. The hashes have a
 * random seed, so an attacker cannot construct names that share a key. Two names may
 * share one by chance, so the caller judges each name that it finds by its key.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rules/lookalike/protected.h"
#include "rules/lookalike/shape.h"

/*! \brief The hash of a text without dots, to which octets can be put in front. */
struct text_hash {
	uint64_t hash;
	bool in_number; /*!< The text starts with a digit. */
};

/*!
 * \brief Puts octets in front of a text.
 *
 * \param hashes  Out: `size` hashes of the text from each of these octets to its end.
 */
void deletion_key_put_front(uint64_t seed, struct text_hash *text, const uint8_t *octets,
                            size_t size, uint64_t *hashes);

/*!
 * \brief Hashes each end of a text without dots: from each of its octets to the last one.
 *
 * The functions below take the hash of a public suffix without its dots as `suffix`.
 *
 * \param hashes  Out: `size` + 1 hashes, the last one of the empty text.
 */
void deletion_key_hash_ends(uint64_t seed, const uint8_t *text, size_t size,
                            uint64_t hashes[DNS_NAME_MAX]);

/*! \brief The key of a public suffix without a label. */
uint32_t deletion_key_of_suffix(uint64_t suffix);

/*! \brief The key of a label together with its public suffix. */
uint32_t deletion_key_of_label(uint64_t seed, const struct shape *label, uint64_t suffix);

/*!
 * \brief Makes the keys of a label together with its public suffix: first one of the whole
 *        label, then one of the label without its first character, without its second, etc.
 *
 * \return The number of keys.
 */
size_t deletion_keys_of_letters(uint64_t seed, const struct shape *label, uint64_t suffix,
                                uint32_t keys[SHAPE_MAX + 1]);

/*! \brief Makes two keys of a skeleton: [0] with its public suffix, [1] without a suffix. */
void deletion_keys_of_skeleton(uint64_t seed, const struct shape *skeleton, uint64_t suffix,
                               uint32_t keys[2]);

/*! \brief The key of a name without its dots, of which deletion_key_hash_ends() made the hash. */
uint32_t deletion_key_of_text(uint64_t hash);
