/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/lookalike/outline.h"

#include <string.h>

#include "rules/lookalike/protected.h"

#define SIGN_BITS 21
#define NUMBER    '0'
#define NONE      '-'

/* The signs of characters that do not have themselves as their sign. The cases are those of
 * shape_skeleton(): `rn` is `m`, so that `r`, `n` and `m` may replace each other, and `vv` is
 * `w`. */
static const uint8_t SIGNS[128] = {
	['0'] = NUMBER, ['1'] = NUMBER, ['2'] = NUMBER, ['3'] = NUMBER, ['4'] = NUMBER,
	['5'] = NUMBER, ['6'] = NUMBER, ['7'] = NUMBER, ['8'] = NUMBER, ['9'] = NUMBER,
	['o'] = NUMBER, ['i'] = NUMBER, ['l'] = NUMBER, ['r'] = 'n',    ['n'] = 'n',
	['m'] = 'n',    ['v'] = 'v',    ['w'] = 'v',    ['-'] = NONE,
};

static inline uint32_t sign_of(uint32_t c)
{
	if (c >= 0x80) {
		c = c == PROTECTED_DIGIT ? NUMBER : shape_to_ascii(c);
	}
	return c < 0x80 && SIGNS[c] != 0 ? SIGNS[c] : c;
}

/* The signs that were read from one end of a label. */
struct end {
	uint64_t signs;
	uint32_t last;
	unsigned count;
};

static inline void take(struct end *end, uint32_t c)
{
	uint32_t sign = sign_of(c);
	if (sign == NONE || sign == end->last) {
		return;
	}
	end->last = sign;
	if (end->count < OUTLINE_SIGNS) {
		end->signs = end->signs << SIGN_BITS | sign;
	}
	end->count++;
}

static uint64_t signs_of(const struct end *end)
{
	return end->count < OUTLINE_SIGNS ? end->signs << (OUTLINE_SIGNS - end->count) * SIGN_BITS
	                                  : end->signs;
}

size_t outline_read_shape(struct outline *outline, const struct shape *shape)
{
	struct end front = { .last = NONE }, back = { .last = NONE };
	for (size_t i = 0; i < shape->count; i++) {
		take(&front, shape->at[i]);
		take(&back, shape->at[shape->count - 1 - i]);
	}
	*outline = (struct outline){ signs_of(&front), signs_of(&back) };
	return front.count;
}

void outline_read(struct outline *outline, const uint8_t *label, size_t size)
{
	if (size > 4 && label[0] == 'x' && memcmp(label, "xn--", 4) == 0) {
		struct shape shape;
		shape_read(&shape, label, size);
		(void)outline_read_shape(outline, &shape);
		return;
	}
	struct end front = { .last = NONE }, back = { .last = NONE };
	for (size_t i = 0; i < size && front.count < OUTLINE_SIGNS; i++) {
		take(&front, label[i]);
	}
	for (size_t i = size; i > 0 && back.count < OUTLINE_SIGNS; i--) {
		take(&back, label[i - 1]);
	}
	*outline = (struct outline){ signs_of(&front), signs_of(&back) };
}

/* Two products spread each bit over all bits of the key. */
static uint32_t key_of(uint64_t seed, uint64_t a, uint64_t b)
{
	uint64_t hash = (a ^ seed) * UINT64_C(0xff51afd7ed558ccd) + b;
	hash = (hash ^ hash >> 32) * UINT64_C(0xc4ceb9fe1a85ec53);
	return (uint32_t)(hash >> 32);
}

uint32_t outline_key_whole(uint64_t seed, const struct outline *outline)
{
	return key_of(seed, outline->front, outline->back);
}

uint32_t outline_key_end(uint64_t seed, const struct outline *outline, bool back, unsigned count,
                         uint64_t suffix)
{
	uint64_t signs = back ? outline->back : outline->front;
	uint64_t kept = count > 0 ? signs >> (OUTLINE_SIGNS - count) * SIGN_BITS : 0;
	return key_of(seed, kept * 8 + count * 2 + back, suffix);
}
