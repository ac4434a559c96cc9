/* SPDX-License-Identifier: GPL-3.0-or-later */
/*!
 * \brief Many objects of one size that come and go, as sessions do.
 *
 * They lie side by side in large pages, so that the one of a hundred thousand that a
 * packet is about is found with one look at the page tables. A page that none is in any
 * more is given back, but for the last.
 *
 * Limit: an object is smaller than POOL_PAGE. Without memory for a page there are no more.
 */
#pragma once

#include <stddef.h>
#include <sys/queue.h>

#define POOL_PAGE ((size_t)2 << 20)

struct pool_page;
LIST_HEAD(pool_pages, pool_page);

struct pool {
	size_t size;                 /*!< Of an object. */
	struct pool_pages with_room; /*!< Pages in which there is room for another one. */
};

/*! \brief An empty pool for objects of this size. */
void pool_init(struct pool *pool, size_t size);

/*! \return What is yet to be written to, from a CACHE_LINE's begin on; NULL without memory. */
void *pool_get(struct pool *pool);

/*! \brief Gives an object back. NULL is nothing. */
void pool_put(struct pool *pool, void *object);

/*! \brief Gives the last page back: all objects have been given back before. */
void pool_end(struct pool *pool);
