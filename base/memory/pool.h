/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief An allocator for many objects of one size, such as sessions.
 *
 * Objects are in pages of 2 MiB, so that access to one of a hundred thousand objects rarely misses
 * the TLB. A page is unmapped when its last object is freed, unless it is the only page of the
 * pool.
 *
 * Limit: an object is smaller than POOL_PAGE.
 */
#pragma once

#include <stddef.h>
#include <sys/queue.h>

#include "base/memory/memory_budget.h"

#define POOL_PAGE ((size_t)2 << 20)

struct pool_page;
LIST_HEAD(pool_pages, pool_page);

struct pool {
	/*! The budget in which pages are counted, borrowed; NULL: they are not counted. */
	struct memory_share *share;
	/*! The size of an object in octets, rounded up to whole cache lines. */
	size_t size;
	struct pool_pages with_room; /*!< Pages that are not full. */
};

/*!
 * \brief Makes an empty pool for objects of this size.
 *
 * \param share  The budget in which pages are counted, borrowed; NULL: they are not counted.
 */
void pool_init(struct pool *pool, size_t size, struct memory_share *share);

/*! \brief Allocates an object, aligned to a cache line and not initialised. \return NULL when out
 *         of memory. */
void *pool_get(struct pool *pool);

/*! \brief Frees an object. NULL is allowed. */
void pool_put(struct pool *pool, void *object);

/*! \brief Frees the last page, after all objects have been freed. */
void pool_end(struct pool *pool);
