/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/memory/pool.h"

#include <dlfcn.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "base/sanitizer.h"
#include "tests/unit/unit.h"

#define COUNT 1000

/* Several to a page, one to a page, and sizes that fill it up to the last octet. */
static const size_t SIZES[] = { 1, 8, 64, 65, 9000, 100000, (size_t)1 << 20, POOL_PAGE - 64 };

static size_t misplaced, mapped, unmapped;

/* In place of the C library's: kernels before 6.7 align no mapping to 2 MiB. */
void *mmap(void *at, size_t size, int rights, int flags, int fd, off_t offset)
{
	void *(*real)(void *, size_t, int, int, int, off_t);
	*(void **)&real = dlsym(RTLD_NEXT, "mmap");
	if (misplaced == 0) {
		return real(at, size, rights, flags, fd, offset);
	}
	char *memory = real(at, size + POOL_PAGE, rights, flags, fd, offset);
	assert_true(memory != MAP_FAILED);
	memory += (misplaced - (uintptr_t)memory % POOL_PAGE) % POOL_PAGE;
	mapped += size;
	return memory;
}

int munmap(void *at, size_t size)
{
	int (*real)(void *, size_t);
	*(void **)&real = dlsym(RTLD_NEXT, "munmap");
	unmapped += size;
	return real(at, size);
}

/* Wherever the kernel places a page, it is aligned, and the rest is unmapped. */
static void pages_are_aligned(void **state)
{
	(void)state;
	static const size_t PLACES[] = { 4096, POOL_PAGE / 2, POOL_PAGE - 4096 };
	if (ADDRESS_SANITIZED) {
		skip();
	}
	for (size_t i = 0; i < sizeof(PLACES) / sizeof(PLACES[0]); i++) {
		struct pool pool;
		pool_init(&pool, POOL_PAGE - 64, NULL);
		mapped = 0;
		unmapped = 0;
		misplaced = PLACES[i];
		uint8_t *object = pool_get(&pool);
		misplaced = 0;
		assert_int_equal((uintptr_t)object % POOL_PAGE, 64);
		assert_int_equal(mapped - unmapped, POOL_PAGE);
		memset(object, 1, POOL_PAGE - 64);
		pool_put(&pool, object);
		pool_end(&pool);
		assert_int_equal(mapped, unmapped);
	}
}

static void each_is_apart(void **state)
{
	(void)state;
	for (size_t s = 0; s < sizeof(SIZES) / sizeof(SIZES[0]); s++) {
		size_t count = SIZES[s] > 10000 ? 5 : COUNT;
		uint8_t *objects[COUNT];
		struct pool pool;
		pool_init(&pool, SIZES[s], NULL);
		for (size_t i = 0; i < count; i++) {
			objects[i] = pool_get(&pool);
			assert_non_null(objects[i]);
			memset(objects[i], (int)(i % 251), SIZES[s]);
		}
		for (size_t i = 0; i < count; i++) {
			assert_int_equal(objects[i][0], i % 251);
			assert_int_equal(objects[i][SIZES[s] - 1], i % 251);
			pool_put(&pool, objects[i]);
		}
		pool_end(&pool);
	}
}

/* Objects take whole cache lines, and no more. */
static void sizes(void **state)
{
	(void)state;
	static const struct {
		size_t size, taken;
	} tests[] = { { 1, 64 }, { 63, 64 }, { 64, 64 }, { 65, 128 }, { 128, 128 }, { 129, 192 } };
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		struct pool pool;
		pool_init(&pool, tests[i].size, NULL);
		assert_int_equal(pool.size, tests[i].taken);
	}
}

static void last_freed_is_first_reused(void **state)
{
	(void)state;
	struct pool pool;
	if (ADDRESS_SANITIZED) {
		skip();
	}
	pool_init(&pool, 100, NULL);
	void *a = pool_get(&pool), *b = pool_get(&pool);
	pool_put(&pool, a);
	pool_put(&pool, b);
	assert_ptr_equal(pool_get(&pool), b);
	assert_ptr_equal(pool_get(&pool), a);
	pool_put(&pool, a);
	pool_put(&pool, NULL);
	pool_put(&pool, b);
	pool_end(&pool);
}

/* In any order: whole pages become free in the midst of others. */
static void allocates_and_frees(void **state)
{
	(void)state;
	enum { SIZE = 300000 };
	uint8_t *objects[100] = { NULL };
	uint32_t random = 1;
	struct pool pool;
	pool_init(&pool, SIZE, NULL);
	for (int step = 0; step < 20000; step++) {
		random = random * 1664525 + 1013904223;
		size_t i = random >> 8 & 63;
		if (objects[i] == NULL) {
			objects[i] = pool_get(&pool);
			assert_non_null(objects[i]);
			objects[i][8] = (uint8_t)i;
			objects[i][SIZE - 1] = (uint8_t)i;
		} else {
			assert_int_equal(objects[i][8], i);
			assert_int_equal(objects[i][SIZE - 1], i);
			pool_put(&pool, objects[i]);
			objects[i] = NULL;
		}
	}
	for (size_t i = 0; i < 100; i++) {
		pool_put(&pool, objects[i]);
	}
	pool_end(&pool);
}

static void pages_count_in_the_share(void **state)
{
	struct memory_budget budget;
	struct memory_share share;
	struct pool pool;
	void *objects[3];
	(void)state;
	if (ADDRESS_SANITIZED) {
		skip();
	}
	memory_budget_init(&budget, POOL_PAGE);
	memory_budget_add(&budget, &share, 0, NULL, NULL);
	pool_init(&pool, POOL_PAGE / 2, &share);
	for (size_t i = 0; i < 3; i++) {
		objects[i] = pool_get(&pool);
		assert_non_null(objects[i]);
		assert_int_equal(budget.used, (i + 1) * POOL_PAGE);
	}
	pool_put(&pool, objects[2]);
	pool_put(&pool, objects[0]);
	assert_int_equal(budget.used, 2 * POOL_PAGE);
	pool_put(&pool, objects[1]);
	pool_end(&pool);
	assert_int_equal(budget.used, 0);
	memory_budget_remove(&share);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_are_aligned),
		cmocka_unit_test(each_is_apart),
		cmocka_unit_test(sizes),
		cmocka_unit_test(last_freed_is_first_reused),
		cmocka_unit_test(allocates_and_frees),
		cmocka_unit_test(pages_count_in_the_share),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
