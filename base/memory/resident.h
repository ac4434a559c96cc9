/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Memory for tables that have a fixed size and are filled by traffic.
 *
 * The kernel provides a page of a large allocation only when the process first uses the page. This
 * takes as long as decoding a packet. Traffic that fills a table could therefore cost several times
 * as much as other traffic. Memory of resident_new() has all its pages from the start.
 *
 * Only small tables should be allocated here, because all of the memory counts as used at once.
 */
#pragma once

#include <stddef.h>
#include <sys/mman.h>

/*! \brief Allocates zeroed memory, aligned to a page. \return NULL when out of memory. */
static inline void *resident_new(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
	                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	return memory != MAP_FAILED ? memory : NULL;
}

/*! \brief Frees memory that resident_new() has returned for this `size`. NULL is allowed. */
static inline void resident_free(void *memory, size_t size)
{
	if (memory != NULL) {
		(void)munmap(memory, size);
	}
}
