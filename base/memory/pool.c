/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/memory/pool.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/cache.h"
#include "base/sanitizer.h"

/* The header of a page. A page is aligned to its size, so the address of an object gives that of
 * its page. */
struct pool_page {
	LIST_ENTRY(pool_page) in_list;
	void *unused;  /* freed objects, each with a pointer to the next */
	size_t filled; /* octets in use so far, this header included */
	size_t live;   /* objects in use */
};

void pool_init(struct pool *pool, size_t size, struct memory_share *share)
{
	pool->share = share;
	pool->size = (size + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
	LIST_INIT(&pool->with_room);
}

/* mmap() does not align to the size of a page. A mapping of twice the size is therefore made, and
 * trimmed to the aligned page in it. */
static struct pool_page *map_page(void)
{
	char *memory = mmap(NULL, 2 * POOL_PAGE, PROT_READ | PROT_WRITE,
	                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED) {
		return NULL;
	}
	size_t before = -(uintptr_t)memory % POOL_PAGE;
	char *page = memory + before;
	if (before > 0) {
		(void)munmap(memory, before);
	}
	(void)munmap(page + POOL_PAGE, POOL_PAGE - before);
	(void)madvise(page, POOL_PAGE, MADV_HUGEPAGE); /* a hint */
	return (struct pool_page *)(void *)page;
}

static void count(const struct pool *pool, size_t size)
{
	if (pool->share != NULL) {
		memory_budget_force(pool->share, size);
	}
}

static void discount(const struct pool *pool, size_t size)
{
	if (pool->share != NULL) {
		memory_budget_give(pool->share, size);
	}
}

static void free_page(const struct pool *pool, struct pool_page *page)
{
	(void)munmap(page, POOL_PAGE);
	discount(pool, POOL_PAGE);
}

static struct pool_page *page_of(void *object)
{
	return (struct pool_page *)((uintptr_t)object / POOL_PAGE * POOL_PAGE);
}

static bool has_room(const struct pool *pool, const struct pool_page *page)
{
	return page->unused != NULL || page->filled + pool->size <= POOL_PAGE;
}

static struct pool_page *find_page(struct pool *pool)
{
	struct pool_page *page = LIST_FIRST(&pool->with_room);
	if (page == NULL && (page = map_page()) != NULL) {
		count(pool, POOL_PAGE);
		page->filled = CACHE_LINE;
		LIST_INSERT_HEAD(&pool->with_room, page, in_list);
	}
	return page;
}

/* With AddressSanitizer each object is an allocation of its own, so that overruns are found. */
static void *get_apart(struct pool *pool)
{
	void *object = aligned_alloc(CACHE_LINE, pool->size);
	count(pool, object != NULL ? pool->size : 0);
	return object;
}

void *pool_get(struct pool *pool)
{
	if (ADDRESS_SANITIZED) {
		return get_apart(pool);
	}
	struct pool_page *page = find_page(pool);
	if (page == NULL) {
		return NULL;
	}
	void *object = page->unused;
	if (object != NULL) {
		page->unused = *(void **)object;
	} else {
		object = (char *)page + page->filled;
		page->filled += pool->size;
	}
	page->live++;
	if (!has_room(pool, page)) {
		LIST_REMOVE(page, in_list);
	}
	return object;
}

static bool is_last(const struct pool *pool, const struct pool_page *page)
{
	return LIST_FIRST(&pool->with_room) == page && LIST_NEXT(page, in_list) == NULL;
}

void pool_put(struct pool *pool, void *object)
{
	if (object == NULL) {
		return;
	}
	if (ADDRESS_SANITIZED) {
		free(object);
		discount(pool, pool->size);
		return;
	}
	struct pool_page *page = page_of(object);
	if (!has_room(pool, page)) {
		LIST_INSERT_HEAD(&pool->with_room, page, in_list);
	}
	*(void **)object = page->unused;
	page->unused = object;
	if (--page->live == 0 && !is_last(pool, page)) {
		LIST_REMOVE(page, in_list);
		free_page(pool, page);
	}
}

void pool_end(struct pool *pool)
{
	struct pool_page *page = LIST_FIRST(&pool->with_room);
	if (page != NULL) {
		free_page(pool, page);
	}
	LIST_INIT(&pool->with_room);
}
