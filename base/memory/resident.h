/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Memory of tables of fixed size that traffic fills.
 *
 * The kernel gives each page of a large allocation to the process when the page is used first,
 * which takes as long as decoding a packet. Traffic that fills a table could therefore cost several
 * times as much as other traffic. This memory has all its pages from the start.
 *
 * It is for small tables: what is allocated here counts as used memory at once.
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

/*! \brief Frees memory of resident_new(). `size` is the size given there. NULL is allowed. */
static inline void resident_free(void *memory, size_t size)
{
	if (memory != NULL) {
		(void)munmap(memory, size);
	}
}
