/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/trace.h"

#include <string.h>
#include <xxhash.h>

/*! \brief A trace in the making. */
struct trace {
	size_t size;
	uint8_t bytes[1 + 4 * (SHAPE_MAX + 1) + NAME_MAX_SIZE];
};

static void begin(struct trace *trace, enum trace_kind kind)
{
	trace->bytes[0] = (uint8_t)kind;
	trace->size = 1;
}

static void put(struct trace *trace, uint32_t c)
{
	uint32_t last = 0;
	c = shape_is_digit(c) ? PROTECTED_DIGIT : c;
	if (trace->size > 1) {
		memcpy(&last, trace->bytes + trace->size - sizeof(last), sizeof(last));
	}
	if (c != PROTECTED_DIGIT || last != PROTECTED_DIGIT) {
		memcpy(trace->bytes + trace->size, &c, sizeof(c));
		trace->size += sizeof(c);
	}
}

static void put_suffix(struct trace *trace, const struct domain *domain)
{
	memcpy(trace->bytes + trace->size, domain->suffix, domain->suffix_size);
	trace->size += domain->suffix_size;
}

static uint32_t end(const struct trace *trace, uint64_t seed)
{
	return (uint32_t)XXH3_64bits_withSeed(trace->bytes, trace->size, seed);
}

uint32_t trace_of_label(uint64_t seed, enum trace_kind kind, const struct shape *label,
                        size_t without, const struct domain *domain)
{
	struct trace trace;
	begin(&trace, kind);
	for (size_t i = 0; i < label->count; i++) {
		if (i != without) {
			put(&trace, label->at[i]);
		}
	}
	if (kind != TRACE_SKELETON_ANYWHERE) {
		put_suffix(&trace, domain);
	}
	return end(&trace, seed);
}

uint32_t trace_of_text(uint64_t seed, const uint8_t *text, size_t size)
{
	uint8_t bytes[1 + NAME_MAX_SIZE];
	size_t used = 1;
	bytes[0] = TRACE_DOTLESS;
	for (size_t i = 0; i < size; i++) {
		uint8_t c = shape_is_digit(text[i]) ? '#' : text[i];
		if (c != '#' || bytes[used - 1] != '#') {
			bytes[used++] = c;
		}
	}
	return (uint32_t)XXH3_64bits_withSeed(bytes, used, seed);
}

uint32_t trace_of_suffix(uint64_t seed, const struct domain *domain)
{
	struct trace trace;
	begin(&trace, TRACE_SUFFIX);
	put_suffix(&trace, domain);
	return end(&trace, seed);
}
