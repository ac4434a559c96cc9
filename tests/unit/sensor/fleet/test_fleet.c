/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The supervisor's part, with a process that an attacker controls in place of nsmx-follow. */
#include "tests/unit/captured.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sensor/fleet/fleet.h"
#include "sensor/fleet/fleet_copy.h"

#define STEPS_MAX 2000
#define STEP_NS   5000000

static char folder[] = "/tmp/nsmx-XXXXXX";
static struct captured output;
static _Atomic uint64_t version, refused;
static int reloads, bundles;
static bool judged_good, judge_dies;
/* What the process does, with its box and socket; it then waits for its end. */
static void (*attack)(const struct fleet_process *process);

/* In place of the real one */
int fleet_process_run(const struct fleet_process *process)
{
	if (attack == NULL) {
		return 1;
	}
	attack(process);
	for (;;) {
		(void)pause();
	}
}

static size_t make_set(char *octets, size_t room, uint64_t number, const char *text)
{
	struct writer files, set;
	char memory[1024];
	writer_init(&files, memory, sizeof(memory));
	writer_init(&set, octets, room);
	fleet_set_add(&files, "a.rules", text, strlen(text));
	fleet_set_write(&set, &files, number);
	return writer_size(&set);
}

static void put(const struct fleet_process *process, const char *octets, size_t size)
{
	if (pwrite(process->box, octets, size, 0) != (ssize_t)size) {
		_exit(1);
	}
}

static void hand_over(const struct fleet_process *process, uint64_t number, const char *text)
{
	char octets[1024];
	size_t size = make_set(octets, sizeof(octets), number, text);
	put(process, octets, size);
	(void)send(process->socket, "", 1, 0);
}

static void ask_honestly(const struct fleet_process *process)
{
	struct fleet_verdict verdict;
	hand_over(process, 5, "alert ns .a.example\n");
	if (recv(process->socket, &verdict, sizeof(verdict), 0) != (ssize_t)sizeof(verdict)) {
		_exit(1);
	}
}

static void send_garbage(const struct fleet_process *process)
{
	static const char *const heads[] = {
		"",
		"nsmx-rules 1 9 18446744073709551615 0123456789abcdef\n",
		"nsmx-rules 1 9 7339000 0123456789abcdef\n",
		"nsmx-rules 1 9 0 0123456789abcdef\n",
	};
	struct fleet_verdict verdict;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		put(process, heads[i], strlen(heads[i]) + 1);
		(void)send(process->socket, "x", 1, 0);
		(void)recv(process->socket, &verdict, sizeof(verdict), 0);
	}
	ask_honestly(process);
}

/* Neither grows the memory, nor makes the supervisor wait for it. */
static void flood(const struct fleet_process *process)
{
	char large[4096] = { 0 };
	if (ftruncate(process->box, 1) == 0 ||
	    ftruncate(process->box, 2 * (off_t)FLEET_SET_MAX) == 0 ||
	    pwrite(process->box, "x", 1, (off_t)FLEET_SET_MAX) > 0) {
		_exit(1);
	}
	for (int i = 0; i < 1000; i++) {
		(void)send(process->socket, large, sizeof(large), MSG_DONTWAIT);
	}
	hand_over(process, 5, "alert ns .a.example\n");
}

static void change_afterwards(const struct fleet_process *process)
{
	hand_over(process, 5, "alert ns .a.example\n");
	for (;;) {
		char octets[1024];
		size_t size = make_set(octets, sizeof(octets), 6, "alert ns .b.example\n");
		put(process, octets, size);
		size = make_set(octets, sizeof(octets), 5, "alert ns .a.example\n");
		put(process, octets, size);
	}
}

/* The callbacks */

static int make_bundle(void *ctx, const struct fleet_set *set)
{
	(void)ctx;
	(void)set;
	bundles++;
	return memfd_create("bundle", MFD_CLOEXEC);
}

static void judge(void *ctx, int bundle, struct fleet_verdict *verdict)
{
	(void)ctx;
	(void)bundle;
	if (judge_dies) {
		(void)raise(SIGKILL);
	}
	verdict->taken = judged_good;
	memset(verdict->reason, 'r', sizeof(verdict->reason));
}

static bool is_loaded(void *ctx)
{
	(void)ctx;
	return true;
}

static void forget(void *ctx, const struct redis_url *keep)
{
	(void)ctx;
	(void)keep;
}

static bool confine(void)
{
	return true;
}

/* Runs until `done`, and frees. */
static void run(bool (*done)(void))
{
	const struct fleet_config config = {
		.url = "redis://none.invalid",
		.state = folder,
		.sensor = "s",
		.bundle = make_bundle,
		.judge = judge,
		.is_loaded = is_loaded,
		.forget = forget,
		.confine_link = confine,
		.confine_judge = confine,
		.version = &version,
		.refused = &refused,
	};
	const struct timespec step = { .tv_nsec = STEP_NS };
	struct fleet *fleet = fleet_new(&config);
	assert_non_null(fleet);
	for (int i = 0; i < STEPS_MAX && !done(); i++) {
		reloads += fleet_maintain(fleet) == FLEET_RELOAD;
		(void)nanosleep(&step, NULL);
	}
	assert_true(done());
	fleet_stop(fleet);
}

static bool is_5_in_force(void)
{
	return atomic_load(&version) == 5;
}

static bool have_been_many(void)
{
	static int steps;
	return ++steps > 60;
}

static bool is_refused(void)
{
	return atomic_load(&refused) > 0;
}

static bool is_judged(void)
{
	return is_refused() || atomic_load(&version) > 0;
}

static bool has_died_twice(void)
{
	static char all[8192];
	size_t used = strlen(all);
	(void)snprintf(all + used, sizeof(all) - used, "%s", captured_take(&output));
	const char *first = strstr(all, "another starts in 1 s");
	return first != NULL && strstr(first, "another starts in 2 s") != NULL;
}

static void expect_stored(uint64_t number)
{
	struct fleet_copy copy;
	assert_true(fleet_copy_from_state(&copy, folder));
	assert_int_equal(copy.set.head.version, number);
	fleet_copy_free(&copy);
}

static int begin(void **state)
{
	(void)state;
	atomic_store(&version, 0);
	atomic_store(&refused, 0);
	reloads = bundles = 0;
	judged_good = true;
	judge_dies = false;
	captured_begin(&output);
	return 0;
}

static int end(void **state)
{
	char path[64];
	(void)state;
	captured_end(&output);
	(void)snprintf(path, sizeof(path), "%s/" FLEET_FILE, folder);
	(void)unlink(path);
	return 0;
}

/* The tests */

static void a_good_set(void **state)
{
	(void)state;
	attack = ask_honestly;
	run(is_5_in_force);
	assert_int_equal(reloads, 1);
	expect_stored(5);
	/* After a restart it is in force, and is neither judged nor loaded again. */
	atomic_store(&version, 0);
	run(have_been_many);
	assert_true(is_5_in_force());
	assert_int_equal(reloads, 1);
	assert_int_equal(bundles, 1);
}

static void a_bad_set(void **state)
{
	(void)state;
	attack = ask_honestly;
	judged_good = false;
	run(is_refused);
	assert_int_equal(reloads, 0);
	expect_stored(0);
}

static void a_set_that_kills_its_judge(void **state)
{
	(void)state;
	attack = ask_honestly;
	judge_dies = true;
	run(is_refused);
	captured_expect(&output, "compiling the rules ended with signal 9 (Killed)\n");
	assert_int_equal(reloads, 0);
	expect_stored(0);
}

static void garbage(void **state)
{
	(void)state;
	attack = send_garbage;
	run(is_5_in_force);
	assert_int_equal(atomic_load(&refused), 4);
	assert_int_equal(bundles, 1);
	expect_stored(5);
}

static void a_flood(void **state)
{
	(void)state;
	attack = flood;
	run(is_5_in_force);
	expect_stored(5);
}

/* What is stored is one of the sets, whole, or none. */
static void a_set_that_changes(void **state)
{
	struct fleet_copy copy;
	(void)state;
	attack = change_afterwards;
	run(is_judged);
	assert_true(fleet_copy_from_state(&copy, folder));
	fleet_copy_free(&copy);
}

static void a_process_that_ends(void **state)
{
	(void)state;
	attack = NULL;
	run(has_died_twice);
}

static void a_folder_that_cannot_be_written(void **state)
{
	(void)state;
	attack = ask_honestly;
	char path[64];
	(void)snprintf(path, sizeof(path), "%s/" FLEET_FILE, folder);
	assert_int_equal(mkdir(path, 0700), 0);
	run(is_refused);
	captured_expect(&output, "they cannot be stored in ");
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(reloads, 0);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_good_set, begin, end),
		cmocka_unit_test_setup_teardown(a_bad_set, begin, end),
		cmocka_unit_test_setup_teardown(a_set_that_kills_its_judge, begin, end),
		cmocka_unit_test_setup_teardown(garbage, begin, end),
		cmocka_unit_test_setup_teardown(a_flood, begin, end),
		cmocka_unit_test_setup_teardown(a_set_that_changes, begin, end),
		cmocka_unit_test_setup_teardown(a_process_that_ends, begin, end),
		cmocka_unit_test_setup_teardown(a_folder_that_cannot_be_written, begin, end),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
