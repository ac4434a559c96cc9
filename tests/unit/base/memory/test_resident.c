/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/memory/resident.h"

#define PAGES 64

/* All pages are in memory before any of them is used, and zero. */
static void all_pages_are_there(void **state)
{
	(void)state;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	unsigned char resident[PAGES];
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
