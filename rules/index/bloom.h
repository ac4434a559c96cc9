/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief A Bloom filter that is queried before an index.
 *
 * Nearly all look-ups are for keys that no rule has. An index of millions of keys does not fit in
 * the processor's cache, so each look-up would wait for memory. The filter takes one or two octets
 * for a key and rejects most absent keys. Keys that are looked up together, such as a name and the
 * names above it, are kept in the same cache line. They have a second hash in common, called their
 * home, which selects that line.
 *
 * Ownership: the filter owns its lines. Reading needs no lock.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*! \brief The number of bits of a line of the filter. A line is one cache line. */
#define BLOOM_LINE_BITS 512
/*! \brief The largest number of keys that are looked up together. */
#define BLOOM_QUESTIONS_MAX 32

/*! \brief A filter. One that is all zeros has no lines and passes every key. */
struct bloom {
	uint64_t (*lines)[BLOOM_LINE_BITS / 64];
	uint32_t mask; /*!< The number of lines, which is a power of two, minus one. */
};

/*! \brief Makes an empty filter with room for `keys` keys. Returns -1 when out of memory. */
int bloom_init(struct bloom *bloom, size_t keys);

void bloom_free(struct bloom *bloom);

/*! \brief Adds a key to the line that `home` selects. The key and the home are hashes. */
void bloom_add(struct bloom *bloom, uint64_t home, uint64_t key);

/*!
 * \brief Returns the line that a home selects. The line depends only on the upper 32 bits of the
 *        home. The bits in the line depend only on the lower 32 bits of the key. The two are
 *        therefore independent even if a key is its own home.
 */
static inline uint64_t *bloom_line(const struct bloom *bloom, uint64_t home)
{
	return bloom->lines[home >> 32 & bloom->mask];
}

/*! \brief Returns false if the key was never added to this line. */
static inline bool bloom_line_passes(const uint64_t *line, uint64_t key)
{
	return (line[key >> 6 & 7] >> (key & 63) & line[key >> 15 & 7] >> (key >> 9 & 63) &
	        line[key >> 24 & 7] >> (key >> 18 & 63) & 1) != 0;
}

/*! \brief Returns false if the key was never added. True means that it may have been added. */
static inline bool bloom_passes(const struct bloom *bloom, uint64_t home, uint64_t key)
{
	return bloom->lines == NULL || bloom_line_passes(bloom_line(bloom, home), key);
}

/*!
 * \brief A batch of look-ups in Bloom filters. The cache lines for all of them are fetched at the
 *        same time.
 *
 * If the lines were fetched one after the other, each fetch would take as long as all other work on
 * a small packet.
 */
struct bloom_questions {
	bool passed; /*!< At least one of the keys is already known to pass. */
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

/*!
 * \brief Removes all questions. Returns true if at least one of the keys that were added since
 *        bloom_questions_begin() passes its filter.
 */
bool bloom_answer(struct bloom_questions *questions);

/*! \brief Adds a key to the questions, and starts to fetch its cache line. */
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
