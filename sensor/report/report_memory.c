/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sensor/report/report_memory.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct report_block {
	LIST_ENTRY(report_block) entry;
	size_t size;
	alignas(max_align_t) char octets[];
};

static struct report_block *block_of(const void *octets)
{
	return (struct report_block *)((char *)octets - offsetof(struct report_block, octets));
}

static bool has_room(const struct report_memory *memory, size_t size)
{
	return size <= SIZE_MAX - sizeof(struct report_block) &&
	       memory->used + sizeof(struct report_block) <= memory->limit &&
	       size <= memory->limit - memory->used - sizeof(struct report_block);
}

static void *insert(struct report_memory *memory, struct report_block *block, size_t size)
{
	block->size = size;
	LIST_INSERT_HEAD(&memory->blocks, block, entry);
	memory->used += sizeof(*block) + size;
	return block->octets;
}

void *report_alloc(struct report_memory *memory, size_t size)
{
	struct report_block *block = NULL;
	if (has_room(memory, size)) {
		block = calloc(1, sizeof(*block) + size);
		memory->refused += block == NULL;
	}
	if (block == NULL) {
		return NULL;
	}
	return insert(memory, block, size);
}

void *report_resize(struct report_memory *memory, void *octets, size_t size)
{
	void *larger = report_alloc(memory, size);
	if (octets != NULL && larger != NULL) {
		size_t had = block_of(octets)->size;
		memcpy(larger, octets, had < size ? had : size);
		report_release(memory, octets);
	}
	return larger;
}

void report_release(struct report_memory *memory, const void *octets)
{
	if (octets != NULL) {
		struct report_block *block = block_of(octets);
		memory->used -= sizeof(*block) + block->size;
		LIST_REMOVE(block, entry);
		free(block);
	}
}

void report_memory_free(struct report_memory *memory)
{
	struct report_block *block;
	while ((block = LIST_FIRST(&memory->blocks)) != NULL) {
		LIST_REMOVE(block, entry);
		free(block);
	}
	memory->used = 0;
}
