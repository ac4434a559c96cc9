/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief The memory of a report: blocks that are counted, and freed all at once.
 *
 * Ownership: report_memory_free() frees all blocks. `used` and `limit` are in octets, including the
 * head of each block. Not thread-safe.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct report_block;

/*! \brief The caller sets `limit`; all other octets must be zero at the start. */
struct report_memory {
	LIST_HEAD(report_blocks, report_block) blocks;
	size_t used, limit;
	uint64_t refused; /*!< Blocks within the limit for which the system had no memory. */
};

/*! \brief Returns zeroed memory; NULL if the limit is reached, or when out of memory. */
void *report_alloc(struct report_memory *memory, size_t size);

/*!
 * \brief Changes the size of a block; `block` may be NULL. New octets are zero.
 *
 * \return NULL if there is no room; the block is then unchanged.
 */
void *report_resize(struct report_memory *memory, void *block, size_t size);

/*! \brief Frees a block. NULL is allowed. */
void report_release(struct report_memory *memory, const void *block);

void report_memory_free(struct report_memory *memory);
