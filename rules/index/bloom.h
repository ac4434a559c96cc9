/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Says of most keys that are not in an index that they are not (a Bloom filter).
 *
 * Nearly all look-ups are for keys that no rule has. An index of millions of keys does
 * not fit in the processor's cache, so that each would wait for memory. A Bloom filter has one
 * or two octets a key, and puts keys that are looked up together, such as a name and
 * what stands above it, in one cache line: their common home.
 *
 * Ownership: owns its lines. Reading needs no lock.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BLOOM_LINE_BITS     512
#define BLOOM_QUESTIONS_MAX 32

/*! \brief All zeros lets everything through. */
struct bloom {
	uint64_t (*lines)[BLOOM_LINE_BITS / 64];
	uint32_t mask; /*!< Lines, a power of two, less one. */
};

/*! \brief Makes a Bloom filter that holds back all keys but those added next; -1: out of memory. */
int bloom_init(struct bloom *bloom, size_t keys);

void bloom_free(struct bloom *bloom);

/*! \brief Both are hashes: of what the key's neighbours share, and of the key. */
void bloom_add(struct bloom *bloom, uint64_t home, uint64_t key);

/*! \brief The line: by other bits than a key is told by, for many a key is its own home. */
static inline uint64_t *bloom_line(const struct bloom *bloom, uint64_t home)
{
	return bloom->lines[home >> 32 & bloom->mask];
}

/*! \brief False: the line has no such key. */
static inline bool bloom_line_passes(const uint64_t *line, uint64_t key)
{
	return (line[key >> 6 & 7] >> (key & 63) & line[key >> 15 & 7] >> (key >> 9 & 63) &
	        line[key >> 24 & 7] >> (key >> 18 & 63) & 1) != 0;
}

/*! \brief False: the key was never added. True says little. */
static inline bool bloom_passes(const struct bloom *bloom, uint64_t home, uint64_t key)
{
	return bloom->lines == NULL || bloom_line_passes(bloom_line(bloom, home), key);
}

/*!
 * \brief Questions to Bloom filters, whose lines are waited for together.
 *
 * One after the other each would cost as much as the rest of a small packet.
 */
struct bloom_questions {
	bool passed; /*!< One of them passes for sure. */
	size_t count;
	struct {
		const uint64_t *line;
		uint64_t key;
	} asked[BLOOM_QUESTIONS_MAX];
};

static inline void bloom_questions_begin(struct bloom_questions *questions)
{
	questions->passed = false;
	questions->count = 0;
}

/*! \brief True if one passes; then all are answered. */
bool bloom_answer(struct bloom_questions *questions);

/*! \brief Asks whether a key passes; to be answered later. */
static inline void bloom_ask(struct bloom_questions *questions, const struct bloom *bloom,
                             uint64_t home, uint64_t key)
{
	if (bloom->lines == NULL) {
		questions->passed = true;
		return;
	}
	if (questions->count == BLOOM_QUESTIONS_MAX) {
		(void)bloom_answer(questions);
	}
	const uint64_t *line = bloom_line(bloom, home);
	__builtin_prefetch(line);
	questions->asked[questions->count].line = line;
	questions->asked[questions->count].key = key;
	questions->count++;
}
