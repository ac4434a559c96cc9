/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/lookalike/deletion_keys.h"

#include <stdbool.h>

/*! \brief The source of a key. The same text has different keys as a label and as a skeleton. */
enum source { SOURCE_SUFFIX, SOURCE_LABEL, SOURCE_SKELETON, SOURCE_SKELETON_ANYWHERE, SOURCE_TEXT };

/*
 * Texts are hashed as polynomials of their characters. The hash of a text without one of its
 * characters is therefore computed from the hashes of the parts before and after that character,
 * with two products.
 */
static uint64_t base_of(uint64_t seed)
{
	return seed | 1;
}

static uint32_t finish(uint64_t hash, enum source source, uint64_t suffix)
{
	/* The last step of MurmurHash3, in which each bit of the input changes half of the bits. */
	hash += suffix + source * UINT64_C(0x9e3779b97f4a7c15);
	hash = (hash ^ hash >> 33) * UINT64_C(0xff51afd7ed558ccd);
	hash = (hash ^ hash >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return (uint32_t)(hash >> 32);
}

/*!
 * \brief Writes the characters of a label, with PROTECTED_DIGIT in place of each run of digits.
 *        Returns their number.
 */
static size_t read_signs(const struct shape *label, uint32_t signs[SHAPE_MAX])
{
	size_t count = 0;
	for (size_t i = 0; i < label->count; i++) {
		uint32_t c = shape_is_digit(label->at[i]) ? PROTECTED_DIGIT : label->at[i];
		if (c != PROTECTED_DIGIT || count == 0 || signs[count - 1] != PROTECTED_DIGIT) {
			signs[count++] = c;
		}
	}
	return count;
}

uint32_t deletion_key_of_suffix(uint64_t suffix)
{
	return finish(0, SOURCE_SUFFIX, suffix);
}

static uint64_t hash_label(uint64_t seed, const struct shape *label)
{
	uint32_t signs[SHAPE_MAX];
	uint64_t hash = 0;
	size_t count = read_signs(label, signs);
	for (size_t i = 0; i < count; i++) {
		hash = hash * base_of(seed) + signs[i];
	}
	return hash;
}

uint32_t deletion_key_of_label(uint64_t seed, const struct shape *label, uint64_t suffix)
{
	return finish(hash_label(seed, label), SOURCE_LABEL, suffix);
}

void deletion_keys_of_skeleton(uint64_t seed, const struct shape *skeleton, uint64_t suffix,
                               uint32_t keys[2])
{
	uint64_t hash = hash_label(seed, skeleton);
	keys[0] = finish(hash, SOURCE_SKELETON, suffix);
	keys[1] = finish(hash, SOURCE_SKELETON_ANYWHERE, 0);
}

size_t deletion_keys_of_letters(uint64_t seed, const struct shape *label, uint64_t suffix,
                                uint32_t keys[SHAPE_MAX + 1])
{
	uint32_t signs[SHAPE_MAX];
	uint64_t before[SHAPE_MAX + 1];
	size_t count = read_signs(label, signs);
	before[0] = 0;
	for (size_t i = 0; i < count; i++) {
		before[i + 1] = before[i] * base_of(seed) + signs[i];
	}
	keys[0] = finish(before[count], SOURCE_LABEL, suffix);
	uint64_t power = 1;
	uint64_t after = 0; /* the hash of the signs after the omitted one */
	uint64_t last_power = 1;
	uint64_t last_after = 0;
	for (size_t i = count; i-- > 0;) {
		/* Two runs of digits become one when the only sign between them is omitted. */
		bool merges = i > 0 && i + 1 < count && signs[i - 1] == PROTECTED_DIGIT &&
		              signs[i + 1] == PROTECTED_DIGIT;
		uint64_t hash =
		        merges ? before[i] * last_power + last_after : before[i] * power + after;
		keys[1 + i] = finish(hash, SOURCE_LABEL, suffix);
		last_power = power;
		last_after = after;
		after += signs[i] * power;
		power *= base_of(seed);
	}
	return count + 1;
}

void deletion_key_put_front(uint64_t seed, struct text_hash *text, const uint8_t *octets,
                            size_t size, uint64_t *hashes)
{
	const uint64_t base = base_of(seed);
	for (size_t i = size; i-- > 0;) {
		bool digit = shape_is_digit(octets[i]);
		if (!digit || !text->in_number) {
			text->hash = text->hash * base + (digit ? PROTECTED_DIGIT : octets[i]);
		}
		text->in_number = digit;
		hashes[i] = text->hash;
	}
}

void deletion_key_hash_ends(uint64_t seed, const uint8_t *text, size_t size,
                            uint64_t hashes[DNS_NAME_MAX])
{
	struct text_hash end = { 0 };
	hashes[size] = 0;
	deletion_key_put_front(seed, &end, text, size, hashes);
}

uint32_t deletion_key_of_text(uint64_t hash)
{
	return finish(hash, SOURCE_TEXT, 0);
}
