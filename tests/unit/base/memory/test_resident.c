/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory/resident.h"

#define PAGES 64

/* qemu, which runs programs of other processors, passes no MAP_POPULATE on. */
static bool populates(void)
{
	unsigned char resident = 0;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *memory = mmap(NULL, page, PROT_READ | PROT_WRITE,
	                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	assert_true(memory != MAP_FAILED);
	assert_int_equal(mincore(memory, page, &resident), 0);
	(void)munmap(memory, page);
	return (resident & 1) != 0;
}

/* All pages are in memory before any of them is used, and zero. */
static void all_pages_are_there(void **state)
{
	(void)state;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	unsigned char resident[PAGES];
	if (!populates()) {
		print_message("no MAP_POPULATE\n");
		skip();
	}
	uint8_t *memory = resident_new(PAGES * page);
	assert_non_null(memory);
	assert_int_equal(mincore(memory, PAGES * page, resident), 0);
	for (size_t i = 0; i < PAGES; i++) {
		assert_true((resident[i] & 1) != 0);
		assert_int_equal(memory[i * page], 0);
	}
	resident_free(memory, PAGES * page);
}

static void no_memory(void **state)
{
	(void)state;
	assert_null(resident_new(SIZE_MAX / 2));
	resident_free(NULL, 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_pages_are_there),
		cmocka_unit_test(no_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
