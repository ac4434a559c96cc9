/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A Bloom filter in front of an index.
 *
 * Nearly all look-ups are for keys that no rule has. An index of millions of keys does
 * not fit in the processor's cache, so each look-up would wait for memory. The filter
 * takes one or two octets for a key and rejects most absent keys. Keys that are looked
 * up together, such as a name and the names above it, share a cache line, their home.
 *
 * Ownership: owns its lines. Reading needs no lock.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BLOOM_LINE_BITS     512
#define BLOOM_QUESTIONS_MAX 32

/*! \brief All zeros is a filter that passes every key. */
struct bloom {
	uint64_t (*lines)[BLOOM_LINE_BITS / 64];
	uint32_t mask; /*!< Number of lines, a power of two, less one. */
};

/*! \brief Makes an empty filter for so many keys; -1: out of memory. */
int bloom_init(struct bloom *bloom, size_t keys);

void bloom_free(struct bloom *bloom);

/*! \brief Adds a key. Both arguments are hashes: of the home, and of the key. */
void bloom_add(struct bloom *bloom, uint64_t home, uint64_t key);

/*! \brief The line of a home. Many keys are their own home, so the bits are not those that the key
 * uses. */
static inline uint64_t *bloom_line(const struct bloom *bloom, uint64_t home)
{
	return bloom->lines[home >> 32 & bloom->mask];
}

/*! \brief False: the key was never added to this line. */
static inline bool bloom_line_passes(const uint64_t *line, uint64_t key)
{
	return (line[key >> 6 & 7] >> (key & 63) & line[key >> 15 & 7] >> (key >> 9 & 63) &
	        line[key >> 24 & 7] >> (key >> 18 & 63) & 1) != 0;
}

/*! \brief False: the key was never added. True: it may have been. */
static inline bool bloom_passes(const struct bloom *bloom, uint64_t home, uint64_t key)
{
	return bloom->lines == NULL || bloom_line_passes(bloom_line(bloom, home), key);
}

/*!
 * \brief Look-ups in Bloom filters whose cache lines are fetched together.
 *
 * Fetched one after the other, each would cost as much as the rest of a small packet.
 */
struct bloom_questions {
	bool passed; /*!< One of them is known to pass. */
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

/*! \brief Whether any question passes; removes all questions. */
bool bloom_answer(struct bloom_questions *questions);

/*! \brief Adds the question whether a key passes, and starts to fetch its line. */
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
