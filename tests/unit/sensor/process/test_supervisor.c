/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/captured.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "base/memory/shared.h"
#include "base/time_ns.h"
#include "sensor/process/supervisor.h"
#include "sensor/system/signals.h"

#define WORKERS     3
#define PATIENCE_MS 10000

/* All processes of a test share it. */
static struct shared {
	_Atomic unsigned starts[WORKERS], restarts[WORKERS]; /* of workers */
	_Atomic int pids[WORKERS];
	_Atomic int64_t started_ns[WORKERS]; /* by the supervisor's clock */
	_Atomic unsigned ready, stopping, left[WORKERS], reaped[WORKERS], ended[WORKERS];
	_Atomic unsigned logged, rules, expected, taken, terms, hangups, got_rules, got_none;
	_Atomic unsigned asked, incidents_ended;
	_Atomic int leaked; /* descriptors */
} * shared;

static struct captured output;
static struct options options;
static struct worker_group group;
static struct supervisor_config config;
static const char *plans[WORKERS]; /* a letter for each start; the last one is repeated */
static void (*script)(unsigned step);
static time_t clock_ahead;

int clock_gettime(clockid_t id, struct timespec *now)
{
	int ret = (int)syscall(SYS_clock_gettime, id, now);
	now->tv_sec += clock_ahead;
	return ret;
}

/* Ten times as fast. */
int sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *timeout)
{
	const struct timespec part = { .tv_sec = timeout->tv_sec / 10,
		                       .tv_nsec = timeout->tv_nsec / 10 };
	return (int)syscall(SYS_rt_sigtimedwait, set, info, &part, _NSIG / 8);
}

/* It runs in another process than cmocka's. */
static void require(bool condition)
{
	if (!condition) {
		_exit(99);
	}
}

/* In place of worker_group.c. */

void worker_group_tick(struct worker_group *ticked)
{
	static unsigned step;
	require(ticked == &group);
	if (script != NULL) {
		script(step++);
	}
}

void worker_group_leave(struct worker_group *left, unsigned worker)
{
	require(left == &group);
	shared->left[worker]++;
}

void worker_group_reap(struct worker_group *reaped, unsigned worker)
{
	require(reaped == &group);
	shared->reaped[worker]++;
}

void worker_group_end_incidents(struct worker_group *of)
{
	require(of == &group);
	shared->incidents_ended++;
}

void worker_group_log_counters(const struct worker_group *logged)
{
	require(logged == &group);
	shared->logged++;
}

void worker_group_expect_reload(struct worker_group *expecting)
{
	require(expecting == &group);
	shared->expected++;
}

/* Workers */

static void take_news(int channel)
{
	struct channel_fds fds;
	shared->hangups += signals_reload();
	if (channel_receive(channel, &fds) == CHANNEL_MESSAGE) {
		struct stat file;
		require(fds.count == 1 && fstat(fds.items[0], &file) == 0);
		require(write(fds.items[0], "x", 1) < 0); /* it is sealed */
		shared->got_rules += file.st_size > 0;
		shared->got_none += file.st_size == 0;
		channel_close_fds(&fds);
	}
}

/* Until SIGTERM; counts what comes before. */
static void await_stop(int channel)
{
	for (int ms = 0; !signals_stop() && ms < PATIENCE_MS; ms += 5) {
		(void)poll(NULL, 0, 5);
		take_news(channel);
	}
	take_news(channel);
	shared->terms += signals_stop();
}

static int act(char letter, int channel)
{
	int fds[] = { channel, channel };
	if (letter != 'x' && letter != 'n') {
		(void)channel_sign(channel);
	}
	switch (letter) {
	case 'f': /* fails */
	case 'x': /* fails before it is ready */
		return EXIT_FAILED;
	case 'o':
		return SUPERVISOR_OUTPUTS_GONE;
	case 'k': /* is killed */
		return kill(getpid(), SIGKILL);
	case 'e': /* another status */
		return 77;
	case 'n': /* never ready */
	case 'w': /* waits for the end */
		await_stop(channel);
		return EXIT_DONE;
	case 's': /* and takes its time */
		await_stop(channel);
		(void)poll(NULL, 0, 150);
		return EXIT_DONE;
	case 'W': /* and fails then */
		await_stop(channel);
		return EXIT_FAILED;
	case 'h': /* hangs */
		for (int ms = 0; ms < PATIENCE_MS; ms += 100) {
			(void)poll(NULL, 0, 100);
		}
		return EXIT_DONE;
	case 't': /* passes on descriptors */
		(void)channel_send(channel, fds, 2);
		return EXIT_DONE;
	default:
		return EXIT_DONE;
	}
}

static int work(void *ctx, unsigned worker, int channel, bool restarted)
{
	const char *plan = plans[worker];
	unsigned start = shared->starts[worker]++;
	require(ctx == shared);
	require(fcntl(STDIN_FILENO, F_GETFD) >= 0); /* is no channel */
	shared->restarts[worker] += restarted;
	shared->pids[worker] = getpid();
	shared->started_ns[worker] = monotonic_ns();
	size_t last = strlen(plan) - 1;
	return act(plan[start < last ? start : last], channel);
}

static int load(void *ctx, int image)
{
	require(ctx == shared);
	require(fcntl(image + 1, F_GETFD) < 0); /* other files are closed */
	shared->rules++;
	return write(image, "rules", 5) == 5 ? EXIT_DONE : EXIT_FAILED;
}

static int load_in_vain(void *ctx, int image)
{
	(void)load(ctx, image);
	return EXIT_FAILED;
}

static int load_and_crash(void *ctx, int image)
{
	(void)load(ctx, image);
	return kill(getpid(), SIGKILL);
}

static int load_for_ever(void *ctx, int image)
{
	(void)load(ctx, image);
	return poll(NULL, 0, -1);
}

static void take(void *ctx, unsigned worker, struct channel_fds *fds)
{
	require(ctx == shared);
	require(worker == 0);
	shared->taken += (unsigned)fds->count;
	channel_close_fds(fds);
}

static void ended(void *ctx, unsigned worker)
{
	require(ctx == shared);
	shared->ended[worker]++;
}

static void stopping(void *ctx)
{
	require(ctx == shared);
	shared->stopping++;
}

static void ready(void *ctx)
{
	require(ctx == shared);
	shared->ready++;
}

/* Tests */

static int set_up(void **state)
{
	(void)state;
	shared = shared_new(sizeof(*shared));
	group = (struct worker_group){ .options = &options };
	group.heartbeats = shared_new(WORKERS * sizeof(*group.heartbeats));
	config = (struct supervisor_config){ .group = &group,
		                             .work = work,
		                             .take = take,
		                             .ended = ended,
		                             .stopping = stopping,
		                             .ready = ready,
		                             .ctx = shared };
	script = NULL;
	captured_begin(&output);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	captured_end(&output);
	shared_free(group.heartbeats, WORKERS * sizeof(*group.heartbeats));
	shared_free(shared, sizeof(*shared));
	return 0;
}

/* Runs a supervisor in a process of its own: signals and the clock are of a process. */
static void run(const char *first, const char *second, bool good)
{
	int status;
	plans[0] = first;
	plans[1] = second;
	group.workers = second != NULL && !group.keeps_incidents ? 2 : 1;
	pid_t child = fork();
	if (child == 0) {
		int before = unit_count_descriptors();
		bool result = supervisor_run(&config);
		shared->leaked = unit_count_descriptors() - before;
		_exit(result);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), good);
	assert_int_equal(shared->leaked, 0);
	for (unsigned i = 0; i < group.workers; i++) {
		assert_int_equal(shared->left[i], shared->starts[i]);
		assert_int_equal(shared->ended[i], shared->starts[i]);
	}
}

static void expect(const char *text)
{
	assert_string_equal(captured_take(&output), text);
}

static void workers_that_are_done(void **state)
{
	(void)state;
	run("d", "d", true);
	assert_int_equal(shared->starts[0], 1);
	assert_int_equal(shared->starts[1], 1);
	assert_int_equal(shared->restarts[0], 0);
	assert_int_equal(shared->ready, 1);
	assert_int_equal(shared->stopping, 0);
	expect("");
}

static void workers_that_fail(void **state)
{
	(void)state;
	run("d", "f", false);
	expect("");
	assert_int_equal(shared->reaped[1], 0);
	run("k", "d", false);
	expect("nsmx: worker 0 ended by signal 9 (Killed)\n");
	assert_int_equal(shared->reaped[0], 1);
	assert_int_equal(shared->reaped[1], 0);
	run("d", "e", false);
	expect("nsmx: worker 1 ended by status 77\n");
	assert_int_equal(shared->starts[1], 3);
	assert_int_equal(shared->ready, 3);
}

static void outputs_that_are_gone(void **state)
{
	(void)state;
	run("w", "o", false);
	assert_int_equal(shared->stopping, 1);
	assert_int_equal(shared->terms, 1);
	run("o", "o", false);
	assert_int_equal(shared->stopping, 2);
	expect("");
}

/* The others are not started. */
static void a_start_that_fails(void **state)
{
	(void)state;
	run("x", "d", false);
	assert_int_equal(shared->starts[1], 0);
	assert_int_equal(shared->ready, 0);
	assert_int_equal(shared->stopping, 1);
	config.restart = true;
	run("w", "x", false);
	assert_int_equal(shared->starts[1], 1);
	assert_int_equal(shared->terms, 1);
	assert_int_equal(shared->ready, 0);
	expect("");
}

static void stop_at(unsigned step)
{
	if (step == 1) {
		(void)kill(getpid(), SIGTERM);
	}
}

static void a_stop(void **state)
{
	(void)state;
	script = stop_at;
	config.restart = true;
	run("w", "w", true);
	assert_int_equal(shared->stopping, 1);
	assert_int_equal(shared->terms, 2);
	run("w", "W", false);
	assert_int_equal(shared->terms, 4);
	expect("");
	assert_int_equal(shared->starts[0], 2);
}

static void interrupt_at(unsigned step)
{
	if (step == 1) {
		(void)kill(getpid(), SIGINT);
	}
}

static unsigned hangups_awaited;

static void hang_up_at(unsigned step)
{
	if (step == 1) {
		(void)kill(getpid(), SIGHUP);
	}
	if (step == 2) {
		(void)kill(getpid(), SIGUSR1);
	}
	if (step == 3) {
		(void)kill(getpid(), SIGUSR1);
	}
	/* The loader and the workers are other processes. */
	if (step > 3 && shared->hangups == hangups_awaited) {
		(void)kill(getpid(), SIGTERM);
	}
}

static void signals(void **state)
{
	(void)state;
	script = interrupt_at;
	run("w", NULL, true);
	script = hang_up_at;
	run("w", NULL, true); /* without rules it is a stop */
	assert_int_equal(shared->terms, 2);
	assert_int_equal(shared->rules, 0);
	config.load = load;
	unsigned before = shared->logged;
	hangups_awaited = 2;
	run("w", "w", true);
	assert_int_equal(shared->rules, 1); /* once for all */
	assert_int_equal(shared->expected, 1);
	assert_int_equal(shared->hangups, 2);
	assert_int_equal(shared->got_rules, 2);
	assert_int_equal(shared->logged, before + 2);
	config.load = load_in_vain;
	hangups_awaited = 4;
	run("w", "w", true);
	assert_int_equal(shared->rules, 2);
	assert_int_equal(shared->got_none, 2);
	expect("");
	config.load = load_and_crash;
	hangups_awaited = 6;
	run("w", "w", true);
	assert_int_equal(shared->got_none, 4);
	assert_int_equal(shared->got_rules, 2);
	assert_int_equal(shared->expected, 1); /* rules with errors are not awaited */
	expect("nsmx: cannot reload the rules: Killed\n");
}

static void hang_up_and_stop(unsigned step)
{
	if (step == 1) {
		(void)kill(getpid(), SIGHUP);
	}
	if (shared->rules > 0) {
		(void)kill(getpid(), SIGTERM);
	}
}

static void the_loader_does_not_delay_the_end(void **state)
{
	(void)state;
	script = hang_up_and_stop;
	config.load = load_for_ever;
	run("w", "w", true);
	assert_int_equal(shared->got_rules + shared->got_none, 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	expect("");
}

/* Asks again while the loader runs. */
static void hang_up_twice(unsigned step)
{
	if (step == 1) {
		(void)kill(getpid(), SIGHUP);
	}
	if (shared->rules == 1 && shared->asked == 0) {
		shared->asked = 1;
		(void)kill(getpid(), SIGHUP);
	}
	if (shared->got_rules == 2) {
		(void)kill(getpid(), SIGTERM);
	}
}

static int load_when_asked_again(void *ctx, int image)
{
	int status = load(ctx, image);
	for (int ms = 0; shared->asked == 0 && ms < PATIENCE_MS; ms += 5) {
		(void)poll(NULL, 0, 5);
	}
	(void)poll(NULL, 0, 50); /* until the signal was taken */
	return status;
}

static void rules_that_change_while_they_are_loaded(void **state)
{
	(void)state;
	script = hang_up_twice;
	config.load = load_when_asked_again;
	run("w", NULL, true);
	assert_int_equal(shared->rules, 2);
	assert_int_equal(shared->got_rules, 2);
	expect("");
}

/* Each is killed once it runs, and the clock advanced until the next one runs. */
static void kill_often(unsigned step)
{
	static unsigned killed;
	if (step == 0) { /* the rules of each arrive before it is killed */
		(void)kill(getpid(), SIGHUP);
	} else if (shared->pids[0] == 0) {
		clock_ahead += shared->reaped[0] == killed;
	} else if (killed < 9 && shared->got_rules > killed) {
		clock_ahead += killed == 8 ? 60 : 0; /* this one has lived well */
		(void)kill(shared->pids[0], SIGKILL);
		shared->pids[0] = 0;
		killed++;
	} else if (shared->got_rules > killed) {
		(void)kill(getpid(), SIGTERM);
	}
}

static void successors_wait_longer_and_longer(void **state)
{
	(void)state;
	script = kill_often;
	config.restart = true;
	config.load = load;
	run("w", NULL, true);
	static const unsigned pauses[] = { 1, 2, 4, 8, 16, 30, 30, 30, 1 };
	char wanted[2048] = "";
	size_t size = 0;
	for (size_t i = 0; i < 9; i++) {
		size += (size_t)snprintf(wanted + size, sizeof(wanted) - size,
		                         "nsmx: worker 0 ended by signal 9 (Killed); a replacement "
		                         "starts in %u s\n",
		                         pauses[i]);
	}
	expect(wanted);
	assert_int_equal(shared->starts[0], 10);
	assert_int_equal(shared->restarts[0], 9);
	assert_int_equal(shared->reaped[0], 9);
	assert_int_equal(shared->rules, 1); /* each successor gets what was loaded last */
	assert_int_equal(shared->got_rules, 10);
	/* It does not run, but does not hang. */
	assert_true(group.heartbeats[0] >= 1 + 2 + 4 + 8 + 16 + 30);
}

static void stop_when_reaped(unsigned step)
{
	(void)step;
	if (shared->reaped[0] > 0) {
		(void)kill(getpid(), SIGTERM);
	}
}

static void a_worker_that_should_not_be_done(void **state)
{
	(void)state;
	script = stop_when_reaped;
	config.restart = true;
	run("d", NULL, true);
	captured_expect(&output, "worker 0 ended by status 0; a replacement starts in 1 s\n");
	assert_int_equal(shared->starts[0], 1);
}

/* Stops when the process of the incidents runs again. */
static void incidents_again(unsigned step)
{
	if (step == 0) {
		(void)kill(getpid(), SIGHUP);
	}
	clock_ahead += shared->reaped[1] == 1 && shared->starts[1] == 1;
	if (shared->starts[1] == 2 && shared->got_rules > 0) {
		(void)kill(getpid(), SIGTERM);
	}
}

/* The clock is advanced beyond the time in which workers must stop, once. */
static void stop_late(unsigned step)
{
	if (step == 1) {
		(void)kill(getpid(), SIGTERM);
	}
	clock_ahead += step == 2;
}

/* The process of the incidents is replaced like a worker, and ends after the last one. */
static void the_process_of_the_incidents(void **state)
{
	(void)state;
	group.keeps_incidents = true;
	config.restart = true;
	config.load = load;
	script = incidents_again;
	run("w", "kw", true);
	assert_int_equal(shared->starts[1], 2);
	assert_int_equal(shared->restarts[1], 1);
	assert_int_equal(shared->got_rules, 1); /* those of the worker */
	assert_int_equal(shared->incidents_ended, 1);
	assert_int_equal(shared->ended[1], 0); /* it has no packet sockets */
	captured_expect(&output,
	                "worker 1 ended by signal 9 (Killed); a replacement starts in 1 s\n");
	config.restart = false; /* no worker is started again */
	script = NULL;
	run("d", "d", true);
	assert_int_equal(shared->incidents_ended, 2);
}

/* It gets some time to write the incidents after workers were killed. */
static void incidents_after_a_worker_that_does_not_stop(void **state)
{
	(void)state;
	group.keeps_incidents = true;
	script = stop_late;
	config.stop_ms = 1000;
	run("h", "s", false);
	assert_int_equal(shared->reaped[0], 1);
	assert_int_equal(shared->reaped[1], 0);
	captured_expect(&output, "workers have not stopped in time and are killed\n");
}

static void stop_and_wait(unsigned step)
{
	static bool late;
	if (step == 1) {
		(void)kill(getpid(), SIGTERM);
	}
	if (shared->ended[1] > 0 && !late) {
		late = true;
		clock_ahead++;
	}
}

static void a_worker_that_does_not_stop(void **state)
{
	(void)state;
	script = stop_and_wait;
	config.stop_ms = 1000;
	run("h", "w", false);
	expect("nsmx: workers have not stopped in time and are killed\n"
	       "nsmx: worker 0 ended by signal 9 (Killed)\n");
	assert_int_equal(shared->terms, 1);
}

static void stop_again(unsigned step)
{
	/* The second one is the first, sent to the group, too. */
	if (step == 1 || step == 2) {
		(void)kill(getpid(), SIGTERM);
	}
	if (step == 4) {
		require(shared->reaped[0] == 0);
		clock_ahead++;
		(void)kill(getpid(), SIGTERM);
	}
}

static void a_second_stop_kills(void **state)
{
	(void)state;
	script = stop_again;
	run("h", NULL, false);
	expect("nsmx: worker 0 ended by signal 9 (Killed)\n");
	assert_int_equal(shared->stopping, 1);
}

static enum supervisor_action replace_once(void *ctx)
{
	static unsigned calls;
	require(ctx == shared);
	return calls++ == 1 ? SUPERVISOR_REPLACE : SUPERVISOR_CONTINUE;
}

static void stop_when_replaced(unsigned step)
{
	(void)step;
	if (shared->starts[0] == 2 && shared->starts[1] == 2) {
		(void)kill(getpid(), SIGTERM);
	}
}

static void workers_are_replaced(void **state)
{
	(void)state;
	script = stop_when_replaced;
	config.restart = true;
	config.stop_ms = 1000;
	config.tick = replace_once;
	run("w", "sw", true);
	assert_int_equal(shared->starts[0], 2);
	assert_int_equal(shared->starts[1], 2);
	assert_int_equal(shared->restarts[1], 1);
	assert_int_equal(shared->stopping, 1);
	expect("");
}

static void stop_when_first_replaced(unsigned step)
{
	(void)step;
	if (shared->starts[0] == 2) {
		(void)kill(getpid(), SIGTERM);
	}
}

/* It serves the workers that follow, and has not opened the interface. */
static void the_process_of_the_incidents_is_not_replaced(void **state)
{
	(void)state;
	group.keeps_incidents = true;
	script = stop_when_first_replaced;
	config.restart = true;
	config.stop_ms = 1000;
	config.tick = replace_once;
	run("w", "w", true);
	assert_int_equal(shared->starts[0], 2);
	assert_int_equal(shared->starts[1], 1);
	expect("");
}

/* Its time is over once the other one is replaced. */
static void stop_when_killed(unsigned step)
{
	static bool late;
	(void)step;
	if (shared->starts[0] == 2 && !late) {
		late = true;
		clock_ahead++;
	}
	if (shared->reaped[1] > 0) {
		(void)kill(getpid(), SIGTERM);
	}
}

static void one_does_not_make_way(void **state)
{
	(void)state;
	script = stop_when_killed;
	config.restart = true;
	config.stop_ms = 1000;
	config.tick = replace_once;
	run("w", "hw", true);
	assert_int_equal(shared->starts[0], 2);
	captured_expect(&output,
	                "worker 1 ended by signal 9 (Killed); a replacement starts in 1 s");
}

static void descriptors_are_taken(void **state)
{
	(void)state;
	run("t", NULL, true);
	assert_int_equal(shared->taken, 2);
	config.take = NULL;
	config.ended = ended;
	config.stopping = NULL;
	config.ready = NULL;
	run("t", NULL, true);
	assert_int_equal(shared->taken, 2);
	script = stop_at;
	run("w", NULL, true);
}

static int try_to_stop(void *ctx)
{
	struct timespec pause = { .tv_nsec = 300000000 };
	(void)ctx;
	(void)nanosleep(&pause, NULL);
	return kill(getppid(), SIGTERM);
}

static int stop_then_work(void *ctx, unsigned worker, int channel, bool restarted)
{
	(void)try_to_stop(ctx);
	return work(ctx, worker, channel, restarted);
}

/* The user asks to stop while a worker starts. */
static void a_stop_during_the_start(void **state)
{
	(void)state;
	config.work = stop_then_work;
	run("n", "d", true);
	assert_int_equal(shared->starts[1], 0);
	assert_int_equal(shared->ready, 0);
	assert_int_equal(shared->stopping, 1);
	expect("");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(workers_that_are_done),
		TEST(workers_that_fail),
		TEST(outputs_that_are_gone),
		TEST(a_start_that_fails),
		TEST(a_stop),
		TEST(signals),
		TEST(the_loader_does_not_delay_the_end),
		TEST(rules_that_change_while_they_are_loaded),
		TEST(successors_wait_longer_and_longer),
		TEST(a_worker_that_should_not_be_done),
		TEST(a_worker_that_does_not_stop),
		TEST(the_process_of_the_incidents),
		TEST(incidents_after_a_worker_that_does_not_stop),
		TEST(a_second_stop_kills),
		TEST(workers_are_replaced),
		TEST(the_process_of_the_incidents_is_not_replaced),
		TEST(one_does_not_make_way),
		TEST(descriptors_are_taken),
		TEST(a_stop_during_the_start),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
