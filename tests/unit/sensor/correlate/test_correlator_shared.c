/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "base/time_ns.h"
#include "sensor/correlate/correlator_shared.h"

#define WORKERS 3

static unsigned maps, unmaps; /* calls that have succeeded */
static unsigned failing;      /* number of the call that fails; 0: none */

/* These take the place of libc's. */

void *mmap(void *place, size_t size, int protection, int flags, int fd, off_t offset)
{
	if (failing != 0 && --failing == 0) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	maps++;
	return (void *)syscall(SYS_mmap, place, size, protection, flags, fd, offset);
}

int munmap(void *place, size_t size)
{
	unmaps++;
	return (int)syscall(SYS_munmap, place, size);
}

/* Each time that memory is missing, nothing is left of what was there. */
static void without_memory(void **state)
{
	(void)state;
	struct correlator_shared *shared = correlator_shared_new(WORKERS, NS_PER_S);
	assert_non_null(shared);
	const unsigned needed = maps;
	assert_true(needed > WORKERS);
	correlator_shared_free(shared);
	assert_int_equal(unmaps, needed);
	for (unsigned number = 1; number <= needed; number++) {
		maps = unmaps = 0;
		failing = number;
		assert_null(correlator_shared_new(WORKERS, NS_PER_S));
		assert_int_equal(maps, number - 1);
		assert_int_equal(unmaps, maps);
	}
	correlator_shared_free(NULL);
}

static void without_watermarks(void **state)
{
	(void)state;
	struct correlator_shared *shared = correlator_shared_new(WORKERS, NS_PER_S);
	correlator_shared_leave(shared, 0); /* without an effect */
	failing = 1;
	assert_false(correlator_shared_add_watermarks(shared));
	assert_true(correlator_shared_add_watermarks(shared));
	correlator_shared_leave(shared, 0);
	correlator_shared_free(shared);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_memory),
		cmocka_unit_test(without_watermarks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
