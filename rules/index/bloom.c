/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/index/bloom.h"

#include <stdlib.h>
#include <string.h>

/*! \brief With eight bits a key, one in thirty that were never added passes. */
#define KEYS_PER_LINE 64

int sieve_init(struct sieve *sieve, size_t keys)
{
	size_t count = 1;
	while (count * KEYS_PER_LINE < keys) {
		count *= 2;
	}
	sieve->lines = aligned_alloc(sizeof(*sieve->lines), count * sizeof(*sieve->lines));
	if (sieve->lines == NULL) {
		return -1;
	}
	memset(sieve->lines, 0, count * sizeof(*sieve->lines));
	sieve->mask = (uint32_t)(count - 1);
	return 0;
}

void sieve_free(struct sieve *sieve)
{
	free(sieve->lines);
	*sieve = (struct sieve){ 0 };
}

bool sieve_answer(struct sieve_questions *questions)
{
	for (size_t i = 0; i < questions->count && !questions->passed; i++) {
		questions->passed =
		        sieve_line_passes(questions->asked[i].line, questions->asked[i].key);
	}
	questions->count = 0;
	return questions->passed;
}

void sieve_add(struct sieve *sieve, uint64_t home, uint64_t key)
{
	uint64_t *line = sieve_line(sieve, home);
	for (int i = 0; i < 3; i++, key >>= 9) {
		line[key >> 6 & 7] |= UINT64_C(1) << (key & 63);
	}
}
