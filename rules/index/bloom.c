/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/index/bloom.h"

#include <stdlib.h>
#include <string.h>

/*!
 * \brief The number of keys for which a line is made. Each key then has eight bits, and one in
 *        thirty absent keys passes.
 */
#define KEYS_PER_LINE 64

int bloom_init(struct bloom *bloom, size_t keys)
{
	size_t count = 1;
	while (count * KEYS_PER_LINE < keys) {
		count *= 2;
	}
	bloom->lines = aligned_alloc(sizeof(*bloom->lines), count * sizeof(*bloom->lines));
	if (bloom->lines == NULL) {
		return -1;
	}
	memset(bloom->lines, 0, count * sizeof(*bloom->lines));
	bloom->mask = (uint32_t)(count - 1);
	return 0;
}

void bloom_free(struct bloom *bloom)
{
	free(bloom->lines);
	*bloom = (struct bloom){ 0 };
}

bool bloom_answer(struct bloom_questions *questions)
{
	for (size_t i = 0; i < questions->count && !questions->passed; i++) {
		questions->passed =
		        bloom_line_passes(questions->asked[i].line, questions->asked[i].key);
	}
	questions->count = 0;
	return questions->passed;
}

void bloom_add(struct bloom *bloom, uint64_t home, uint64_t key)
{
	uint64_t *line = bloom_line(bloom, home);
	for (int i = 0; i < 3; i++, key >>= 9) {
		line[key >> 6 & 7] |= UINT64_C(1) << (key & 63);
	}
}
