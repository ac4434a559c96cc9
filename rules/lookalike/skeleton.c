/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/lookalike/shape.h"

#define HYPHEN '-'

/*!
 * \brief Consecutive characters and the ASCII characters that a reader takes them for.
 *
 * The table is sorted by `first`. A space in `to` means that the character looks like no ASCII
 * character.
 */
static const struct run {
	uint32_t first;
	uint32_t count;
	const char *to;
} RUNS[] = {
#include "rules/lookalike/confusables.inc"
};

#define RUNS_COUNT (sizeof(RUNS) / sizeof(RUNS[0]))

/*! \brief Returns the last run that begins at or before a character; NULL if there is none. */
static const struct run *find_run(uint32_t c)
{
	size_t low = 0;
	size_t high = RUNS_COUNT;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (RUNS[middle].first <= c) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low > 0 ? &RUNS[low - 1] : NULL;
}

uint32_t shape_to_ascii(uint32_t c)
{
	const struct run *run = c >= 0x80 ? find_run(c) : NULL;
	if (run == NULL || c - run->first >= run->count || run->to[c - run->first] == ' ') {
		return c;
	}
	return (uint32_t)run->to[c - run->first];
}

/*! \brief Returns the representative of all characters that look like `c`. */
static uint32_t to_class(uint32_t c)
{
	switch (c) {
	case 'o':
		return '0';
	case 'i':
	case 'l':
		return '1';
	default:
		return c;
	}
}

void shape_skeleton(struct shape *skeleton, const struct shape *shape)
{
	uint32_t last = 0; /* the previous character, hyphens included */
	skeleton->count = 0;
	for (size_t i = 0; i < shape->count; i++) {
		uint32_t c = shape_to_ascii(shape->at[i]);
		if ((last == 'r' && c == 'n') || (last == 'v' && c == 'v')) {
			c = c == 'n' ? 'm' : 'w';
			skeleton->at[skeleton->count - 1] = c;
		} else if (c != HYPHEN) {
			skeleton->at[skeleton->count++] = to_class(c);
		}
		last = c;
	}
}
