/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/lookalike/shape.h"

#include <string.h>
#include <sys/param.h>

/* RFC 3492 section 5 */
#define BASE         36
#define T_MIN        1
#define T_MAX        26
#define SKEW         38
#define DAMP         700
#define INITIAL_BIAS 72
#define INITIAL_N    128
#define UNICODE_MAX  0x10ffff

static uint32_t adapt(uint32_t delta, uint32_t points, bool first)
{
	uint32_t k = 0;
	delta = first ? delta / DAMP : delta / 2;
	delta += delta / points;
	for (; delta > (BASE - T_MIN) * T_MAX / 2; k += BASE) {
		delta /= BASE - T_MIN;
	}
	return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

static uint32_t digit_of(uint8_t c)
{
	if (c >= 'a' && c <= 'z') {
		return (uint32_t)(c - 'a');
	}
	return c >= '0' && c <= '9' ? (uint32_t)(c - '0') + 26 : BASE;
}

/*!
 * \brief Reads one generalised variable-length integer (section 3.3). Returns false if it is
 *        invalid.
 */
static bool read_delta(const uint8_t **at, const uint8_t *end, uint32_t bias, uint32_t *delta)
{
	uint64_t sum = 0;
	uint64_t weight = 1;
	for (uint32_t k = BASE;; k += BASE) {
		uint32_t digit = *at < end ? digit_of(*(*at)++) : BASE;
		if (digit == BASE) {
			return false;
		}
		sum += digit * weight;
		uint32_t t = k <= bias ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias;
		if (sum > UINT32_MAX) {
			return false;
		}
		if (digit < t) {
			*delta = (uint32_t)sum;
			return true;
		}
		weight *= BASE - t;
		if (weight > UINT32_MAX) {
			return false;
		}
	}
}

static bool insert(struct shape *shape, size_t at, uint32_t c)
{
	if (shape->count == SHAPE_MAX || c > UNICODE_MAX) {
		return false;
	}
	memmove(shape->at + at + 1, shape->at + at, (shape->count - at) * sizeof(shape->at[0]));
	shape->at[at] = c;
	shape->count++;
	return true;
}

static void copy(struct shape *shape, const uint8_t *label, size_t size)
{
	shape->count = MIN(size, SHAPE_MAX);
	for (size_t i = 0; i < shape->count; i++) {
		shape->at[i] = label[i];
	}
}

/*! \brief Decodes the text after `xn--`. */
static bool decode(struct shape *shape, const uint8_t *label, size_t size)
{
	const uint8_t *end = label + size;
	const uint8_t *dash = memrchr(label, '-', size);
	copy(shape, label, dash != NULL ? (size_t)(dash - label) : 0);
	const uint8_t *at = dash != NULL ? dash + 1 : label;
	uint64_t n = INITIAL_N;
	uint64_t position = 0;
	uint32_t bias = INITIAL_BIAS;
	uint32_t delta;
	for (bool first = true; at < end; first = false) {
		if (!read_delta(&at, end, bias, &delta)) {
			return false;
		}
		uint32_t points = (uint32_t)shape->count + 1;
		position += delta;
		n += position / points;
		position %= points;
		bias = adapt(delta, points, first);
		if (n > UNICODE_MAX || !insert(shape, position, (uint32_t)n)) {
			return false;
		}
		position++;
	}
	return shape->count > 0;
}

void shape_read(struct shape *shape, const uint8_t *label, size_t size)
{
	if (size > 4 && memcmp(label, "xn--", 4) == 0 && decode(shape, label + 4, size - 4)) {
		return;
	}
	copy(shape, label, size);
}
