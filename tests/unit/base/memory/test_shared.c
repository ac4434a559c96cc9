/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory/shared.h"
#include "base/time_ns.h"

#define ROUNDS 20000

struct memory {
	struct shared_lock lock;
	unsigned count; /* under the lock */
	_Atomic unsigned forced;
};

static void add(struct memory *memory)
{
	int64_t begun_ns = monotonic_ns();
	shared_lock_take(&memory->lock);
	memory->count++;
	shared_lock_release(&memory->lock);
	/* The machine may be so busy that the holder does not run for that long. */
	if (monotonic_ns() - begun_ns >= SHARED_LOCK_WAIT_MS * NS_PER_MS) {
		atomic_store(&memory->forced, 1);
	}
}

static void it_keeps_processes_apart(void **state)
{
	(void)state;
	struct memory *memory = shared_new(sizeof(*memory));
	int status;
	assert_non_null(memory);
	pid_t child = fork();
	assert_true(child >= 0);
	for (int i = 0; i < ROUNDS; i++) {
		add(memory);
	}
	if (child == 0) {
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(memory->count == 2 * ROUNDS || atomic_load(&memory->forced) != 0);
	shared_free(memory, sizeof(*memory));
}

static int64_t time_of_take(struct shared_lock *lock)
{
	int64_t begun_ns = monotonic_ns();
	shared_lock_take(lock);
	return monotonic_ns() - begun_ns;
}

/* Of a dead holder, or any word that a hostile one wrote. The next wait is not as long. */
static void it_is_taken_from_a_holder_that_keeps_it(void **state)
{
	(void)state;
	struct memory *memory = shared_new(sizeof(*memory));
	assert_non_null(memory);
	atomic_store(&memory->lock.held, 0xdeadbeef);
	assert_true(time_of_take(&memory->lock) >= SHARED_LOCK_WAIT_MS * NS_PER_MS);
	/* The shortest one: on a busy machine any of them can take long. */
	int64_t shortest_ns = INT64_MAX;
	for (int i = 0; i < 100; i++) {
		int64_t taken_ns = time_of_take(&memory->lock);
		shortest_ns = taken_ns < shortest_ns ? taken_ns : shortest_ns;
	}
	assert_true(shortest_ns < SHARED_LOCK_WAIT_MS * NS_PER_MS);
	shared_lock_release(&memory->lock);
	assert_int_equal(atomic_load(&memory->lock.held), 0);
	shared_free(memory, sizeof(*memory));
}

int main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(it_keeps_processes_apart),
		cmocka_unit_test(it_is_taken_from_a_holder_that_keeps_it),
	};
	return cmocka_run_group_tests(all, NULL, NULL);
}
