/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Says of most keys that are not in an index that they are not (a Bloom filter).
 *
 * Nearly all look-ups are for keys that no rule has. An index of millions of keys does
 * not fit in the processor's cache, so that each would wait for memory. A sieve has one
 * or two octets a key, and puts keys that are looked up together, such as a name and
 * what stands above it, in one cache line: their common home.
 *
 * Ownership: owns its lines. Reading needs no lock.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIEVE_LINE_BITS     512
#define SIEVE_QUESTIONS_MAX 32

/*! \brief All zeros lets everything through. */
struct sieve {
	uint64_t (*lines)[SIEVE_LINE_BITS / 64];
	uint32_t mask; /*!< Lines, a power of two, less one. */
};

/*! \brief Makes a sieve that holds back all keys but those added next; -1: out of memory. */
int sieve_init(struct sieve *sieve, size_t keys);

void sieve_free(struct sieve *sieve);

/*! \brief Both are hashes: of what the key's neighbours share, and of the key. */
void sieve_add(struct sieve *sieve, uint64_t home, uint64_t key);

/*! \brief The line: by other bits than a key is told by, for many a key is its own home. */
static inline uint64_t *sieve_line(const struct sieve *sieve, uint64_t home)
{
	return sieve->lines[home >> 32 & sieve->mask];
}

/*! \brief False: the line has no such key. */
static inline bool sieve_line_passes(const uint64_t *line, uint64_t key)
{
	return (line[key >> 6 & 7] >> (key & 63) & line[key >> 15 & 7] >> (key >> 9 & 63) &
	        line[key >> 24 & 7] >> (key >> 18 & 63) & 1) != 0;
}

/*! \brief False: the key was never added. True says little. */
static inline bool sieve_passes(const struct sieve *sieve, uint64_t home, uint64_t key)
{
	return sieve->lines == NULL || sieve_line_passes(sieve_line(sieve, home), key);
}

/*!
 * \brief Questions to sieves, whose lines are waited for together.
 *
 * One after the other each would cost as much as the rest of a small packet.
 */
struct sieve_questions {
	bool passed; /*!< One of them passes for sure. */
	size_t count;
	struct {
		const uint64_t *line;
		uint64_t key;
	} asked[SIEVE_QUESTIONS_MAX];
};

static inline void sieve_questions_begin(struct sieve_questions *questions)
{
	questions->passed = false;
	questions->count = 0;
}

/*! \brief True if one passes; then all are answered. */
bool sieve_answer(struct sieve_questions *questions);

/*! \brief Asks whether a key passes; to be answered later. */
static inline void sieve_ask(struct sieve_questions *questions, const struct sieve *sieve,
                             uint64_t home, uint64_t key)
{
	if (sieve->lines == NULL) {
		questions->passed = true;
		return;
	}
	if (questions->count == SIEVE_QUESTIONS_MAX) {
		(void)sieve_answer(questions);
	}
	const uint64_t *line = sieve_line(sieve, home);
	__builtin_prefetch(line);
	questions->asked[questions->count].line = line;
	questions->asked[questions->count].key = key;
	questions->count++;
}
